"""Rules of acting by itself 自动办理规则: switched on for one class, by somebody, and ended, never edited."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from ...catalog.public import catalog_index
from ...kernel.actor import Actor
from ...kernel.errors import Conflict, Refused, invalid
from ...ledger.public import Act, acting, bump
from ...orgs.public import area_index
from ..models import AutomaticRule
from ..queries.automatic import RULES

ACT = "triage.configure"
LEAST, MOST = 0.5, 1.0


def set_rule(
    *,
    actor: Actor,
    at: datetime,
    class_id: UUID,
    area_id: UUID | None,
    threshold: float,
    dispatches: bool,
) -> AutomaticRule:
    """Switch acting by itself on 设定自动办理规则; a rule for the same class and area is ended by it.

    Args:
        class_id: a class of any level; a nearer rule wins over one further up.
        threshold: least confidence in the class, 0.5 to 1.
        dispatches: go on to dispatch; else only accept.

    Raises:
        Refused: without `triage.configure`. Invalid: an unknown class or area, a threshold out of bounds.
    """
    _demand(actor)
    if class_id not in catalog_index(at).class_by_id:
        raise invalid("class_id", class_id, "没有这个事项类别，请从事项目录中选择。")
    if area_id is not None and area_id not in area_index().by_id:
        raise invalid("area_id", area_id, "请选择已登记的区域。")
    if not LEAST <= threshold <= MOST:
        raise invalid("threshold", threshold, "最低把握须在 50% 到 100% 之间。")
    with acting(actor=actor, at=at) as act:
        for old in act.fetch(AutomaticRule, matter_class=class_id):
            if old.ended_at is None and old.area_id == area_id:
                _end(act, old)
        act.flush()
        row = AutomaticRule(
            matter_class_id=class_id, area_id=area_id, threshold=threshold, dispatches=dispatches, set_at=at
        )
        act.insert(row)
        body = {
            "class": class_id, "area": area_id, "threshold": round(1000 * threshold),
            "dispatches": dispatches,
        }  # fmt: skip
        act.record(row, "triage.rule_set", body)
        bump(act, RULES)
    return row


def end_rule(*, actor: Actor, at: datetime, rule_id: UUID) -> AutomaticRule:
    """Switch a rule off 停用自动办理规则; what it did stays explained by it.

    Raises:
        Refused: without `triage.configure`. NotFound. Conflict: it was ended before.
    """
    _demand(actor)
    with acting(actor=actor, at=at) as act:
        row = act.lock(AutomaticRule, rule_id)
        if row.ended_at is not None:
            raise Conflict("这条规则已经停用。", code="triage.rule_ended")
        _end(act, row)
        bump(act, RULES)
    return row


def _end(act: Act, row: AutomaticRule) -> None:
    row.ended_at = act.at
    act.update(row, "ended_at")
    act.record(row, "triage.rule_ended", {})


def _demand(actor: Actor) -> None:
    if not actor.may(ACT):
        raise Refused("您没有设定自动办理规则的权限。", code="triage.configure_refused", act=ACT)
