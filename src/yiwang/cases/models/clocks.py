"""Stage clocks and their limits: how long each stage of a case and of a task took, and until when it may."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from ...kernel.canonical import new_salt
from ...kernel.ids import uuid7
from ...ledger.public import RootRow
from ..enums import ClockEnding, ContactWay, Stage, Urgency
from .case import Case
from .report import Report
from .task import Task


class StageClock(models.Model):
    """Stage clock 阶段计时: one stage of a case, or of a task, from its start event to its end.

    A case that is open has exactly one open row without a task, of the stage its state stands for (the
    database holds that); the rows of a case touch, so that its total time is the sum of its stages. The
    row of a task starts and ends with the task's own acts. `due_at` is what is promised, `legal_due_at` what
    the law allows; both null where nothing is set, and on the rows of handling, whose limit stands on the
    case and its tasks. `due_explanation` is empty where the limit and the calendar of `calendar_version`
    give `due_at` by themselves: then the steps are told from them. `overdue_at` is the due instant, once it
    has passed unheeded.
    """

    #: The stream that tells `due_at`.
    due_told_in: ClassVar[str] = "case_id"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(
        Case, on_delete=models.PROTECT, related_name="stage_clocks", verbose_name="案件", db_index=False
    )
    task = models.ForeignKey(
        Task, on_delete=models.PROTECT, related_name="stage_clocks", verbose_name="任务", null=True,
        db_index=False,
    )  # fmt: skip
    unit = models.UUIDField("承办单位", null=True)
    stage = models.CharField("阶段", max_length=10, choices=Stage.choices)
    round = models.SmallIntegerField("办理轮次", default=0)
    started_at = models.DateTimeField("起点")
    limit_amount = models.DecimalField("时限数值", max_digits=8, decimal_places=4, null=True)
    limit_unit = models.CharField("时限单位", max_length=12, default="")
    due_at = models.DateTimeField("承诺时限", null=True)
    due_explanation = models.TextField("时限说明", default="")
    calendar_version = models.IntegerField("日历版本", null=True)
    legal_due_at = models.DateTimeField("法定时限", null=True)
    legal_words = models.CharField("法定时限说明", max_length=200, default="")
    basis = models.CharField("依据", max_length=200, default="")
    ended_at = models.DateTimeField("终点", null=True)
    ending = models.CharField("结束方式", max_length=8, choices=ClockEnding.choices, default="", blank=True)
    overdue_at = models.DateTimeField("超时时间", null=True)

    class Meta:
        verbose_name = "阶段计时"
        indexes = [
            models.Index(fields=["case", "started_at"], name="cases_clock_case"),
            models.Index(
                fields=["unit", "stage", "due_at"],
                name="cases_clock_unit",
                condition=models.Q(ended_at=None, task__isnull=False),
            ),
        ]


class StageLimit(RootRow):
    """Stage limit 阶段时限: how long a stage may take, promised and by law, for whom, and on what basis.

    The row of a class goes before that of its kind, that before one for an urgency alone, that before one for
    the stage; a row with a class or kind may name an urgency too. Validity is half-open in Shanghai days.
    Without `amount` nothing is promised, without `legal_amount` no law is named. `from_signing` is for
    contacting the reporter: the clock starts when the unit signs, not when it is sent.
    """

    stage = models.CharField("阶段", max_length=10, choices=Stage.choices)
    class_kind = models.CharField("事项种类", max_length=12, default="", blank=True)
    matter_class = models.UUIDField("事项类别", null=True)
    urgency = models.CharField("紧急程度", max_length=10, choices=Urgency.choices, default="", blank=True)
    amount = models.DecimalField("承诺数值", max_digits=8, decimal_places=4, null=True)
    unit = models.CharField("承诺单位", max_length=12, default="", blank=True)
    legal_amount = models.DecimalField("法定数值", max_digits=8, decimal_places=4, null=True)
    legal_unit = models.CharField("法定单位", max_length=12, default="", blank=True)
    from_signing = models.BooleanField("自签收起算", default=False)
    basis = models.CharField("依据", max_length=200, default="")
    valid_from = models.DateField("生效日")
    valid_to = models.DateField("失效日", null=True)

    class Meta:
        verbose_name = "阶段时限"
        constraints = [
            models.UniqueConstraint(
                fields=["stage", "class_kind", "matter_class", "urgency", "valid_from"],
                name="cases_stagelimit_once",
                nulls_distinct=False,
            )
        ]


class ContactAttempt(models.Model):
    """Contact attempt 联系记录: a unit called, visited or wrote to a reporter, reached or not.

    Belongs to the stream of its case, which holds a commitment to `note`. Legal basis: the handling of the
    request (PIPL §13(3), §34); retention: that of the report, whose erasure blanks note and salt.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(
        Case, on_delete=models.PROTECT, related_name="contact_attempts", verbose_name="案件"
    )
    task = models.ForeignKey(
        Task, on_delete=models.PROTECT, related_name="contact_attempts", verbose_name="任务"
    )
    report = models.ForeignKey(
        Report, on_delete=models.PROTECT, related_name="contact_attempts", verbose_name="诉求"
    )
    way = models.CharField("联系途径", max_length=8, choices=ContactWay.choices)
    reached = models.BooleanField("已联系上")
    note = models.TextField("联系情况", default="")
    salt = models.BinaryField("承诺盐", default=new_salt)
    by = models.UUIDField("联系人", null=True)
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = "联系记录"
