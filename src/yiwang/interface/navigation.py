"""Navigation 导航: each app registers its entries; the frame shows those the actor's acts allow.

An app registers in its `AppConfig.ready`::

    navigation.add(Entry("workbench.queue", _("我的待办"), "workbench:queue", act="cases.view", icon="inbox"))

Showing an entry grants nothing: the page behind it checks for itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise

from ..kernel.actor import Actor

#: Where an entry may stand: the main menu or the menu under the user's name.
PLACES = ("main", "account")


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the navigation 导航项.

    Attributes:
        name: unique dotted name, `app.entry`.
        label: Chinese source text, lazily translated.
        url_name: name to reverse; takes no arguments.
        act: the named act the actor must hold somewhere; empty for whoever is logged in.
        icon: name of an icon in the sprite `interface/icons.svg`.
        section: heading the entry stands under; entries without one come first.
        order: position inside the section, then by name.
        place: `main` or `account`.
        post: whether the entry is a form to submit (such as logging out) and not a link.
    """

    name: str
    label: str | Promise
    url_name: str
    act: str = ""
    icon: str = "point"
    section: str | Promise = ""
    order: int = 100
    place: str = "main"
    post: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """An entry as the frame draws it: with its address, and whether it leads to the open page."""

    entry: Entry
    url: str
    current: bool


@dataclass(frozen=True, slots=True)
class Section:
    """Entries under one heading; the heading may be empty."""

    label: str
    links: list[Link]


_entries: dict[str, Entry] = {}


def add(entry: Entry) -> None:
    """Register an entry; the same name again replaces it.

    Raises:
        ValueError: when its place is unknown.
    """
    if entry.place not in PLACES:
        raise ValueError(f"{entry.name}: place {entry.place!r} is none of {', '.join(PLACES)}")
    _entries[entry.name] = entry


def remove(name: str) -> None:
    """Forget an entry; for tests."""
    _entries.pop(name, None)


def entries() -> list[Entry]:
    """Every registered entry, in the order of the menu."""
    return sorted(_entries.values(), key=lambda e: (e.order, e.name))


def sections_for(request: HttpRequest, actor: Actor | None, place: str = "main") -> list[Section]:
    """The menu of one place for one actor, grouped by section in order of first appearance.

    The longest address that begins the request's path is marked as current, and only that one.
    """
    shown = [e for e in entries() if e.place == place and _allowed(e, actor)]
    urls = {e.name: reverse(e.url_name) for e in shown}
    current = _current(request.path, urls)
    grouped: dict[str, list[Link]] = {}
    for entry in sorted(shown, key=lambda e: bool(str(e.section))):
        link = Link(entry, urls[entry.name], entry.name == current)
        grouped.setdefault(str(entry.section), []).append(link)
    return [Section(label, links) for label, links in grouped.items()]


def _allowed(entry: Entry, actor: Actor | None) -> bool:
    if actor is None:
        return False
    return not entry.act or actor.may_anywhere(entry.act)


def _current(path: str, urls: dict[str, str]) -> str | None:
    begins: Sequence[tuple[str, str]] = [
        (name, url) for name, url in urls.items() if path == url or (url != "/" and path.startswith(url))
    ]
    return max(begins, key=lambda pair: len(pair[1]))[0] if begins else None
