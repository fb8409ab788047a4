"""Rechecks, ratings and merges of a case."""

from __future__ import annotations

from django.db import models

from ...kernel.canonical import new_salt
from ...kernel.ids import uuid7
from ...ledger.public import RootRow
from ..enums import RatingQuestion, RecheckResult
from .case import Case
from .report import Report


class Recheck(models.Model):
    """Recheck 核查: somebody who did not handle the case looks on the spot whether it is solved."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="rechecks", verbose_name="案件")
    round = models.SmallIntegerField("办理轮次")
    is_sample = models.BooleanField("抽查", default=False)
    result = models.CharField(
        "结果", max_length=10, choices=RecheckResult.choices, default=RecheckResult.PENDING
    )
    by = models.UUIDField("核查人", null=True)
    note = models.TextField("核查意见", default="")
    salt = models.BinaryField("承诺盐", default=new_salt)
    opened_at = models.DateTimeField("发起时间")
    at = models.DateTimeField("核查时间", null=True)

    class Meta:
        verbose_name = "核查"
        indexes = [
            models.Index(
                fields=["opened_at"], name="cases_recheck_pending", condition=models.Q(result="pending")
            )
        ]


class RatingOption(RootRow):
    """Rating option 评价选项: the scale as data (default 已解决/未解决 and 满意/基本满意/不满意)."""

    question = models.CharField("评价问题", max_length=12, choices=RatingQuestion.choices)
    code = models.CharField("代码", max_length=24)
    label = models.CharField("名称", max_length=24)
    label_en = models.CharField("英文名称", max_length=40, default="")
    is_positive = models.BooleanField("计为满意或解决")
    order = models.SmallIntegerField("次序", default=0)
    valid_from = models.DateField("生效日")
    valid_to = models.DateField("失效日", null=True)

    class Meta:
        verbose_name = "评价选项"
        constraints = [
            models.UniqueConstraint(fields=["question", "code", "valid_from"], name="cases_option_once")
        ]


class Rating(models.Model):
    """Rating 评价: what a reporter says of the result; one report rates one round once."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="ratings", verbose_name="案件")
    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="ratings", verbose_name="诉求")
    round = models.SmallIntegerField("办理轮次")
    outcome = models.CharField("是否解决", max_length=24)
    satisfaction = models.CharField("是否满意", max_length=24, default="")
    comment = models.TextField("评价意见", default="")
    salt = models.BinaryField("承诺盐", default=new_salt)
    by = models.UUIDField("回访人", null=True)
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = "评价"
        constraints = [models.UniqueConstraint(fields=["report", "case", "round"], name="cases_rating_once")]


class Merge(models.Model):
    """Merge 合并: one case absorbed by another, with all that is needed to undo it.

    `marks` holds what passed to the survivor with the merge, by the name of its column: `before` and `after`.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    survivor = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="absorbed", verbose_name="主案")
    absorbed = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="merges", verbose_name="并入案")
    state_before = models.CharField("原状态", max_length=12)
    due_before = models.DateTimeField("原时限", null=True)
    survivor_due_before = models.DateTimeField("主案原时限", null=True)
    tasks_before = models.JSONField("原任务", default=list)
    marks = models.JSONField("承接标记", default=dict)
    by = models.UUIDField("合并人", null=True)
    at = models.DateTimeField("合并时间")
    undone_by = models.UUIDField("还原人", null=True)
    undone_at = models.DateTimeField("还原时间", null=True)

    class Meta:
        verbose_name = "合并"
        constraints = [
            models.UniqueConstraint(
                fields=["absorbed"], condition=models.Q(undone_at=None), name="cases_merge_one_open"
            )
        ]
