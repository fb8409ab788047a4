"""Permissions of `orgs` 权限判断: may the actor govern that area, that unit, that post."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.utils import timezone

from ..kernel.actor import Actor
from .enums import GrantScope
from .errors import OutsideScope
from .models import Post
from .queries import area_index, post_kinds, unit_index

EDIT = "orgs.edit"
ASSIGN = "orgs.assign"
GRANT = "orgs.grant"
AUDIT = "ledger.audit"


def may_govern_area(actor: Actor, act: str, area_id: UUID | None, at: datetime) -> bool:
    """Whether the whole of an area lies in the actor's scope for an act; None asks for the whole city."""
    scope = actor.scope(act)
    if scope.everywhere:
        return True
    if area_id is None:
        return False
    communities = area_index(timezone.localdate(at)).communities_under(area_id)
    return bool(communities) and communities <= scope.communities


def may_govern_unit(actor: Actor, act: str, unit_id: UUID | None, at: datetime) -> bool:
    """Whether a unit is in the actor's scope for an act: the unit itself, or its whole home area."""
    if unit_id is None:
        return actor.scope(act).everywhere
    if actor.may(act, units=[unit_id]):
        return True
    node = unit_index(timezone.localdate(at)).by_id.get(unit_id)
    return node is not None and may_govern_area(actor, act, node.home_area_id, at)


def may_govern_post(actor: Actor, act: str, post: Post, at: datetime) -> bool:
    """Whether a post is in scope: its unit, and its area where it names one of its own.

    A post whose kind permits anything everywhere is governed only by who governs everywhere; else an
    administrator of one street could make somebody an administrator of the city.
    """
    if actor.scope(act).everywhere:
        return True
    kind = next((kind for kind in post_kinds().values() if kind.id == post.kind_id), None)
    if kind is None or any(scope == GrantScope.EVERYWHERE for _, scope in kind.grants):
        return False
    if not may_govern_unit(actor, act, post.unit_id, at):
        return False
    return post.area_id is None or may_govern_area(actor, act, post.area_id, at)


def demand_area(actor: Actor, act: str, area_id: UUID | None, at: datetime) -> None:
    """Raise `OutsideScope` unless the actor may govern the area."""
    if not may_govern_area(actor, act, area_id, at):
        raise OutsideScope("该区域不在您的管理范围内。", act=act)


def demand_unit(actor: Actor, act: str, unit_id: UUID | None, at: datetime) -> None:
    """Raise `OutsideScope` unless the actor may govern the unit."""
    if not may_govern_unit(actor, act, unit_id, at):
        raise OutsideScope("该机构不在您的管理范围内。", act=act)


def demand_post(actor: Actor, act: str, post: Post, at: datetime) -> None:
    """Raise `OutsideScope` unless the actor may govern the post."""
    if not may_govern_post(actor, act, post, at):
        raise OutsideScope("该岗位不在您的管理范围内。", act=act)


def sees_area(actor: Actor, area_id: UUID, at: datetime) -> bool:
    """Whether an administrator may browse an area: it overlaps what he edits or assigns.

    An area above his own is shown so that he finds the way; what he may change there is checked apart.
    """
    scopes = [actor.scope(EDIT), actor.scope(ASSIGN)]
    if any(scope.everywhere for scope in scopes):
        return True
    communities = area_index(timezone.localdate(at)).communities_under(area_id)
    return any(communities & scope.communities for scope in scopes)


def sees_unit(actor: Actor, unit_id: UUID, at: datetime) -> bool:
    """Whether an administrator may browse a unit: he edits or assigns in it."""
    return may_govern_unit(actor, EDIT, unit_id, at) or may_govern_unit(actor, ASSIGN, unit_id, at)
