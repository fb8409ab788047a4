"""Policy of the loop as data, and the phrases operators reuse."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from ...kernel.ids import uuid7
from ...ledger.public import RootRow


class LoopPolicy(RootRow):
    """Loop policy 办理规则: what a kind of matter demands before it may be closed, and the windows after.

    One row a kind of class (`part`, `event`, `request`, `grid_item`), dated by `valid_from`; the newest
    that has begun is in force.
    """

    class_kind = models.CharField("事项种类", max_length=12)
    evidence = ArrayField(models.CharField(max_length=12), verbose_name="必备证据", default=list)
    sample_percent = models.SmallIntegerField("短路径抽查比例（%）", default=10)
    reopen_days = models.SmallIntegerField("可要求重办天数", default=15)
    archive_days = models.SmallIntegerField("归档天数", default=30)
    valid_from = models.DateField("生效日")

    class Meta:
        verbose_name = "办理规则"
        constraints = [
            models.UniqueConstraint(fields=["class_kind", "valid_from"], name="cases_policy_once"),
            models.CheckConstraint(
                condition=models.Q(sample_percent__gte=0, sample_percent__lte=100),
                name="cases_policy_share",
            ),
        ]


class Phrase(models.Model):
    """Phrase 常用语: a sentence an operator or a unit reuses; `unit` empty means for everybody."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    unit = models.UUIDField("单位", null=True)
    purpose = models.CharField("用途", max_length=24)
    text = models.CharField("内容", max_length=300)
    order = models.SmallIntegerField("次序", default=0)

    class Meta:
        verbose_name = "常用语"
        indexes = [models.Index(fields=["purpose", "order"], name="cases_phrase_purpose")]
