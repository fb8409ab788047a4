"""Precedents 权责先例: cases that came back from one unit and were given to another propose a row."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.utils import timezone

from ...cases.public import Case, Task, TaskRole
from ...catalog.public import (
    ResponsibilityDraft,
    ResponsibilityTerms,
    add_change,
    catalog_index,
    create_draft,
    demand_edit,
    open_drafts,
    responsible,
)
from ...kernel.actor import Actor, system_actor
from ...kernel.errors import invalid
from ...kernel.states import transition
from ...ledger.public import Act, acting
from ...orgs.public import unit_index
from ..models import Precedent
from ..states import OPEN, PRECEDENT

OBSERVER = system_actor("triage", "cases.view")
#: Cases that a precedent names; older ones are only counted.
MOST_CASES = 50


def note_dispatch(*, case_id: UUID, host_id: UUID, at: datetime) -> Precedent | None:
    """After a dispatch: when the last host's task came back and another unit got the case, a precedent.

    Returns the precedent, or None when the case never came back or went to the same unit again.
    """
    hosts = Task.objects.filter(case_id=case_id, role=TaskRole.HOST).order_by(
        "-round", "-dispatched_at", "-id"
    )
    earlier = [(unit, state) for unit, state in hosts.values_list("unit", "state")[:2]]
    if len(earlier) < 2 or earlier[0][0] != host_id or earlier[1][1] not in {"recalled", "returned"}:
        return None
    return propose_from_precedent(case_id=case_id, from_unit=earlier[1][0], to_unit=host_id, at=at)


def note_ruling(
    *, case_id: UUID, host_id: UUID, from_units: Sequence[UUID], at: datetime
) -> Precedent | None:
    """After a ruling (争议裁定): a precedent for the unit it names, unless the list names that unit already.

    Returns None when no other unit was in dispute.
    """
    others = [unit for unit in from_units if unit != host_id]
    if not others:
        return None
    return propose_from_precedent(case_id=case_id, from_unit=others[0], to_unit=host_id, at=at)


def propose_from_precedent(
    *, case_id: UUID, from_unit: UUID, to_unit: UUID, at: datetime, actor: Actor = OBSERVER
) -> Precedent | None:
    """Propose a row from a precedent (权责先例): the unit that a case was given to after it had come back.

    Any event may call it: a recall and a second dispatch, an arbitrated return (退单). The same case counts
    once; like cases (class, condition, street, unit) are counted on one precedent.

    Returns None when nothing is to be learnt: both units are the same, the case has no class, or the list
    names that unit already.
    """
    case = Case.objects.filter(pk=case_id).first()
    if case is None or case.matter_class is None or from_unit == to_unit:
        return None
    if catalog_index(at).class_by_id.get(case.matter_class) is None or to_unit not in unit_index().by_id:
        return None
    place = case.grid or case.community or case.street or case.district
    answer = responsible(case.matter_class, place, case.condition, at=at)
    if answer is not None and answer.host_id == to_unit:
        return None
    with acting(actor=actor, at=at) as act:
        row = _known(case, to_unit)
        if row is None:
            row = _first(act, case, to_unit, at)
        elif case.id in row.case_ids:
            return row
        row.case_ids = [case.id, *row.case_ids][:MOST_CASES]
        row.count += 1
        row.last_at = at
        row.from_unit_ids = list(dict.fromkeys([*row.from_unit_ids, from_unit]))
        act.update(row, "case_ids", "count", "last_at", "from_unit_ids")
        body = {"case": case.id, "from": from_unit, "to": to_unit, "count": row.count}
        act.record(row, "triage.precedent_noted", body)
    return row


def _known(case: Case, to_unit: UUID) -> Precedent | None:
    """The open precedent of like cases, locked."""
    found = Precedent.objects.select_for_update().filter(
        state=OPEN, matter_class_id=case.matter_class, host_unit_id=to_unit
    )
    found = found.filter(condition_id=case.condition) if case.condition else found.filter(condition=None)
    area = case.street or case.district
    return (found.filter(area_id=area) if area else found.filter(area=None)).first()


def _first(act: Act, case: Case, to_unit: UUID, at: datetime) -> Precedent:
    assert case.matter_class is not None
    return act.insert(
        Precedent(
            matter_class_id=case.matter_class,
            condition_id=case.condition,
            area_id=case.street or case.district,
            host_unit_id=to_unit,
            first_at=at,
            last_at=at,
        )
    )


def take_over(
    *,
    actor: Actor,
    at: datetime,
    precedent_id: UUID,
    draft_id: UUID | None = None,
    expected: int | None = None,
) -> ResponsibilityDraft:
    """Take a precedent over into a draft (加入草案): the one named, else the newest open one, else a new one.

    Raises:
        Refused, NotFound, StaleVersion.
        Conflict: it is decided already, or the draft is no longer being compiled.
    """
    demand_edit(actor)
    with acting(actor=actor, at=at) as act:
        row = act.lock(Precedent, precedent_id, expected=expected)
        _turn(act, row, "take_over")
        chosen = draft_id or next((draft.id for draft in open_drafts()), None)
        if chosen is None:
            day = timezone.localdate(at)
            chosen = create_draft(actor=actor, at=at, title="据先例编制", takes_effect=day).id
        node = catalog_index(at).class_by_id[row.matter_class_id]
        terms = ResponsibilityTerms(
            scheme_id=node.scheme_id,
            host_id=row.host_unit_id,
            class_id=node.id,
            area_id=row.area_id,
            condition_id=row.condition_id,
            basis=f"先例：{row.count} 件案件退回后改派该单位。",
        )
        change = add_change(actor=actor, at=at, draft_id=chosen, terms=terms, origin=row.id)
        row.draft_id = chosen
        act.update(row, "draft")
        act.record(row, "triage.precedent_taken", {"state": row.state, "draft": chosen})
    return change.draft


def dismiss(
    *, actor: Actor, at: datetime, precedent_id: UUID, reason: str, expected: int | None = None
) -> Precedent:
    """Dismiss a precedent (不采纳) with a reason; like cases later make a new one.

    Raises:
        Refused, NotFound, StaleVersion, Conflict; Invalid without a reason.
    """
    demand_edit(actor)
    reason = reason.strip()
    if not 0 < len(reason) <= 200:
        raise invalid("reason", reason[:20], "请填写理由，不超过 200 字。")
    with acting(actor=actor, at=at) as act:
        row = act.lock(Precedent, precedent_id, expected=expected)
        _turn(act, row, "dismiss")
        row.decision = reason
        act.update(row, "decision")
        act.record(row, "triage.precedent_dismissed", {"state": row.state})
    return row


def _turn(act: Act, row: Precedent, action: str) -> None:
    row.state = str(transition(PRECEDENT, row.state, action).target)
    row.decided_by, row.decided_at = act.actor.account_id, act.at
    act.update(row, "state", "decided_by", "decided_at")
