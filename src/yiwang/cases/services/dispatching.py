"""Dispatching 任务派遣: one host, any number of co-units, each with a task and a clock."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from ...catalog.public import catalog_index
from ...clocks.public import cancel_timers, due_at, plan_timer
from ...kernel.actor import Actor
from ...kernel.errors import Refused, invalid
from ...kernel.limits import limit_problem
from ...kernel.states import transition
from ...kernel.working_time import UNIT_NAMES
from ...ledger.public import Act
from ...orgs.public import unit_index
from ..enums import TaskRole
from ..events import CaseDispatched
from ..models import Case, Task
from ..states import PENDING, RECALLED, TASK
from .bounds import bounded, limited_reports
from .moving import acting_on, facts_of, move, open_tasks, permitted, set_fields

OVERDUE_TIMER = "cases.overdue"
#: Used when neither the condition nor the class names a limit: 5 工作日 (济南市12345条例 §24).
FALLBACK_LIMIT = (Decimal(5), "work_day")


def limit_for(case: Case) -> tuple[Decimal, str]:
    """The limit of a case: of its registering condition, else of its class, else the general one."""
    index = catalog_index()
    condition = index.condition(case.condition) if case.condition else None
    node = index.class_by_id.get(case.matter_class) if case.matter_class else None
    found = condition.limit if condition is not None else (node.default_limit if node is not None else None)
    if found is None:
        return FALLBACK_LIMIT
    amount, unit = found
    return Decimal(amount.numerator) / amount.denominator, unit


class LimitUnusable(Refused):
    """The catalog's limit cannot be run by any clock 时限不可用 (409); names the class and the limit."""

    status = 409
    code = "cases.limit_unusable"


def check_limit(case: Case, limit: tuple[Decimal, str] | None) -> tuple[Decimal, str]:
    """The limit to dispatch with: the one that is given, else the case's own.

    Raises:
        Invalid: the given one cannot be used.
        LimitUnusable: the one of the condition or class cannot; the catalog must be mended first.
    """
    amount, unit = limit or limit_for(case)
    problem = limit_problem(amount, unit)
    if problem is None:
        return amount, unit
    spelled = f"{amount.normalize():f} {UNIT_NAMES.get(unit, unit)}"
    if limit is not None:
        raise invalid("limit", spelled, problem)
    name = catalog_index().full_name(case.matter_class) if case.matter_class else ""
    raise LimitUnusable(
        f"事项“{name}”的时限“{spelled}”不能使用：{problem}请先在事项目录中更正该时限，再派遣。",
        matter_class=str(case.matter_class or ""),
    )


def dispatch_case(
    *,
    actor: Actor,
    at: datetime,
    case_id: UUID,
    host: UUID,
    co_units: Sequence[UUID] = (),
    instruction: str = "",
    limit: tuple[Decimal, str] | None = None,
    expected: int | None = None,
) -> Case:
    """Dispatch 派遣: a task for the host and each co-unit; handling starts now, not at signing for.

    Args:
        limit: amount and unit; by default what the condition or the class says.

    Raises:
        Invalid: an unknown unit, or one named twice.
        Conflict: the unit is complained of, or the state does not allow it.
        LimitUnusable: the catalog names a limit that no clock can run.
    """
    units = (host, *co_units)
    _check_units(units)
    with acting_on(case_id, actor=actor, at=at, expected=expected) as (act, case):
        facts = facts_of(case, actor=actor, at=at, units=units)
        row = permitted(case, "dispatch", actor=actor, facts=facts)
        issue_tasks(act, case, units, instruction=instruction, limit=check_limit(case, limit))
        move(
            act, case, row,
            body={"host": host, "co_units": list(co_units), "due_at": case.due_at, "round": case.round},
            reason=instruction,
        )  # fmt: skip
        act.announce(CaseDispatched(case_id=case.id, at=at, host_id=host, units=units))
    return case


def _check_units(units: Sequence[UUID]) -> None:
    known = unit_index().by_id
    for unit in units:
        if unit not in known:
            raise invalid("host", unit, "没有这个单位，请重新选择。")
    if len(set(units)) != len(units):
        raise invalid("co_units", "、".join(map(str, units)), "同一单位不能重复派遣。")


def issue_tasks(
    act: Act, case: Case, units: Sequence[UUID], *, instruction: str, limit: tuple[Decimal, str]
) -> None:
    """Open a new round: a task a unit (the first is the host), the due instant, and its timer.

    Under a source that owns the limit the due instant is the source's less its margin, when that is earlier.
    """
    amount, unit_of_limit = limit
    due = due_at(act.at, amount, unit_of_limit, at=act.at)
    inner, why = due.due_at, ""
    if case.source_due_at is not None:
        inner, why = bounded(due.due_at, limited_reports(case.id), at=act.at)
    set_fields(
        act, case, host=units[0], round=case.round + 1, handlers=[], due_at=inner,
        dispatched_at=act.at, handled_at=None, overdue_at=None,
    )  # fmt: skip
    for position, unit in enumerate(units):
        act.insert(
            Task(
                case_id=case.id,
                case_created_at=case.created_at,
                unit=unit,
                role=TaskRole.CO if position else TaskRole.HOST,
                state=PENDING,
                round=case.round,
                instruction=instruction,
                dispatched_at=act.at,
                limit_amount=amount,
                limit_unit=unit_of_limit,
                due_at=inner,
                due_explanation=why + due.explanation,
                calendar_version=due.calendar_version,
            )
        )
    plan_timer(act, subject=case.id, kind=OVERDUE_TIMER, due_at=inner, generation=case.round)


def recall_tasks(act: Act, case: Case) -> list[Task]:
    """Recall every open task of the case and stop its timer; returns the recalled tasks."""
    recalled = open_tasks(act, case)
    for task in recalled:
        transition(TASK, task.state, "recall")
        task.state = RECALLED
        task.recalled_at = act.at
        act.update(task, "state", "recalled_at")
    cancel_timers(act, subject=case.id, kind=OVERDUE_TIMER)
    return recalled


def recall_case(
    *, actor: Actor, at: datetime, case_id: UUID, reason: str, expected: int | None = None
) -> Case:
    """Recall 撤回派遣: take the tasks back, with a reason, to dispatch anew."""
    with acting_on(case_id, actor=actor, at=at, expected=expected) as (act, case):
        row = permitted(case, "recall", actor=actor, facts=facts_of(case, actor=actor, at=at))
        tasks = recall_tasks(act, case)
        set_fields(act, case, host=None, due_at=None)
        move(act, case, row, body={"tasks": [t.id for t in tasks]}, reason=reason)
    return case


def mark_overdue(*, actor: Actor, at: datetime, case_id: UUID, generation: int) -> bool:
    """Mark a case overdue 超时 when its timer fires; returns whether it was still due.

    A timer of an earlier round changes nothing.
    """
    from ..events import CaseOverdue

    with acting_on(case_id, actor=actor, at=at) as (act, case):
        if case.round != generation or case.state != "handling" or case.overdue_at or not case.due_at:
            return False
        set_fields(act, case, overdue_at=case.due_at)
        act.record(case, "cases.overdue", {"state": case.state, "due_at": case.due_at})
        act.announce(CaseOverdue(case_id=case.id, at=at, due_at=case.due_at))
    return True
