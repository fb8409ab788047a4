"""Tasks to handlers' own systems 任务外派: what goes out to the system of the unit that must do it.

The message carries what the handling unit needs — text, place, limit, instruction — and never who reported.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from ...cases.public import OPEN_TASK_STATES, Case, Task, reports_of
from ...orgs.public import unit_index
from ..enums import WriteBackState
from ..models import WriteBack
from ..queries.channels import LiveChannel, channel_index
from ..rules.words import instant_words


def system_of(unit_id: UUID, at: datetime) -> LiveChannel | None:
    """The handler's system that works for a unit, if one is connected."""
    node = unit_index().by_id.get(unit_id)
    if node is None:
        return None
    channels = channel_index().of_door("handler", at)
    return next((c for c in channels if c.definition.settings.get("unit") == node.code), None)


def note_tasks(case_id: UUID, at: datetime) -> int:
    """Send the open tasks of a case to the systems of their units 派发外部任务; how many go out."""
    if not channel_index().of_door("handler", at):
        return 0
    rows = []
    for task in Task.objects.filter(case=case_id, state__in=OPEN_TASK_STATES):
        channel = system_of(task.unit, at)
        if channel is not None and "task" in (channel.definition.write_back.get("changes") or {}):
            rows.append(_row(channel, task, "task", at))
    WriteBack.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def note_recall(case_id: UUID, at: datetime) -> int:
    """Tell the systems that hold tasks of a case that these are taken back 撤回外部任务; how many."""
    sent = WriteBack.objects.filter(case=case_id, change="task").values_list("report", "channel")
    out = dict(sent)
    if not out:
        return 0
    rows = []
    for task in Task.objects.filter(pk__in=out, state="recalled"):
        channel = channel_index().by_id.get(out[task.id])
        if channel is None or WriteBack.objects.filter(report=task.id, change="recalled").exists():
            continue
        if "recalled" in (channel.definition.write_back.get("changes") or {}):
            rows.append(_row(channel, task, "recalled", at))
        waiting = WriteBack.objects.filter(report=task.id, change="task", state=WriteBackState.WAITING)
        waiting.update(state=WriteBackState.GIVEN_UP, answer="发出前已撤回。")
    WriteBack.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def _row(channel: LiveChannel, task: Task, change: str, at: datetime) -> WriteBack:
    facts = {
        "task": str(task.id), "source_number": str(task.id), "role": task.get_role_display(),
        "unit": unit_index().name(task.unit),
    }  # fmt: skip
    return WriteBack(
        channel_id=channel.id, report=task.id, case=task.case_id, change=change, happened_at=at, facts=facts,
        due_at=at, created_at=at,
    )  # fmt: skip


def task_facts(task_id: UUID) -> dict[str, str]:
    """What a task's message says 任务内容; looked up when it is sent, kept nowhere else."""
    task = Task.objects.select_related("case").filter(pk=task_id).first()
    if task is None:
        return {}
    case: Case = task.case
    texts = [report.text for report in reports_of(case)]
    return {
        "case_number": case.number, "number": case.number, "title": case.title, "text": "\n".join(texts),
        "address": case.address, "lon": "" if case.lon is None else str(case.lon),
        "lat": "" if case.lat is None else str(case.lat), "instruction": task.instruction,
        "due": instant_words(task.due_at), "urgency": case.urgency,
    }  # fmt: skip
