"""Judging 研判: who reports, host and co-units, of the instance and outside; more units; units taken away."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from ...cases.public import Case, demand_listed
from ...kernel.actor import Actor
from ...kernel.errors import Conflict
from ...ledger.public import Act
from ...orgs.public import unit_index
from ..enums import Direction, ReportRole
from ..events import UnitsSummoned
from ..models import Whistle, WhistleCase, WhistleKind, WhistleTask
from ..queries.facts import called_of, facts_of, is_open, kind_of, leads
from ..queries.rulebook import rulebook
from ..states import JUDGE, PENDING, REPORT_TASK
from .drafting import check_party
from .moving import (
    acting_on,
    demanded_reason,
    finish_when_done,
    move,
    note,
    permitted,
    set_fields,
    step,
    task_named,
    tasks_of,
)
from .ticking import running_clocks, start_clocks, stop


def judge_whistle(
    *,
    actor: Actor,
    at: datetime,
    whistle_id: UUID,
    host: UUID,
    co_units: Sequence[UUID] = (),
    instruction: str = "",
    gather_at: datetime | None = None,
    gather_place: str = "",
    expected: int | None = None,
) -> Whistle:
    """Judge and send out 派发报到: a task with its clocks for the host and each co-unit.

    After the district leader's decision, units that are still at it keep their task and its clocks; open ones
    that are not named any more are recalled.

    Args:
        host, co_units: keys of units or of outside units.
        gather_at, gather_place: when and where to report; what the whistle says stays when they are empty.

    Raises:
        NotPermitted; Invalid: an unknown unit. Conflict: one twice, too many, or a street's whistle that is
            to be answered by somebody who is not of the street.
    """
    named = (host, *co_units)
    for key in named:
        check_party(key)
    with acting_on(whistle_id, actor=actor, at=at, expected=expected) as (act, whistle):
        facts = facts_of(whistle, actor=actor, units=named, hosts=1)
        row = permitted(whistle, "judge", actor=actor, facts=facts)
        check_direction(kind_of(whistle), whistle.street, host)
        if gather_at is not None or gather_place.strip():
            set_fields(
                act, whistle, gather_at=gather_at or whistle.gather_at,
                gather_place=(gather_place.strip() or whistle.gather_place)[:200],
            )  # fmt: skip
        standing = _keep_named(act, whistle, named)
        kept = {task.party for task in standing if is_open(task)}
        fresh = [key for key in named if key not in kept]
        made = send_tasks(act, whistle, fresh, host=host, instruction=instruction)
        set_fields(act, whistle, judged_at=at)
        body = {"host": host, "units": list(named)}
        move(act, whistle, row, body=body, reason=instruction, tasks=[*standing, *made])
    return whistle


def _keep_named(act: Act, whistle: Whistle, named: Sequence[UUID]) -> list[WhistleTask]:
    """Open tasks of named units keep running in their new role, those of others are recalled."""
    standing = [task for task in tasks_of(act, whistle) if is_open(task)]
    for task in standing:
        if task.party in named:
            set_fields(act, task, role=ReportRole.HOST if task.party == named[0] else ReportRole.CO)
        else:
            _recall(act, task)
    return standing


def _recall(act: Act, task: WhistleTask) -> None:
    step(REPORT_TASK, task, "recall")
    act.update(task, "state")
    stop(act, running_clocks(act, task))


def check_direction(kind: WhistleKind, street: UUID | None, host: UUID) -> None:
    """A community's or a firm's whistle is answered by the street itself, not by a unit below or beside it.

    Args:
        street: the whistler's.

    Raises:
        Conflict: the host is no unit of the whistler's street.
    """
    if kind.direction != Direction.TO_STREET or street is None:
        return
    node = unit_index().by_id.get(host)
    if node is None or node.home_area_id != street:
        raise Conflict(
            f"“{kind.name}”由街道报到，主办单位须为本街道的街道一级单位。", code="whistles.street_reports"
        )


def send_tasks(
    act: Act, whistle: Whistle, units: Sequence[UUID], *, host: UUID | None, instruction: str = ""
) -> list[WhistleTask]:
    """A task with its clocks for each unit; the event names whom to tell.

    Raises:
        NotAdmitted: a grid team or a community, for a case whose matter is on none of its lists.
    """
    kind, made = kind_of(whistle), []
    blown_for = [link.case_id for link in act.fetch(WhistleCase, lock=False, whistle=whistle.id)]
    demand_listed(Case.objects.filter(pk__in=blown_for), units, act.at)
    for key in units:
        outside = rulebook().outside_unit(key)
        task = act.insert(
            WhistleTask(
                whistle_id=whistle.id, unit=None if outside else key, outside_id=key if outside else None,
                role=ReportRole.HOST if key == host else ReportRole.CO, state=PENDING,
                instruction=instruction.strip(), sent_at=act.at,
            )
        )  # fmt: skip
        start_clocks(act, task, kind)
        made.append(task)
    if made:
        act.announce(
            UnitsSummoned(
                whistle_id=whistle.id, at=act.at, units=tuple(t.unit for t in made if t.unit),
                outside=tuple(t.outside_id for t in made if t.outside_id),
            )
        )  # fmt: skip
    return made


def add_units(
    *,
    actor: Actor,
    at: datetime,
    whistle_id: UUID,
    units: Sequence[UUID],
    instruction: str = "",
    expected: int | None = None,
) -> Whistle:
    """Add co-units 增派单位 while others are at work.

    Raises:
        NotPermitted; Invalid: an unknown unit. Conflict: one that is called already, or too many.
    """
    for key in units:
        check_party(key)
    with acting_on(whistle_id, actor=actor, at=at, expected=expected) as (act, whistle):
        tasks = tasks_of(act, whistle)
        hosts = sum(map(leads, tasks))
        host = None if hosts else (units[0] if units else None)
        facts = facts_of(
            whistle, actor=actor, units=[*(t.party for t in tasks if is_open(t)), *units],
            hosts=hosts or (1 if host else 0), called=called_of(tasks, *units),
        )  # fmt: skip
        row = permitted(whistle, "add_units", actor=actor, facts=facts)
        if host is not None:
            check_direction(kind_of(whistle), whistle.street, host)
        made = send_tasks(act, whistle, units, host=host, instruction=instruction)
        move(act, whistle, row, body={"units": list(units)}, reason=instruction, tasks=made)
    return whistle


def recall_unit(
    *, actor: Actor, at: datetime, whistle_id: UUID, task_id: UUID, reason: str, expected: int | None = None
) -> Whistle:
    """Recall one unit's task 撤回报到任务, with a reason; of several units the host stays.

    Raises:
        NotPermitted, NotFound; Conflict: it is the host, or over. Invalid: no reason.
    """
    with acting_on(whistle_id, actor=actor, at=at, expected=expected) as (act, whistle):
        tasks = tasks_of(act, whistle)
        task = task_named(tasks, task_id)
        row = permitted(whistle, "recall_unit", actor=actor, facts=facts_of(whistle, actor=actor))
        if task.role == ReportRole.HOST and is_open(task):
            raise Conflict(
                "主办单位不能撤回；如需更换主办，请撤回本哨或提级协调。", code="whistles.host_stays"
            )
        _recall(act, task)
        move(act, whistle, row, body={"task": task.id, "unit": task.party}, reason=reason, tasks=[task])
        finish_when_done(act, whistle, tasks)
    return whistle


def insist_on_report(
    *, actor: Actor, at: datetime, whistle_id: UUID, task_id: UUID, reason: str, expected: int | None = None
) -> WhistleTask:
    """Insist 责令报到 after a refusal: the task starts anew with new clocks; the refusal stays counted.

    Raises:
        NotPermitted, NotFound; Conflict: it did not refuse, or the whistle is over. Invalid: no reason.
    """
    with acting_on(whistle_id, actor=actor, at=at, expected=expected) as (act, whistle):
        permitted(whistle, "recall_unit", actor=actor, facts=facts_of(whistle, actor=actor))
        tasks = tasks_of(act, whistle)
        task = task_named(tasks, task_id)
        standing = [t for t in tasks if is_open(t) and t.id != task.id]
        if any(t.party == task.party for t in standing):
            raise Conflict("该单位已另有报到任务。", code="whistles.called_already")
        reason = demanded_reason(step(REPORT_TASK, task, "insist"), reason)
        led = any(leads(t) for t in tasks if t.id != task.id)
        set_fields(
            act, task, state=task.state, round=task.round + 1, sent_at=at, signed_at=None, contacted_at=None,
            reported_at=None, role=ReportRole.CO if led else task.role,
        )  # fmt: skip
        start_clocks(act, task, kind_of(whistle))
        body = {"task": task.id, "unit": task.party, "act": JUDGE}
        note(act, whistle, "insisted", body, reason, tasks=[task])
    return task
