"""Rewiring 改换对接: what a channel must leave behind when its definition names another counterpart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .definition import Definition

#: Settings that say where a door reads, and from where on; another value means another place.
_PLACES: Mapping[str, tuple[str, ...]] = {
    "pull": ("url", "start", "next", "item_cursor"),
    "cap": ("address",),
    "mail": ("host", "user", "folder"),
}


@dataclass(frozen=True, slots=True)
class Rewiring:
    """What a new definition does away with.

    Attributes:
        keys: keys were given for another door and hold no more.
        progress: how far the source was read means nothing at the new address; it is read from the start.
    """

    keys: bool = False
    progress: bool = False


def rewiring(before: Definition, now: Definition) -> Rewiring:
    """What must be left behind between two definitions of one channel.

    Example: an address `/orders?after={cursor}` that becomes `/v2/orders?after={cursor}` starts over, since a
    cursor of the old list may skip messages of the new one; reading a message twice changes nothing.
    """
    if before.door != now.door:
        return Rewiring(keys=True, progress=True)
    places = _PLACES.get(now.door, ())
    return Rewiring(progress=any(before.settings.get(name) != now.settings.get(name) for name in places))
