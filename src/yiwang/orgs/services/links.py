"""Services on links 区域对应关系服务: which legal areas an operational area runs, and when."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

from django.utils import timezone

from ...kernel.actor import Actor
from ...kernel.errors import Conflict, NotFound, invalid
from ...ledger.public import Act, acting
from ..enums import AreaTree
from ..models import Area, AreaLink
from ..permissions import EDIT, demand_area
from .caches import areas_changed


def link_areas(
    *, actor: Actor, at: datetime, operational_id: UUID, legal_id: UUID, valid_from: date
) -> AreaLink:
    """Let an operational area run a legal one 建立对应关系 from a day on.

    Raises:
        Refused: unless the legal area lies in the actor's `orgs.edit`.
        Invalid: when the sides are of the wrong trees, or the link stands already.
    """
    demand_area(actor, EDIT, legal_id, at)
    with acting(actor=actor, at=at) as act:
        zone = act.lock(Area, operational_id)
        legal = act.fetch(Area, lock=False, id=legal_id)
        ends = [area.valid_to for area in (zone, *legal) if area.valid_to is not None]
        if any(end <= valid_from for end in ends):
            raise invalid("valid_from", valid_from, "区域届时已撤销，请选择更早的日期。")
        if zone.tree != AreaTree.OPERATIONAL or not legal or legal[0].tree != AreaTree.LEGAL:
            raise invalid("legal", legal_id, "须由运行片区指向法定区划。")
        standing = AreaLink.objects.filter(operational_id=operational_id, legal_id=legal_id)
        if standing.exclude(valid_to__lte=valid_from).exists():
            raise invalid("legal", legal_id, "该对应关系已存在。")
        link = act.insert(AreaLink(operational=zone, legal=legal[0], valid_from=valid_from))
        act.record(zone, "orgs.area_linked", {"legal": legal_id, "valid_from": valid_from})
        areas_changed(act)
    return link


def link_many(
    *, actor: Actor, at: datetime, pairs: Iterable[tuple[UUID, UUID]], valid_from: date
) -> list[AreaLink]:
    """Link several operational areas to legal ones at once 批量挂接, all or none.

    Args:
        pairs: operational and legal area of each link.

    Raises:
        Refused, Invalid: as `link_areas`, for the first pair that cannot be linked.
    """
    with acting(actor=actor, at=at):
        return [
            link_areas(actor=actor, at=at, operational_id=operational, legal_id=legal, valid_from=valid_from)
            for operational, legal in dict.fromkeys(pairs)
        ]


def cancel_link(*, actor: Actor, at: datetime, link_id: UUID) -> None:
    """Cancel a link 取消对应关系 that begins today or later, as if it had not been entered.

    Raises:
        Conflict: when it has been in force since an earlier day; it can only be ended then.
    """
    with acting(actor=actor, at=at) as act:
        link = _link_for(act, link_id)
        demand_area(actor, EDIT, link.legal_id, at)
        if link.valid_from < timezone.localdate(at):
            raise Conflict("该对应关系已生效，不能取消，请改为自某日起终止。", code="orgs.link_in_force")
        zone = act.lock(Area, link.operational_id)
        act.also("DELETE FROM orgs_arealink WHERE id = %s", [link_id])
        act.record(zone, "orgs.area_link_cancelled", {"legal": link.legal_id})
        areas_changed(act)


def _link_for(act: Act, link_id: UUID) -> AreaLink:
    found = act.fetch(AreaLink, id=link_id)
    if not found:
        raise NotFound("没有这条对应关系。")
    return found[0]


def unlink_areas(*, actor: Actor, at: datetime, link_id: UUID, valid_to: date) -> AreaLink:
    """End a link 终止对应关系 from a day on; cases keep their community, only scopes move.

    Raises:
        Invalid: when the day is not after the first day of the link.
        Conflict: when it has ended by then.
    """
    with acting(actor=actor, at=at) as act:
        link = _link_for(act, link_id)
        demand_area(actor, EDIT, link.legal_id, at)
        if link.valid_to is not None and link.valid_to <= valid_to:
            raise Conflict(f"该对应关系已自 {link.valid_to} 起终止。", code="orgs.link_ended")
        if valid_to <= link.valid_from:
            raise invalid("valid_to", valid_to, "失效日须晚于生效日。")
        zone = act.lock(Area, link.operational_id)
        link.valid_to = valid_to
        act.update(link, "valid_to")
        act.record(zone, "orgs.area_unlinked", {"legal": link.legal_id, "valid_to": valid_to})
        areas_changed(act)
    return link
