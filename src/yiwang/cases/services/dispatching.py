"""Dispatching 任务派遣: one host, any number of co-units, each with a task and a clock."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from ...catalog.public import catalog_index
from ...clocks.public import due_at, plan_timer
from ...kernel.actor import Actor
from ...kernel.errors import Refused, invalid
from ...kernel.limits import limit_problem
from ...kernel.states import transition
from ...kernel.working_time import UNIT_NAMES
from ...ledger.public import Act
from ...orgs.public import unit_index
from ..enums import Stage, TaskRole
from ..events import CaseDispatched
from ..models import Case, Task
from ..stage_limits import stage_rule_of
from ..states import PENDING, RECALLED, TASK
from .admitting import admit_units
from .bounds import bounded, limited_reports
from .first_asking import note_first_asked
from .ladders import plan_steps
from .leaving import lapse_questions, seat_units
from .moving import acting_on, facts_of, move, open_tasks, permitted, set_fields
from .stages import OVERDUE_TIMER, end_task_stages, open_task_stages

#: States in which the promise of a round runs.
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
    first_asked: bool = False,
    expected: int | None = None,
) -> Case:
    """Dispatch 派遣: a task for the host and each co-unit; handling starts now, not at signing for.

    A case that was recalled keeps its promise to the public; each task has its unit's own full limit.

    Args:
        limit: amount and unit; by default what the condition or the class says.
        first_asked: the host is the unit that was asked first (首问): it handles, or hands over once.

    Raises:
        Invalid: an unknown unit, or one named twice.
        Conflict: the unit is complained of, a ruling names another host, or the state does not allow it.
        LimitUnusable: the catalog names a limit that no clock can run.
    """
    units = (host, *co_units)
    _check_units(units)
    with acting_on(case_id, actor=actor, at=at, expected=expected) as (act, case):
        facts = facts_of(case, actor=actor, at=at, units=units)
        row = permitted(case, "dispatch", actor=actor, facts=facts)
        left = case.return_count or case.returned_at is not None  # co-units may be at work still
        kept = seat_units(act, case, units) if left else frozenset()
        issue_tasks(act, case, units, instruction=instruction, limit=check_limit(case, limit), keeping=kept)
        move(
            act, case, row,
            body={"host": host, "co_units": list(co_units), "due_at": case.due_at, "round": case.round},
            reason=instruction,
        )  # fmt: skip
        if first_asked and case.first_unit != host:
            note_first_asked(act, case, host, None)
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
    act: Act,
    case: Case,
    units: Sequence[UUID],
    *,
    instruction: str,
    limit: tuple[Decimal, str],
    keeping: frozenset[UUID] = frozenset(),
) -> None:
    """A task a unit (the first is the host), each with its full limit from now and its stage clocks.

    The first dispatch of a round also gives the promise to the public, with its timer. Until the host has fed
    back, later ones keep round and promise: whose job it is does not matter to the public.
    """
    given = stored_limit(case, limit, start=act.at, at=act.at)
    set_fields(act, case, host=units[0], returned_at=None)
    if case.due_at is None or case.handled_at is not None:
        set_fields(
            act, case, round=case.round + 1, handlers=[], dispatched_at=act.at, handled_at=None,
            overdue_at=None, is_excused=False, counted_from=None, counted_seconds=None, **given,
        )  # fmt: skip
        plan_timer(act, subject=case.id, kind=OVERDUE_TIMER, due_at=given["due_at"], generation=case.round)
    admit_units(act, case, [unit for unit in units if unit not in keeping])
    for position, unit in enumerate(units):
        if unit in keeping:
            continue
        task = act.insert(
            Task(
                case_id=case.id, case_created_at=case.created_at, unit=unit,
                role=TaskRole.CO if position else TaskRole.HOST, state=PENDING, round=case.round,
                instruction=instruction, dispatched_at=act.at, **given,
            )
        )  # fmt: skip
        open_task_stages(act, case, task)
        plan_steps(
            act, case=case, subject=task.id, stage=Stage.HANDLE, started_at=act.at, amount=limit[0],
            unit=limit[1], due_at=given["due_at"],
        )  # fmt: skip


def stored_limit(case: Case, limit: tuple[Decimal, str], *, start: datetime, at: datetime) -> dict[str, Any]:
    """A limit of handling as promise and task store it: its rule, its due instant with the reason, the law's.

    Under a source that owns the limit the due instant is the source's less its margin, when that is earlier.
    """
    rule = stage_rule_of(case, Stage.HANDLE, at)
    due = due_at(start, *limit, at=at)
    inner, why = due.due_at, ""
    if case.source_due_at is not None:
        inner, why = bounded(due.due_at, limited_reports(case.id), at=at)
    return {
        "limit_amount": limit[0],
        "limit_unit": limit[1],
        "due_at": inner,
        "due_explanation": why + due.explanation,
        "calendar_version": due.calendar_version,
        "legal_due_at": due_at(start, *rule.legal, at=at).due_at if rule.legal else None,
        "legal_words": f"{rule.legal_words}（{rule.basis}）"[:200] if rule.legal else "",
    }


def recall_tasks(act: Act, case: Case, *, cause: str = "") -> list[Task]:
    """Recall every open task of the case with its clocks; returns them. The promise runs on.

    Args:
        cause: of `LapseCause`, for what waits about the tasks; by default that they were recalled.
    """
    recalled = open_tasks(act, case)
    for task in recalled:
        transition(TASK, task.state, "recall")
        task.state = RECALLED
        task.recalled_at = act.at
        act.update(task, "state", "recalled_at")
        end_task_stages(act, task)
    lapse_questions(act, case, recalled, cause=cause)
    return recalled


def recall_case(
    *, actor: Actor, at: datetime, case_id: UUID, reason: str, expected: int | None = None
) -> Case:
    """Recall 撤回派遣: take the tasks back, with a reason, to dispatch anew; the promise runs on."""
    with acting_on(case_id, actor=actor, at=at, expected=expected) as (act, case):
        row = permitted(case, "recall", actor=actor, facts=facts_of(case, actor=actor, at=at))
        tasks = recall_tasks(act, case)
        set_fields(act, case, host=None)
        move(act, case, row, body={"tasks": [t.id for t in tasks]}, reason=reason)
    return case
