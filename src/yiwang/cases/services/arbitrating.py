"""Arbitrating 争议裁定: somebody impartial says whose job a case is; after it nobody may return it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from ...kernel.actor import Actor
from ...kernel.canonical import commitment
from ...kernel.errors import Conflict, FieldProblem, NotFound, invalid, invalid_fields
from ...kernel.states import transition
from ...ledger.public import Act
from ...orgs.public import unit_index
from ..enums import ArbitrationCause, RulingMode, TaskRole
from ..events import CaseArbitrated, CaseDispatched
from ..models import Arbitration, ArbitrationView, Case, Handover, Task, TaskReturn
from ..permissions import require
from ..rules import ArbitrationFacts
from ..states import ARBITRATING, ARBITRATION, ASKED, DONE, OPEN_TASK_STATES, RECALLED, RETURN, TASK
from .arbitration_opening import open_arbitration
from .dispatching import check_limit, issue_tasks
from .lapsing import lapse_applications
from .leaving import leave_task, refuse_final, seat_units
from .moving import acting_on, facts_of, move, note, permitted, set_fields
from .returning import open_task_of
from .stages import end_task_stages

ARBITRATE = "cases.arbitrate"
MOST_VIEWS = 20


@dataclass(frozen=True, slots=True)
class MeetingView:
    """What a unit said in the meeting 会商意见: by unit and post, never by name."""

    unit: UUID
    post: str
    words: str


@dataclass(frozen=True, slots=True)
class Ruling:
    """A ruling 裁定.

    Attributes:
        mode: one of `RulingMode`; a meeting needs the views of two units at least.
        host, co_units: whose job it is from now on; naming several splits the work, the host answers for all.
        legal_basis: the clause it rests on, up to 300 characters.
        words: the outcome, and who does what.
        views: the minutes of a meeting.
    """

    mode: str
    host: UUID
    legal_basis: str
    words: str
    co_units: tuple[UUID, ...] = ()
    views: tuple[MeetingView, ...] = field(default=())


def ask_arbitration(
    *,
    actor: Actor,
    at: datetime,
    case_id: UUID,
    words: str,
    proposed_unit: UUID | None = None,
    unit: UUID | None = None,
    expected: int | None = None,
) -> Arbitration:
    """Ask for a ruling 申请争议裁定, by the receiver of a handover; it keeps working, the clock runs.

    Raises:
        Refused, StaleVersion, NotFound; Invalid: no words or an unknown unit.
        Conflict: the task was not handed over, or a ruling is asked for or made already.
    """
    if not words.strip():
        raise invalid("words", words, "请写明理由。")
    if proposed_unit is not None and proposed_unit not in unit_index().by_id:
        raise invalid("proposed_unit", proposed_unit, "没有这个单位，请重新选择。")
    with acting_on(case_id, actor=actor, at=at, expected=expected) as (act, case):
        task = open_task_of(act, case, actor, unit)
        refuse_final(case)
        if not case.transfers or task.role != TaskRole.HOST:
            raise Conflict(
                "争议裁定由首问移交的接收单位申请；其他情形请申请退单。", code="cases.not_handed_over"
            )
        given = [row.from_unit for row in act.fetch(Handover, case=case.id)]
        return open_arbitration(
            act, case, cause=ArbitrationCause.DISPUTE, asking=task.unit, proposed=proposed_unit, words=words,
            more_parties=given,
        )  # fmt: skip


def rule_arbitration(
    *, actor: Actor, at: datetime, arbitration_id: UUID, ruling: Ruling, expected: int | None = None
) -> Case:
    """Rule 裁定: the named units have the tasks at once; an open task of a named unit goes on as it was.

    Effects: tasks of units that are not named end (已退回 of the unit that asked, else 已撤回); missing ones
    are issued with their own full limit; the promise stays; `final_owner` refuses every later return; event
    `CaseArbitrated`, from which a precedent is made.

    Raises:
        Refused, StaleVersion; Conflict: dispatched or judged by the actor before, of a unit in dispute, or it
            names the unit that is complained of.
        Invalid: names each wrong field.
    """
    found = Arbitration.objects.filter(pk=arbitration_id).first()
    if found is None:
        raise NotFound("没有这份争议裁定。")
    problems = [FieldProblem(*problem) for problem in _problems(ruling)]
    if problems:
        raise invalid_fields(problems)
    with acting_on(found.case_id, actor=actor, at=at, expected=expected) as (act, case):
        (row,) = act.fetch(Arbitration, id=arbitration_id)
        units = (ruling.host, *ruling.co_units)
        require(actor, ARBITRATE, case)
        transition(ARBITRATION, row.state, "rule", _facts(actor, row))
        facts = facts_of(case, actor=actor, at=at, units=units)
        known = permitted(case, "arbitrate", actor=actor, facts=facts)
        issued = _carry_out(act, case, row, units, ruling)
        _note_views(act, case, row, ruling.views)
        row.decided_seq = move(act, case, known, body=_body(row, ruling), reason=ruling.words)
        _close(act, case, row, ruling)
        _announce(act, case, row, units, issued)
    return case


def is_judge(actor: Actor, row: Arbitration) -> str | None:
    """Why the actor may not rule this dispute, in Chinese; None when impartial."""
    from ..rules import is_impartial

    return is_impartial(_facts(actor, row))


def _facts(actor: Actor, row: Arbitration) -> ArbitrationFacts:
    own = set(actor.scope("cases.handle").units) | set(actor.scope("cases.ask_return").units)
    if actor.unit_id is not None:
        own.add(actor.unit_id)
    return ArbitrationFacts(
        actor.account_id, frozenset(row.dispatchers), frozenset(own), frozenset(row.parties)
    )


def _carry_out(
    act: Act, case: Case, row: Arbitration, units: Sequence[UUID], ruling: Ruling
) -> tuple[UUID, ...]:
    """End the tasks of units that are not named, seat those that are, issue the missing; the issued units."""
    tasks = act.fetch(Task, case=case.id)
    leaving = [task for task in tasks if task.state in OPEN_TASK_STATES and task.unit not in units]
    for task in leaving:
        _end(act, task, returned=task.unit == row.asking_unit)
    lapse_applications(act, case, leaving)
    act.flush()
    kept = seat_units(act, case, units)
    kept |= {t.unit for t in tasks if t.state == DONE and t.round == case.round and t.unit in ruling.co_units}
    if set(units) - kept:
        issue_tasks(
            act, case, units, instruction=ruling.words.strip(), limit=check_limit(case, None), keeping=kept
        )
    set_fields(act, case, host=ruling.host, final_owner=ruling.host, arbitration=None)
    return tuple(unit for unit in units if unit not in kept)


def _end(act: Act, task: Task, *, returned: bool) -> None:
    if returned:
        leave_task(act, task, "give_back")
        return
    task.state = str(transition(TASK, task.state, "recall").target)
    assert task.state == RECALLED
    task.recalled_at = act.at
    act.update(task, "state", "recalled_at")
    end_task_stages(act, task)


def _note_views(act: Act, case: Case, row: Arbitration, views: Sequence[MeetingView]) -> None:
    for view in views:
        body = {"state": case.state, "arbitration": row.id, "unit": view.unit}
        seq = note(act, case, "cases.arbitration_view", body, view.words)
        act.insert(ArbitrationView(arbitration_id=row.id, unit=view.unit, post=view.post.strip(), seq=seq))


def _close(act: Act, case: Case, row: Arbitration, ruling: Ruling) -> None:
    row.state = str(transition(ARBITRATION, row.state, "rule", _facts(act.actor, row)).target)
    row.mode, row.host, row.co_units = ruling.mode, ruling.host, list(ruling.co_units)
    row.legal_basis = ruling.legal_basis.strip()
    row.decided_by, row.decided_at = act.actor.account_id, act.at
    act.update(
        row, "state", "mode", "host", "co_units", "legal_basis", "decided_by", "decided_at", "decided_seq"
    )
    for asked in act.fetch(TaskReturn, case=case.id):
        if asked.state not in (ASKED, ARBITRATING):
            continue
        action = "rule" if asked.state == ARBITRATING else "lapse"
        asked.state = str(transition(RETURN, asked.state, action).target)
        asked.decided_by, asked.decided_at, asked.decided_seq = act.actor.account_id, act.at, row.decided_seq
        act.update(asked, "state", "decided_by", "decided_at", "decided_seq")
    set_fields(act, case, return_waiting=False)


def _body(row: Arbitration, ruling: Ruling) -> dict[str, Any]:
    return {
        "arbitration": row.id, "mode": ruling.mode, "host": ruling.host, "co_units": list(ruling.co_units),
        "basis": commitment(ruling.legal_basis.strip(), bytes(row.salt)), "views": len(ruling.views),
    }  # fmt: skip


def _announce(act: Act, case: Case, row: Arbitration, units: Sequence[UUID], issued: Sequence[UUID]) -> None:
    losers = tuple(unit for unit in row.parties if unit not in units)
    act.announce(CaseArbitrated(case_id=case.id, at=act.at, host_id=units[0], from_units=losers))
    if issued:
        act.announce(CaseDispatched(case_id=case.id, at=act.at, host_id=units[0], units=tuple(units)))


def _problems(ruling: Ruling) -> Iterator[tuple[str, str, str]]:
    known = unit_index().by_id
    if ruling.mode not in RulingMode.values:
        yield "mode", ruling.mode, f"只能是 {'、'.join(RulingMode.values)} 之一。"
    if ruling.host not in known:
        yield "host", str(ruling.host), "没有这个单位，请选择主办单位。"
    wrong = [unit for unit in ruling.co_units if unit not in known]
    if wrong:
        yield "co_units", str(wrong[0]), "没有这个单位，请重新选择协办单位。"
    if len({ruling.host, *ruling.co_units}) != len(ruling.co_units) + 1:
        yield "co_units", "", "同一单位不能既主办又协办，也不能重复。"
    if not 0 < len(ruling.legal_basis.strip()) <= 300:
        yield "legal_basis", ruling.legal_basis[:20], "请填写法定依据，不超过 300 字。"
    if not ruling.words.strip():
        yield "words", "", "请写明裁定意见。"
    yield from _view_problems(ruling)


def _view_problems(ruling: Ruling) -> Iterator[tuple[str, str, str]]:
    known = unit_index().by_id
    units = {view.unit for view in ruling.views}
    if ruling.mode == RulingMode.MEETING and len(units) < 2:
        yield "views", str(len(units)), "会商至少要有两个单位的意见；未会商的请选择“指定”。"
    if len(ruling.views) > MOST_VIEWS:
        yield "views", str(len(ruling.views)), f"会商意见最多 {MOST_VIEWS} 条。"
    for view in ruling.views:
        if view.unit not in known or not view.words.strip() or not 0 < len(view.post.strip()) <= 40:
            yield "views", view.post[:20], "每条会商意见须有单位、岗位（不超过 40 字）和意见。"
            return
