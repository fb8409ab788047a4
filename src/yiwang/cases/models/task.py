"""Task 任务: what one unit must do for a case, with its own clock and its own result."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from ...kernel.canonical import new_salt
from ...kernel.ids import uuid7
from ..enums import TaskRole
from ..states import OPEN_TASK_STATES, TASK
from .case import Case


class Task(models.Model):
    """Task 任务; belongs to the stream of its case.

    A due instant is stored with its rule (`limit_amount`, `limit_unit`), the calendar version and the
    step-by-step explanation, and moves only by the acts that architecture §4.7 names. After an extension it
    is counted from `counted_from` (the old due instant), after a suspension from there (the resuming) with
    what was left (`counted_seconds`); both null while it counts from the dispatch. `case_created_at` repeats
    the case's instant so that a unit's list is read in order from one index.
    """

    #: The stream that tells `due_at`.
    due_told_in: ClassVar[str] = "case_id"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="tasks", verbose_name="案件")
    case_created_at = models.DateTimeField("案件建立时间")
    unit = models.UUIDField("承办单位")
    role = models.CharField("角色", max_length=4, choices=TaskRole.choices, default=TaskRole.HOST)
    state = models.CharField("状态", max_length=8, choices=list(TASK.states.items()))
    round = models.SmallIntegerField("办理轮次", default=1)
    instruction = models.TextField("派遣意见", default="")
    dispatched_at = models.DateTimeField("派遣时间")
    signed_at = models.DateTimeField("签收时间", null=True)
    done_at = models.DateTimeField("反馈时间", null=True)
    recalled_at = models.DateTimeField("撤回时间", null=True)
    returned_at = models.DateTimeField("退回或移交时间", null=True)
    limit_amount = models.DecimalField("时限数值", max_digits=8, decimal_places=4, null=True)
    limit_unit = models.CharField("时限单位", max_length=12, default="")
    due_at = models.DateTimeField("办理时限", null=True)
    due_explanation = models.TextField("时限说明", default="")
    calendar_version = models.IntegerField("日历版本", null=True)
    legal_due_at = models.DateTimeField("法定时限", null=True)
    legal_words = models.CharField("法定时限说明", max_length=200, default="", db_default="")
    counted_from = models.DateTimeField("续算起点", null=True)
    counted_seconds = models.IntegerField("续算秒数", null=True)
    is_excused = models.BooleanField("不计超时", default=False, db_default=False)
    handler = models.UUIDField("处置人", null=True)
    result = models.TextField("办理情况", default="")
    salt = models.BinaryField("承诺盐", default=new_salt)
    evidence = ArrayField(models.CharField(max_length=12), verbose_name="证据阶段", default=list)

    class Meta:
        verbose_name = "任务"
        indexes = [
            models.Index(fields=["unit", "-case_created_at", "-case"], name="cases_task_unit"),
            models.Index(
                fields=["unit", "due_at"],
                name="cases_task_open",
                condition=models.Q(state__in=OPEN_TASK_STATES),
            ),
        ]
