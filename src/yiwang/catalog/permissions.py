"""Who may change the catalog 事项权限."""

from __future__ import annotations

from ..kernel.actor import Actor
from ..kernel.errors import Refused
from .states import PERMISSION


def may_edit(actor: Actor) -> bool:
    """Whether the actor may change the catalog, which holds for the whole city."""
    return actor.may(PERMISSION)


def demand_edit(actor: Actor) -> None:
    """Refuse whoever may not change the catalog.

    Raises:
        Refused: `catalog.edit_refused`.
    """
    if not may_edit(actor):
        raise Refused("您没有维护事项目录的权限。", code="catalog.edit_refused")
