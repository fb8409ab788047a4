"""Who may change the catalog 事项权限."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from ..kernel.actor import Actor
from ..kernel.errors import Refused
from ..orgs.public import area_index, may_govern_area, may_govern_unit
from .states import ADMIT, APPLY, ASK_EXEMPTION, EXEMPT, PERMISSION, PUBLISH, REVIEW


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


_REFUSALS = {
    REVIEW: "您没有审核该区域准入申请的权限。",
    ADMIT: "您没有批准该区域准入、收回事项的权限。",
    EXEMPT: "您没有在该区域决定应急豁免的权限。",
}


def may_for_areas(actor: Actor, act: str, area_ids: Sequence[UUID], at: datetime) -> bool:
    """Whether the actor may do an act of the lists in every one of the areas; none: in the whole city."""
    if actor.scope(act).everywhere:
        return True
    areas = area_ids or [node.id for node in area_index().children(None) if node.tree == "legal"]
    return bool(areas) and all(may_govern_area(actor, act, area, at) for area in areas)


def demand_for_areas(actor: Actor, act: str, area_ids: Sequence[UUID], at: datetime) -> None:
    """Refuse whoever may not do an act of the lists in all of the areas.

    Raises:
        Refused: `catalog.admission_refused`.
    """
    if not may_for_areas(actor, act, area_ids, at):
        raise Refused(_REFUSALS[act], code="catalog.admission_refused", act=act)


def demand_apply(actor: Actor, lead_id: UUID, at: datetime) -> None:
    """Refuse whoever may not apply for the lead department.

    Raises:
        Refused: `catalog.admission_refused`.
    """
    if not may_govern_unit(actor, APPLY, lead_id, at):
        raise Refused("您只能为本单位申请准入。", code="catalog.admission_refused", act=APPLY)


def demand_ask(actor: Actor) -> None:
    """Refuse whoever may not ask for exemptions, or is nobody in particular.

    Raises:
        Refused: `catalog.admission_refused`.
    """
    if actor.account_id is None or not actor.may_anywhere(ASK_EXEMPTION):
        raise Refused("您没有申请应急豁免的权限。", code="catalog.admission_refused", act=ASK_EXEMPTION)
