"""Policy of the loop as data, and the phrases operators reuse."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from ...kernel.canonical import new_salt
from ...ledger.public import RootRow
from ..enums import PhrasePurpose, ReviewRule


class LoopPolicy(RootRow):
    """Loop policy 办理规则: what a kind of matter demands before it may be closed, and the windows after.

    A row without `matter_class` holds for a kind of class (`part`, `event`, `request`, `grid_item`), one with
    it for that class alone and goes before. Validity is half-open in Shanghai days; the newest that has begun
    and not ended is in force, so an old case is explained by the rules of its day.
    """

    class_kind = models.CharField("事项种类", max_length=12)
    matter_class = models.UUIDField("事项类别", null=True)
    evidence = ArrayField(models.CharField(max_length=12), verbose_name="必备证据", default=list)
    review = models.CharField(
        "反馈审核", max_length=8, choices=ReviewRule.choices, default=ReviewRule.AS_CLASS,
        db_default=ReviewRule.AS_CLASS,
    )  # fmt: skip
    sample_percent = models.SmallIntegerField("短路径抽查比例（%）", default=10)
    reopen_days = models.SmallIntegerField("可要求重办天数", default=15)
    archive_days = models.SmallIntegerField("归档天数", default=30)
    valid_from = models.DateField("生效日")
    valid_to = models.DateField("失效日", null=True)

    class Meta:
        verbose_name = "办理规则"
        constraints = [
            models.UniqueConstraint(
                fields=["class_kind", "matter_class", "valid_from"],
                name="cases_policy_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=models.Q(sample_percent__gte=0, sample_percent__lte=100),
                name="cases_policy_share",
            ),
        ]


class Phrase(RootRow):
    """Phrase 常用语: a sentence for reuse, of one person (`account`), of a unit (`unit`) or everybody's."""

    account = models.UUIDField("本人", null=True)
    unit = models.UUIDField("单位", null=True)
    purpose = models.CharField("用途", max_length=24, choices=PhrasePurpose.choices)
    text = models.CharField("内容", max_length=300)
    salt = models.BinaryField("承诺盐", default=new_salt)
    order = models.SmallIntegerField("次序", default=0)
    retired_at = models.DateTimeField("停用时间", null=True)

    class Meta:
        verbose_name = "常用语"
        indexes = [models.Index(fields=["purpose", "order"], name="cases_phrase_purpose")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(account=None) | models.Q(unit=None), name="cases_phrase_one_owner"
            )
        ]
