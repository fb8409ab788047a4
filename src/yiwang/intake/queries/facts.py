"""Facts of a case 案件事实 that may be told to a source: units, posts and the public answer, never a name."""

from __future__ import annotations

from uuid import UUID

from ...cases.public import Remark, Task, TaskRole
from ...orgs.public import unit_index


def public_answer(case_id: UUID) -> str:
    """The newest answer for the reporter 答复内容: the host's result, or the reply given at intake."""
    task = (
        Task.objects.filter(case=case_id, role=TaskRole.HOST)
        .exclude(result="")
        .order_by("-done_at", "-dispatched_at")
        .first()
    )
    return task.result if task is not None else ""


def newest_remark(case_id: UUID) -> str:
    """What was said with the newest act that gave a reason, such as 不予受理 or 作废."""
    return Remark.objects.filter(case=case_id).order_by("-seq").values_list("text", flat=True).first() or ""


def unit_name(unit_id: UUID | None) -> str:
    """The name of a unit; empty when there is none."""
    return unit_index().name(unit_id) if unit_id else ""
