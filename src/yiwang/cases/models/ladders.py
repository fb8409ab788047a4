"""Ladders 催督办阶梯 as data, and what was done on them: reminders, urgings, supervisions."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from ...kernel.ids import uuid7
from ...ledger.public import RootRow
from ..enums import LADDER_ACTS, LadderEvent, Stage, StepAct, StepCause, Urgency
from ..states import NOTED, SUPERVISION
from .case import Case

#: What a ladder is for, and what a step was taken at: a stage, whose clock runs, or an event that is counted.
OCCASIONS = [*Stage.choices, *LadderEvent.choices]


class Ladder(RootRow):
    """Ladder 催督办阶梯: what happens by itself before and after a clock's due instant, step by step.

    A ladder whose `stage` is a `LadderEvent` has no clock: its steps say from which time on the event takes
    them. It does nothing until a city switches it on (`is_on`); ladders of stages are always on.

    The ladder of a class goes before that of its kind, that before one for an urgency alone, that before the
    one of the stage. `steps` is a list as `rules.steps` reads it. Validity is half-open in Shanghai days; the
    newest that has begun and not ended is in force. Ladders never move a due instant.
    """

    code = models.CharField("代码", max_length=40)
    name = models.CharField("名称", max_length=60)
    stage = models.CharField("阶段或事件", max_length=20, choices=OCCASIONS)
    class_kind = models.CharField("事项种类", max_length=12, default="", blank=True)
    matter_class = models.UUIDField("事项类别", null=True)
    urgency = models.CharField("紧急程度", max_length=10, choices=Urgency.choices, default="", blank=True)
    steps = models.JSONField("步骤", default=list)
    basis = models.CharField("依据", max_length=200, default="", blank=True)
    is_example = models.BooleanField("示例", default=False)
    is_on = models.BooleanField("启用", default=True, db_default=True)
    valid_from = models.DateField("生效日")
    valid_to = models.DateField("失效日", null=True)

    class Meta:
        verbose_name = "催督办阶梯"
        constraints = [
            models.UniqueConstraint(
                fields=["stage", "class_kind", "matter_class", "urgency", "valid_from"],
                name="cases_ladder_once",
                nulls_distinct=False,
            )
        ]


class LadderReplan(models.Model):
    """Ladder re-plan 阶梯重排: running clocks follow a changed ladder; how far the worker has come.

    `cursor` is the last timer it has looked at; a worker that dies is followed by one that
    goes on from there.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    ladder = models.ForeignKey(
        Ladder, on_delete=models.PROTECT, related_name="replans", null=True, verbose_name="催督办阶梯"
    )
    stages = ArrayField(models.CharField(max_length=10), verbose_name="阶段", default=list)
    asked_at = models.DateTimeField("提交时间")
    expected = models.PositiveIntegerField("预计计时数", default=0)
    examined = models.PositiveIntegerField("已核对", default=0)
    changed = models.PositiveIntegerField("已重排", default=0)
    cursor = models.UUIDField("核对到", null=True)
    finished_at = models.DateTimeField("完成时间", null=True)

    class Meta:
        verbose_name = "阶梯重排"
        indexes = [models.Index(fields=["-asked_at"], name="cases_replan_recent")]


class Supervision(models.Model):
    """Supervision 督办记录: one step taken on a case, by a timer, an event, a person or a resident's chase.

    Belongs to the stream of its case; `seq`, `replied_seq` and `settled_seq` are the entries that hold the
    words (`Remark`). `subject` is the clock or task whose ladder it is and `slot` which step of it;
    `clock_due_at` the due instant it was taken under, so that no step is taken twice under one instant. What
    an event opened has the event as its `stage`, its key as `subject`, and in `times` which time it was.
    `units` are the units it is addressed to, `addressed_acts` acts whose holders are. With `reply_due_at` an
    answer is demanded.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(
        Case, on_delete=models.PROTECT, related_name="supervisions", verbose_name="案件", db_index=False
    )
    act = models.CharField("类别", max_length=10, choices=StepAct.choices)
    cause = models.CharField("起因", max_length=8, choices=StepCause.choices)
    state = models.CharField("状态", max_length=10, choices=list(SUPERVISION.states.items()), default=NOTED)
    stage = models.CharField("阶段或事件", max_length=20, choices=OCCASIONS, default="", blank=True)
    times = models.PositiveIntegerField("第几次", null=True)
    subject = models.UUIDField("计时", null=True)
    slot = models.SmallIntegerField("步骤序号", null=True)
    clock_due_at = models.DateTimeField("当时时限", null=True)
    units = ArrayField(models.UUIDField(), verbose_name="对象单位", default=list)
    addressed_acts = ArrayField(models.CharField(max_length=48), verbose_name="对象权限", default=list)
    seq = models.PositiveIntegerField("存证序号")
    at = models.DateTimeField("时间")
    by = models.UUIDField("发起人", null=True)
    post = models.UUIDField("发起岗位", null=True)
    reply_due_at = models.DateTimeField("答复时限", null=True)
    replied_seq = models.PositiveIntegerField("答复存证序号", null=True)
    replied_by = models.UUIDField("答复人", null=True)
    replied_unit = models.UUIDField("答复单位", null=True)
    replied_at = models.DateTimeField("答复时间", null=True)
    settled_by = models.UUIDField("销号人", null=True)
    settled_at = models.DateTimeField("销号时间", null=True)
    settled_seq = models.PositiveIntegerField("销号存证序号", null=True)

    class Meta:
        verbose_name = "督办记录"
        indexes = [
            models.Index(fields=["case", "at"], name="cases_supervision_case"),
            models.Index(
                fields=["subject"], name="cases_supervision_clock", condition=models.Q(subject__isnull=False)
            ),
            models.Index(
                fields=["-at", "-id"],
                name="cases_supervision_recent",
                condition=models.Q(act__in=LADDER_ACTS),
            ),
            models.Index(
                fields=["-at", "-id"],
                name="cases_supervision_open",
                condition=models.Q(state__in=("awaited", "answered", "listed")),
            ),
            GinIndex(
                fields=["units"], name="cases_supervision_units", condition=models.Q(act__in=LADDER_ACTS)
            ),
        ]
