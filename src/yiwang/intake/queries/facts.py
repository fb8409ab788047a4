"""Facts of a case 案件事实 that may be told to a source: units, posts and the public answer, never a name."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import Q

from ...cases.public import Remark, Task, TaskRole
from ...ledger.public import JournalEntry
from ...orgs.public import unit_index


def public_answer(case_id: UUID, at: datetime) -> str:
    """The newest answer for the reporter 答复内容 at an instant: the host's result, or intake's reply."""
    task = (
        Task.objects.filter(Q(done_at=None) | Q(done_at__lte=at), case=case_id, role=TaskRole.HOST)
        .exclude(result="")
        .order_by("-done_at", "-dispatched_at")
        .first()
    )
    return task.result if task is not None else ""


def newest_remark(case_id: UUID, at: datetime) -> str:
    """What was said with the newest act until `at` that gave a reason, such as 不予受理 or 作废."""
    entries = JournalEntry.objects.filter(stream=case_id, at__lte=at)
    last = entries.order_by("-seq").values_list("seq", flat=True).first() or 0
    remarks = Remark.objects.filter(case=case_id, seq__lte=last).order_by("-seq")
    return remarks.values_list("text", flat=True).first() or ""


def unit_name(unit_id: UUID | None) -> str:
    """The name of a unit; empty when there is none."""
    return unit_index().name(unit_id) if unit_id else ""
