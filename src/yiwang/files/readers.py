"""Who may read 证据读取权限: each owner type brings its own checker; without one nobody may."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from ..kernel.actor import Actor
from .models import Attachment

#: Says whether an actor may read the files of an owner; must not raise for an owner that is gone.
Reader = Callable[[Actor, UUID], bool]

_readers: dict[str, Reader] = {}


def register_reader(owner_type: str, check: Reader) -> None:
    """Let `check(actor, owner_id)` decide who reads files of an owner type; called in `AppConfig.ready`.

    Raises:
        ValueError: when another function decides about that type already.
    """
    known = _readers.get(owner_type)
    if known is not None and known.__qualname__ != check.__qualname__:
        raise ValueError(f"the owner type {owner_type!r} has a reader already")
    _readers[owner_type] = check


def may_read(actor: Actor | None, attachment: Attachment) -> bool:
    """Whether the actor may read a file: logged in, not erased, and the owner's checker agrees."""
    check = _readers.get(attachment.owner_type)
    return (
        actor is not None
        and check is not None
        and attachment.erased_at is None
        and check(actor, attachment.owner_id)
    )
