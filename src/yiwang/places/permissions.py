"""Permissions of `places` 权限判断: who may load boundaries, who may see and keep parts and addresses."""

from __future__ import annotations

from typing import TypeVar
from uuid import UUID

from django.db.models import Model, Q, QuerySet

from ..kernel.actor import Actor
from ..kernel.errors import Refused

IMPORT = "places.import"
VIEW = "places.view"
MAINTAIN = "places.maintain"
M = TypeVar("M", bound=Model)


def demand_import(actor: Actor) -> None:
    """Raise `Refused` unless the actor may load boundaries of the whole city."""
    if not actor.scope(IMPORT).everywhere:
        raise Refused("您没有导入边界的权限。", act=IMPORT)


def demand_view(actor: Actor) -> None:
    """Raise `Refused` unless the actor may see parts and addresses somewhere."""
    if not actor.may_anywhere(VIEW):
        raise Refused("您没有查看部件和地址的权限。", act=VIEW)


def demand_maintain(actor: Actor, community: UUID) -> None:
    """Raise `Refused` unless the actor may keep parts and addresses of a community."""
    if not may_maintain(actor, community):
        raise Refused("该社区不在您的部件维护范围内。", act=MAINTAIN)


def may_maintain(actor: Actor, community: UUID) -> bool:
    """Whether the actor may keep parts and addresses of a community."""
    return actor.may(MAINTAIN, community=community)


def may_view(actor: Actor, community: UUID) -> bool:
    """Whether the actor may see parts and addresses of a community; the predicate of `in_view`."""
    return actor.may(VIEW, community=community)


def in_view(actor: Actor, rows: QuerySet[M]) -> QuerySet[M]:
    """The rows (with a `community`) that the actor may see."""
    scope = actor.scope(VIEW)
    return rows if scope.everywhere else rows.filter(Q(community__in=scope.communities))
