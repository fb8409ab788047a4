"""Administrative correction 行政更正: one person asks, another approves; applied in one act.

Only plain fields are corrected: title, urgency, privacy, class and place; never the journal. The due instant
stays unless the correction asks for it to be reckoned anew from the corrected class, while units are at work.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from ...catalog.public import catalog_index
from ...clocks.public import cancel_timers, plan_timer
from ...kernel.actor import Actor
from ...kernel.canonical import commitment, new_salt
from ...kernel.errors import Conflict, NotFound, invalid
from ...kernel.states import Transition, transition
from ...ledger.public import Act
from ...orgs.public import area_index
from ...places.public import place_of
from ..enums import Privacy, Stage, Urgency
from ..events import CaseCorrected
from ..models import Case, Correction
from ..permissions import require
from ..rules import WishFacts
from ..states import ASKED, CORRECTION, HANDLING, MERGED, OPEN_STATES, RECEIVED, REGISTERING, VERIFYING
from .admitting import refuse_inspection
from .bounds import own_due
from .confirming import expect_same_day
from .dispatching import check_limit, stored_limit
from .ladders import replan_steps
from .moving import acting_on, note, open_tasks, set_fields
from .searching import rebuild
from .stages import OVERDUE_TIMER

#: Fields that may hold words about a person: the journal gets commitments.
_WORDS = frozenset({"title", "address", "lon", "lat"})
_KEYS = frozenset({"matter_class", "condition", "district", "street", "community", "grid"})
_DEGREES = frozenset({"lon", "lat"})
#: States before a registering condition is chosen.
_UNREGISTERED = (RECEIVED, VERIFYING, REGISTERING)
Texts = dict[str, str | None]


@dataclass(frozen=True, slots=True)
class CorrectionTerms:
    """What should stand 更正内容; None leaves a field as it is.

    Attributes:
        condition: registering condition of the class; a corrected class drops the old one.
        lon, lat: the point (WGS84 degrees), which names community and grid; or
        community: alone, which drops a point that stood.
        resets_clock: reckon the handling limit anew from the corrected class, from the dispatch.
    """

    title: str | None = None
    urgency: str | None = None
    privacy: str | None = None
    matter_class: UUID | None = None
    condition: UUID | None = None
    community: UUID | None = None
    lon: float | None = None
    lat: float | None = None
    address: str | None = None
    resets_clock: bool = False


def ask_correction(
    *,
    actor: Actor,
    at: datetime,
    case_id: UUID,
    terms: CorrectionTerms,
    reason: str,
    expected: int | None = None,
) -> Correction:
    """Ask for a correction 申请更正, with a reason; nothing is changed yet.

    Raises:
        Refused, StaleVersion; Invalid: a wrong field, no reason, or nothing to correct.
        Conflict: one waits already, or the case is merged into another.
    """
    if not reason.strip():
        raise invalid("reason", reason, "请填写理由。")
    with acting_on(case_id, actor=actor, at=at, expected=expected) as (act, case):
        require(actor, "cases.correct", case)
        _refuse_merged(case)
        if act.fetch(Correction, case=case.id, state=ASKED):
            raise Conflict("已有一份更正申请待批准，请先等待决定或收回。", code="cases.correction_waits")
        after = _wanted(case, terms, at)
        before = {name: _text(getattr(case, name)) for name in after}
        if not after:
            raise invalid("title", terms.title, "没有要更正的内容，请至少改动一项。")
        _check_clock(case, after, resets=terms.resets_clock)
        wish = Correction(
            case_id=case.id, before=before, after=after, resets_clock=terms.resets_clock, salt=new_salt(),
            asked_by=actor.account_id, asked_post=actor.post_id, asked_at=at,
        )  # fmt: skip
        wish.asked_seq = note(act, case, "cases.correction_requested", _body(case, wish), reason)
        return act.insert(wish)


def approve_correction(
    *, actor: Actor, at: datetime, correction_id: UUID, expected: int | None = None
) -> Case:
    """Approve a correction 批准更正 and apply it, all in this act.

    Raises:
        Refused, StaleVersion; Conflict: by whoever asked, decided already, or the case has changed since.
        InspectionForbidden: the class is an inspection, and a grid is at work.
    """
    with _deciding(correction_id, "approve", actor=actor, at=at, expected=expected) as (act, case, wish, _):
        _refuse_merged(case)
        _refuse_changed(case, wish)
        _check_class(case, wish.after)
        _check_clock(case, wish.after, resets=wish.resets_clock)
        set_fields(act, case, **{name: _value(name, text) for name, text in wish.after.items()})
        if {"title", "address", "community"} & wish.after.keys():
            rebuild(act, case)
        if "matter_class" in wish.after:
            _follow_class(act, case)
        if wish.resets_clock:
            _reckon_anew(act, case)
        body = {**_body(case, wish), "due_at": case.due_at}
        wish.decided_seq = note(act, case, "cases.corrected", body)
        act.announce(CaseCorrected(case_id=case.id, at=at, fields=tuple(sorted(wish.after))))
    return case


def refuse_correction(*, actor: Actor, at: datetime, correction_id: UUID, reason: str) -> Case:
    """Refuse a correction 不批准更正, with a reason."""
    if not reason.strip():
        raise invalid("reason", reason, "请填写理由。")
    with _deciding(correction_id, "refuse", actor=actor, at=at) as (act, case, wish, _):
        body = {"state": case.state, "correction": wish.id}
        wish.decided_seq = note(act, case, "cases.correction_refused", body, reason)
    return case


def take_back_correction(*, actor: Actor, at: datetime, correction_id: UUID) -> Case:
    """Take a correction back 收回更正申请, by whoever asked."""
    with _deciding(correction_id, "take_back", actor=actor, at=at) as (act, case, wish, _):
        body = {"state": case.state, "correction": wish.id}
        wish.decided_seq = note(act, case, "cases.correction_taken_back", body)
    return case


@contextmanager
def _deciding(
    correction_id: UUID, action: str, *, actor: Actor, at: datetime, expected: int | None = None
) -> Iterator[tuple[Act, Case, Correction, Transition]]:
    """Lock case and correction, ask permission and table, and write the decision when all went well."""
    found = Correction.objects.filter(pk=correction_id).first()
    if found is None:
        raise NotFound("没有这份更正申请。")
    with acting_on(found.case_id, actor=actor, at=at, expected=expected) as (act, case):
        permission = next(row.permission for row in CORRECTION.transitions if row.action == action)
        require(actor, permission, case)
        (wish,) = act.fetch(Correction, id=correction_id)
        row = transition(CORRECTION, wish.state, action, WishFacts(actor.account_id, wish.asked_by))
        yield act, case, wish, row
        assert row.target is not None
        wish.state, wish.decided_by, wish.decided_at = row.target, actor.account_id, at
        act.update(wish, "state", "decided_by", "decided_at", "decided_seq")


def _wanted(case: Case, terms: CorrectionTerms, at: datetime) -> Texts:
    """Field to text of what differs from the case."""
    given = {**_plain(terms), **_class(terms), **_place(case, terms, at)}
    changed = {name: text for name, text in given.items() if text != _text(getattr(case, name))}
    if "matter_class" in changed or "condition" in changed:
        _check_class(case, changed)
    return changed


def _plain(terms: CorrectionTerms) -> Texts:
    found: Texts = {}
    for name, known in (("urgency", Urgency.values), ("privacy", Privacy.values)):
        value = getattr(terms, name)
        if value is not None and value not in known:
            raise invalid(name, value, f"只能是 {'、'.join(known)} 之一。")
        if value is not None:
            found[name] = str(value)
    if terms.title is not None:
        found["title"] = terms.title.strip()
        if not 0 < len(found["title"] or "") <= 80:
            raise invalid("title", terms.title, "请填写标题，最多 80 字。")
    if terms.address is not None:
        found["address"] = terms.address.strip()
        if len(found["address"] or "") > 300:
            raise invalid("address", terms.address[:40], "地点最多 300 字。")
    return found


def _class(terms: CorrectionTerms) -> Texts:
    if terms.matter_class is not None:
        return {"matter_class": str(terms.matter_class), "condition": _text(terms.condition)}
    return {"condition": str(terms.condition)} if terms.condition is not None else {}


def _place(case: Case, terms: CorrectionTerms, at: datetime) -> Texts:
    if terms.lon is not None and terms.lat is not None:
        found = place_of(terms.lon, terms.lat, at=at)
        if found is None:
            raise invalid("lon", f"{terms.lon},{terms.lat}", "该坐标不在本市辖区内，请重新选点。")
        keys = (found.district_id, found.street_id, found.community_id, found.grid_id)
        point: tuple[float | None, float | None] = (terms.lon, terms.lat)
    elif terms.community is not None and terms.community != case.community:
        chain = area_index().chain(terms.community)
        if chain is None or chain.community_id is None:
            raise invalid("community", terms.community, "没有这个社区，请重新选择。")
        keys = (chain.district_id, chain.street_id, chain.community_id, None)
        point = (None, None)
    else:
        return {}
    names = ("district", "street", "community", "grid", "lon", "lat")
    return {name: _text(value) for name, value in zip(names, (*keys, *point), strict=True)}


def _check_class(case: Case, after: Mapping[str, str | None]) -> None:
    """Class and condition as they will stand fit each other and what the case has been through."""
    if "matter_class" not in after and "condition" not in after:
        return
    class_id = _value("matter_class", after.get("matter_class", _text(case.matter_class)))
    key = _value("condition", after.get("condition", _text(case.condition)))
    node = catalog_index().class_by_id.get(class_id) if class_id else None
    if node is None:
        raise invalid("matter_class", class_id, "没有这个事项类别，请从事项目录中选择。")
    condition = catalog_index().condition(key) if key else None
    if key is not None and (condition is None or condition.class_id != node.id):
        raise invalid("condition", key, "该立案条件不属于所选类别，请重新选择。")
    if condition is None and node.demands_registering and case.state not in _UNREGISTERED:
        raise invalid("condition", "", "该类事项须按条件立案，请选择一条立案条件。")


def _check_clock(case: Case, after: Mapping[str, str | None], *, resets: bool) -> None:
    if not resets:
        return
    if case.state != HANDLING or case.dispatched_at is None:
        raise Conflict("案件不在处置中，不能重算时限；请不要勾选重算。", code="cases.no_clock_runs")
    if not {"matter_class", "condition"} & after.keys():
        raise invalid("resets_clock", "true", "没有更正类别或立案条件，时限不能重算。")


def _refuse_merged(case: Case) -> None:
    if case.state == MERGED:
        raise Conflict("案件已并入他案，请更正主案。", code="cases.correction_of_merged")


def _refuse_changed(case: Case, wish: Correction) -> None:
    moved = [name for name, text in wish.before.items() if _text(getattr(case, name)) != text]
    if moved:
        labels = "、".join(str(Case._meta.get_field(name).verbose_name) for name in moved)  # type: ignore[union-attr]
        raise Conflict(
            f"申请之后{labels}已有变化，不能再批准；请不予批准，并重新申请。", code="cases.correction_stale"
        )


def _follow_class(act: Act, case: Case) -> None:
    """A corrected class: a grid keeps no inspection, and the list of same-day matters is asked anew."""
    if case.state not in OPEN_STATES:
        return
    refuse_inspection(case, [task.unit for task in open_tasks(act, case)], act.at)
    expect_same_day(act, case, found_at=act.at)


def _reckon_anew(act: Act, case: Case) -> None:
    """Promise and tasks by the corrected class, each from its start; an earlier promise of a merge binds."""
    assert case.dispatched_at is not None
    limit, own = check_limit(case, None), own_due(case)
    bound = case.due_at if case.due_at is not None and own is not None and case.due_at < own else None
    for task in open_tasks(act, case):
        given = stored_limit(case, limit, start=task.dispatched_at, at=act.at)
        given |= {"counted_from": None, "counted_seconds": None}
        for name, value in given.items():
            setattr(task, name, value)
        act.update(task, *given)
        replan_steps(
            act, case=case, subject=task.id, stage=Stage.HANDLE, started_at=task.dispatched_at,
            amount=limit[0], unit=limit[1], due_at=task.due_at,
        )  # fmt: skip
    given = stored_limit(case, limit, start=case.dispatched_at, at=act.at)
    moved = min(given["due_at"], bound) if bound is not None else given["due_at"]
    given |= {"due_at": moved, "overdue_at": None, "counted_from": None, "counted_seconds": None}
    set_fields(act, case, **given)
    cancel_timers(act, subject=case.id, kind=OVERDUE_TIMER)
    plan_timer(act, subject=case.id, kind=OVERDUE_TIMER, due_at=moved, generation=case.round)


def _body(case: Case, wish: Correction) -> dict[str, Any]:
    """Journal body: codes and keys as they are, words and points as commitments."""
    return {
        "state": case.state,
        "correction": wish.id,
        "before": _sealed(wish.before, bytes(wish.salt)),
        "after": _sealed(wish.after, bytes(wish.salt)),
        "resets_clock": wish.resets_clock,
    }


def _sealed(texts: Mapping[str, str | None], salt: bytes) -> dict[str, str | None]:
    return {
        name: commitment(text, salt) if name in _WORDS and text is not None else text
        for name, text in texts.items()
    }


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _value(name: str, text: str | None) -> Any:
    if text is None:
        return None
    if name in _KEYS:
        return UUID(text)
    return float(text) if name in _DEGREES else text
