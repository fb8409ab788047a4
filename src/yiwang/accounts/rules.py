"""Rules of accounts 账号规则: how a username is spelled, what a token allows, where a request comes from."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Network = IPv4Network | IPv6Network

#: Scopes that stand for many acts; every other scope is the name of one act.
READ, WRITE = "read", "write"
_ACT = re.compile(r"^[a-z][a-z_]*\.[a-z][a-z_]*$")
_USERNAME = re.compile(r"^[a-z0-9][a-z0-9._@-]{1,63}$")
#: Verbs that only read.
_READING = frozenset({"view"})
#: Verbs that no broad scope includes: a token must name the act itself.
_NAMED_ONLY = frozenset(
    {
        "reveal_contact",
        "view_sensitive",
        "export",
        "manage",
        "assign",
        "grant",
        "audit",
        "erase",
        "configure",
        "approve_correction",
        "link",
        "read_todos",
    }
)


def normal_username(raw: str) -> str:
    """The one spelling of a username: NFKC, trimmed, lower case.

    Example: `normal_username(" Wang ")` is `"wang"`.
    """
    return unicodedata.normalize("NFKC", raw).strip().lower()


def username_problem(username: str) -> str | None:
    """Chinese remedy when a normal username is malformed, else None."""
    if _USERNAME.match(username):
        return None
    return "用户名须为 2 至 64 位小写字母、数字或 . _ @ -，并以字母或数字开头。"


def scope_problem(scopes: Iterable[str]) -> str | None:
    """Chinese remedy when a token's scopes are empty or malformed, else None."""
    listed = list(scopes)
    if not listed:
        return "请至少选择一项权限。"
    wrong = [scope for scope in listed if scope not in {READ, WRITE} and not _ACT.match(scope)]
    return f"无法识别的权限：{'、'.join(wrong)}" if wrong else None


def scopes_allow(scopes: frozenset[str], act: str) -> bool:
    """Whether a token with these scopes may do an act that its account may do.

    `read` allows the acts whose verb is `view`; `write` allows every other act but those that must be
    named (revealing a contact, sensitive cases, exports, erasures, rules of handling, reading what waits for
    others, the administration of accounts and posts).

    Example: `scopes_allow(frozenset({"read"}), "cases.view")` is True, for `"cases.export"` False.
    """
    if act in scopes:
        return True
    verb = act.rpartition(".")[2]
    if verb in _NAMED_ONLY:
        return False
    return (READ if verb in _READING else WRITE) in scopes


def shown_address(address: str) -> str:
    """An IP address with its second half hidden; empty stays empty.

    Example: `shown_address("10.20.30.40")` is `"10.20.*.*"`.
    """
    if not address:
        return ""
    if ":" in address:
        return ":".join(ip_address(address).exploded.split(":")[:3]) + ":*"
    return ".".join([*address.split(".")[:2], "*", "*"])


def client_address(peer: str, forwarded: str, trusted: Iterable[Network]) -> str:
    """The address a request comes from, believing `X-Forwarded-For` only as far as trusted proxies wrote it.

    Reads the header from its right end and answers with the first address that is no trusted proxy. Without
    trusted proxies, or when the peer is none of them, the header counts for nothing.

    Args:
        peer: address of the other end of the connection; empty for a Unix socket.
        forwarded: the header as it came.
        trusted: networks of the proxies.

    Returns:
        The address in its one spelling, or the peer as given when it is no address.

    Example: peer 10.0.0.2 (trusted) with `6.6.6.6, 203.0.113.9` is `203.0.113.9`; a peer that is not
    trusted is its own answer, whatever it claims.
    """
    networks = list(trusted)
    found = peer
    for text in [peer, *reversed(forwarded.split(","))]:
        known = _address(text)
        if known is None:
            break
        found = str(known)
        if not any(known in network for network in networks):
            break
    return found


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        known = ip_address(text.strip())
    except ValueError:
        return None
    return getattr(known, "ipv4_mapped", None) or known


def counting_unit(address: str) -> str:
    """What a limit counts as one sender: an IPv4 address, or the /64 network of an IPv6 address."""
    known = _address(address)
    if known is None or known.version == 4:
        return address
    return str(ip_network((known, 64), strict=False))
