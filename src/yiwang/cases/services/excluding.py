"""Excluding 剔除 and excusing 超时申诉: out of the figures, never out of the record."""

from __future__ import annotations

from typing import Any

from ...kernel.errors import Conflict
from ...ledger.public import Act
from ..enums import TaskRole
from ..models import Application, Case, Task
from .moving import set_fields


def exclude(act: Act, case: Case, wish: Application) -> dict[str, Any]:
    """Take the case out of assessment, or count it again; the record, its due instants and its lateness stay.

    Raises:
        Conflict: it stands as asked already.
    """
    if (case.excluded_at is not None) is not wish.undoes:
        raise Conflict("案件已是申请要求的状态，请不予批准。", code="cases.excluded_already")
    if wish.undoes:
        set_fields(act, case, excluded_at=None, exclusion_ground="")
    else:
        set_fields(act, case, excluded_at=act.at, exclusion_ground=wish.reason_code)
    return {"excluded": not wish.undoes, "ground": wish.reason_code}


def excuse(act: Act, case: Case, task: Task, wish: Application) -> dict[str, Any]:
    """Do not count a task's lateness 不计超时; that it was late stays on record.

    Raises:
        Conflict: it is excused already.
    """
    if task.is_excused:
        raise Conflict("该任务已经不计超时，请不予批准。", code="cases.excused_already")
    task.is_excused = True
    act.update(task, "is_excused")
    if task.role == TaskRole.HOST and task.round == case.round:
        set_fields(act, case, is_excused=True)
    return {"excused": True, "due_at": task.due_at, "done_at": task.done_at}
