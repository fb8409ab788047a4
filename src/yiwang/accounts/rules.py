"""Rules of accounts 账号规则: how a username is spelled, what a token's scopes allow."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

#: Scopes that stand for many acts; every other scope is the name of one act.
READ, WRITE = "read", "write"
_ACT = re.compile(r"^[a-z][a-z_]*\.[a-z][a-z_]*$")
_USERNAME = re.compile(r"^[a-z0-9][a-z0-9._@-]{1,63}$")
#: Verbs that only read.
_READING = frozenset({"view"})
#: Verbs that no broad scope includes: a token must name the act itself.
_NAMED_ONLY = frozenset({"reveal_contact", "view_sensitive", "export", "manage", "assign", "grant", "audit"})


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
    named (revealing a contact, sensitive cases, exports, the administration of accounts and posts).

    Example: `scopes_allow(frozenset({"read"}), "cases.view")` is True, for `"cases.export"` False.
    """
    if act in scopes:
        return True
    verb = act.rpartition(".")[2]
    if verb in _NAMED_ONLY:
        return False
    return (READ if verb in _READING else WRITE) in scopes
