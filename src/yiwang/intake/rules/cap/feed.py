"""Feeds 预警目录: an Atom or RSS index read into the addresses of its messages.

Only addresses of the feed's own scheme, host and port count; an index can not lead the reader elsewhere.
Messages that stand inside an Atom entry are taken from there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urldefrag, urljoin, urlsplit

from lxml import etree

from .documents import read_document
from .refusals import CapRefused
from .schema import CAP_11, CAP_12, text_of

ATOM = "http://www.w3.org/2005/Atom"
_CAP_TYPE = "application/cap+xml"
#: Entries of one index that are looked at.
MOST_ENTRIES = 2_000


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One entry of an index 目录条目.

    Attributes:
        id: the entry's own, else its address.
        updated: the entry's time as written; with the id it tells what has been read.
        address: where the message is; empty when it stands inside.
        inside: the message itself, when it stands inside the entry.
    """

    id: str
    updated: str
    address: str = ""
    inside: bytes = b""


@dataclass(frozen=True, slots=True)
class FeedIndex:
    """An index, read 目录: its entries, and the addresses elsewhere that are not followed."""

    entries: tuple[FeedEntry, ...]
    elsewhere: tuple[str, ...] = ()

    def fresh(self, seen: Mapping[str, str]) -> list[FeedEntry]:
        """Entries not read yet, the oldest (last in the index) first."""
        return [entry for entry in reversed(self.entries) if seen.get(entry.id) != entry.updated]


def read_index(raw: bytes, address: str, *, limit: int) -> FeedIndex:
    """The index at an address.

    Raises:
        CapRefused: as for a message; `not_cap` when it is no Atom and no RSS.
    """
    root = read_document(raw, limit=limit)
    name = etree.QName(root).localname
    if name == "alert":
        return FeedIndex((FeedEntry(address, "", inside=raw),))
    if name == "feed":
        found = [_atom(item) for item in _named(root, "entry")]
    elif name in {"rss", "RDF"}:
        found = [_rss(item) for item in _named(root, "item")]
    else:
        raise CapRefused("not_cap", "不是 Atom 或 RSS 目录")
    return _within(found[:MOST_ENTRIES], address)


def same_place(address: str, other: str) -> bool:
    """Whether two addresses have the same scheme, host and port."""
    return _place(address) == _place(other)


def _place(address: str) -> tuple[str, str, int | None] | None:
    try:
        parts = urlsplit(address)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username:
        return None
    return parts.scheme, parts.hostname, port


def _within(found: list[FeedEntry], address: str) -> FeedIndex:
    kept: dict[str, FeedEntry] = {}
    elsewhere = []
    for entry in found:
        if entry.inside:
            kept.setdefault(entry.id, entry)
            continue
        try:
            target = urldefrag(urljoin(address, entry.address)).url
        except ValueError:
            target = ""
        if entry.address and target and same_place(address, target):
            kept.setdefault(entry.id or target, FeedEntry(entry.id or target, entry.updated, target))
        elif entry.address:
            elsewhere.append(entry.address[:300])
    return FeedIndex(tuple(kept.values()), tuple(elsewhere))


def _named(element: etree._Element, name: str) -> Iterator[etree._Element]:
    for child in element.iter(etree.Element):
        if etree.QName(child).localname == name:
            yield child


def _text(element: etree._Element, *names: str) -> str:
    for child in element.iterchildren(etree.Element):
        if etree.QName(child).localname in names and (text := text_of(child).strip()):
            return text
    return ""


def _atom(entry: etree._Element) -> FeedEntry:
    updated = _text(entry, "updated", "published")
    for child in entry.iter(f"{{{CAP_12}}}alert", f"{{{CAP_11}}}alert"):
        return FeedEntry(_text(entry, "id"), updated, inside=etree.tostring(child, with_tail=False))
    links = [link for link in entry.iterchildren(etree.Element) if etree.QName(link).localname == "link"]
    links.sort(key=lambda link: (link.get("type") != _CAP_TYPE, link.get("rel", "alternate") != "alternate"))
    address = next((link.get("href", "") for link in links if link.get("href")), "")
    return FeedEntry(_text(entry, "id"), updated, str(address))


def _rss(item: etree._Element) -> FeedEntry:
    address = _text(item, "link")
    for child in item.iterchildren(etree.Element):
        if etree.QName(child).localname == "enclosure" and child.get("type") == _CAP_TYPE:
            address = str(child.get("url", "")) or address
    return FeedEntry(_text(item, "guid", "identifier"), _text(item, "pubDate", "date"), address)
