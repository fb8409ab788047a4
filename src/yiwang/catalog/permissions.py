"""Who may change the catalog 事项权限."""

from __future__ import annotations

from ..kernel.actor import Actor
from ..kernel.errors import Refused
from .states import PERMISSION, PUBLISH


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


def may_publish(actor: Actor) -> bool:
    """Whether the actor may publish drafts of the responsibility list, which holds for the whole city."""
    return actor.may(PUBLISH)


def demand_publish(actor: Actor) -> None:
    """Refuse whoever may not publish drafts.

    Raises:
        Refused: `catalog.publish_refused`.
    """
    if not may_publish(actor):
        raise Refused("您没有发布权责变更的权限。", code="catalog.publish_refused", act=PUBLISH)
