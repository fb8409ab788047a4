"""Leaving 任务终止: a unit's task ends without a result, and what was asked about it ends with it."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from ...kernel.errors import Conflict
from ...kernel.states import transition
from ...ledger.public import Act
from ...orgs.public import unit_index
from ..enums import ApplicationKind, LapseCause, TaskRole
from ..models import Arbitration, Case, Task, TaskReturn
from ..states import ARBITRATING, ARBITRATION, ASKED, OPEN_TASK_STATES, RETURN, TASK
from .lapsing import lapse_applications
from .moving import note, set_fields
from .stages import end_task_stages


def refuse_final(case: Case) -> None:
    """Raise `Conflict` when a ruling has named the owner: after it nobody may return the case."""
    if case.final_owner is not None:
        name = unit_index().name(case.final_owner)
        raise Conflict(
            f"该案件已裁定由{name}主办，裁定后任何单位不得再退单。请继续办理。", code="cases.final_owner"
        )
    if case.arbitration is not None:
        raise Conflict("该案件正在争议裁定，请继续办理并等待裁定。", code="cases.being_arbitrated")


def leave_task(act: Act, task: Task, action: str) -> None:
    """End a task by `give_back` (退回) or `hand_over` (移交) with its clocks; no due instant moves."""
    task.state = str(transition(TASK, task.state, action).target)
    task.returned_at = act.at
    act.update(task, "state", "returned_at")
    end_task_stages(act, task)


def seat_units(act: Act, case: Case, units: Sequence[UUID]) -> frozenset[UUID]:
    """Units that have an open task already: it goes on, as host or co-unit by the place in `units`.

    Their due instants stay; only who answers for all may change. A suspension that a host asked for lapses
    when it is the host no more.
    """
    seated, demoted = set(), []
    for task in act.fetch(Task, case=case.id):
        if task.state not in OPEN_TASK_STATES or task.unit not in units:
            continue
        role = TaskRole.HOST if task.unit == units[0] else TaskRole.CO
        if task.role != role:
            task.role = role
            act.update(task, "role")
            demoted += [task] if role == TaskRole.CO else []
        seated.add(task.unit)
    suspension = frozenset({ApplicationKind.SUSPENSION.value})
    lapse_applications(act, case, demoted, cause=LapseCause.NOT_HOST, kinds=suspension)
    return frozenset(seated)


def lapse_questions(act: Act, case: Case, tasks: Sequence[Task], *, cause: str = "") -> None:
    """Returns, disputes and applications about tasks that are over need no decision: they lapse 失效.

    Costs nothing for a case about which nobody asks.

    Args:
        cause: of `LapseCause`, when the state of the tasks does not say what ended them.
    """
    lapse_applications(act, case, tasks, cause=cause)
    if not case.return_waiting and case.arbitration is None:
        return
    over = {task.id: task.unit for task in tasks}
    still_asked = False
    for row in act.fetch(TaskReturn, case=case.id):
        if row.state not in (ASKED, ARBITRATING):
            continue
        if row.task_id not in over:
            still_asked = still_asked or row.state == ASKED
            continue
        row.state = str(transition(RETURN, row.state, "lapse").target)
        row.decided_at = act.at
        act.update(row, "state", "decided_at")
        note(act, case, "cases.return_lapsed", {"state": case.state, "return": row.id, "task": row.task_id})
    set_fields(act, case, return_waiting=still_asked)
    if case.arbitration is not None:
        _lapse_arbitration(act, case, set(over.values()))


def _lapse_arbitration(act: Act, case: Case, units: set[UUID]) -> None:
    """The dispute is over when the unit that raised it has done the work, or was taken off it."""
    for row in act.fetch(Arbitration, case=case.id, state=ASKED):
        if row.asking_unit not in units:
            continue
        row.state = str(transition(ARBITRATION, row.state, "lapse").target)
        row.decided_at = act.at
        act.update(row, "state", "decided_at")
        set_fields(act, case, arbitration=None)
        note(act, case, "cases.arbitration_lapsed", {"state": case.state, "arbitration": row.id})
