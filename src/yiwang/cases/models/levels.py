"""Levels 层级: by which levels a case is passed up, which matters start higher, and the steps taken."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from ...kernel.ids import uuid7
from ...ledger.public import RootRow
from ..enums import LevelStepKind, Urgency
from .case import Case


class LevelRule(RootRow):
    """Level 流转层级: one rung between the grid worker and the command centre, and whose posts stand on it.

    A street with rows of its own has only those, in their order; every other has the general ones
    (`street` None). Validity is half-open in Shanghai days.
    """

    street = models.UUIDField("街道", null=True)
    ordinal = models.SmallIntegerField("次序")
    code = models.CharField("代码", max_length=40)
    name = models.CharField("名称", max_length=40)
    post_kinds = ArrayField(models.CharField(max_length=40), verbose_name="岗位类别")
    basis = models.CharField("依据", max_length=300, default="", blank=True)
    valid_from = models.DateField("生效日")
    valid_to = models.DateField("失效日", null=True)

    class Meta:
        verbose_name = "流转层级"
        constraints = [
            models.UniqueConstraint(
                fields=["street", "code", "valid_from"], name="cases_level_once", nulls_distinct=False
            )
        ]


class RaiseRule(RootRow):
    """Raise rule 提级规则: matters of a class or an urgency start at a higher level when they are accepted.

    Empty columns mean any. The most particular row wins: a class before a kind, an urgency before none.
    """

    class_kind = models.CharField("事项种类", max_length=12, default="", blank=True)
    matter_class = models.UUIDField("事项类别", null=True)
    urgency = models.CharField("紧急程度", max_length=10, choices=Urgency.choices, default="", blank=True)
    level = models.CharField("起始层级", max_length=40)
    basis = models.CharField("依据", max_length=300, default="", blank=True)
    valid_from = models.DateField("生效日")
    valid_to = models.DateField("失效日", null=True)

    class Meta:
        verbose_name = "提级规则"
        constraints = [
            models.UniqueConstraint(
                fields=["class_kind", "matter_class", "urgency", "valid_from"],
                name="cases_raise_once",
                nulls_distinct=False,
            )
        ]


class LevelStep(models.Model):
    """Level step 层级变动: a case was passed up 上报流转 or raised 提级管理; no deadline moves by it.

    `rule` names the row that raised it by itself; then there is no person. The reason is the remark at `seq`.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="level_steps", verbose_name="案件")
    kind = models.CharField("方式", max_length=8, choices=LevelStepKind.choices)
    from_level = models.CharField("原层级", max_length=40, default="", blank=True)
    to_level = models.CharField("现层级", max_length=40)
    rule = models.UUIDField("规则", null=True)
    post = models.UUIDField("岗位", null=True)
    by = models.UUIDField("经办人", null=True)
    seq = models.PositiveIntegerField("存证序号", null=True)
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = "层级变动"
        indexes = [models.Index(fields=["case", "at"], name="cases_level_step")]
