"""Permissions of `places` 权限判断: who may load boundaries, who may keep parts and addresses."""

from __future__ import annotations

from uuid import UUID

from ..kernel.actor import Actor
from ..kernel.errors import Refused

IMPORT = "places.import"
MAINTAIN = "places.maintain"


def demand_import(actor: Actor) -> None:
    """Raise `Refused` unless the actor may load boundaries of the whole city."""
    if not actor.scope(IMPORT).everywhere:
        raise Refused("您没有导入边界的权限。", act=IMPORT)


def demand_maintain(actor: Actor, community: UUID) -> None:
    """Raise `Refused` unless the actor may keep parts and addresses of a community."""
    if not actor.may(MAINTAIN, community=community):
        raise Refused("该社区不在您的部件维护范围内。", act=MAINTAIN)
