"""Versions of class models 分类模型版本: what was trained, on what, how good it is, and which one answers."""

from __future__ import annotations

from django.db import models

from ...ledger.public import RootRow
from ..enums import ModelSource


class ClassModelVersion(RootRow):
    """Class model version 分类模型版本 of one scheme; never changed, only put in use and taken out.

    In use is the version with `published_at` and no `retired_at`; at most one a scheme. `scheme` is the code
    of a classification scheme, or `wording.kind` for the request kind. `figures` were measured on cases held
    back from every training (`rules.classing.holding`).
    """

    scheme = models.CharField("分类体系", max_length=40)
    number = models.PositiveIntegerField("版本")
    source = models.CharField("训练数据来源", max_length=8, choices=ModelSource.choices)
    cases = models.PositiveIntegerField("训练条数")
    corrections = models.PositiveIntegerField("其中改正", default=0)
    classes = models.PositiveIntegerField("类别数")
    figures = models.JSONField("指标", default=dict)
    refusal = models.TextField("未发布原因", default="", blank=True)
    trained_at = models.DateTimeField("训练时间")
    published_at = models.DateTimeField("发布时间", null=True)
    retired_at = models.DateTimeField("停用时间", null=True)

    class Meta:
        verbose_name = "分类模型版本"
        constraints = [
            models.UniqueConstraint(fields=["scheme", "number"], name="triage_class_model_number"),
            models.UniqueConstraint(
                fields=["scheme"],
                condition=models.Q(published_at__isnull=False, retired_at=None),
                name="triage_class_model_in_use",
            ),
        ]

    @property
    def name(self) -> str:
        """The name that proposals carry, such as `hotline_12345/3`."""
        return f"{self.scheme}/{self.number}"

    @property
    def coverage_percent(self) -> float:
        """Share of the held-back cases that it is sure of, in per cent."""
        return round(100 * self.figures["coverage_at_95"], 1)

    @property
    def precision_percent(self) -> float:
        """Share of right answers among those, in per cent."""
        return round(100 * self.figures["precision_reached"], 1)

    @property
    def is_in_use(self) -> bool:
        """Whether reports are classed by it now."""
        return self.published_at is not None and self.retired_at is None


class ClassModelContent(models.Model):
    """Class model content 分类模型内容: the weights of a version as bytes; no report stands in it."""

    version = models.OneToOneField(
        ClassModelVersion,
        models.CASCADE,
        primary_key=True,
        related_name="content",
        verbose_name="分类模型版本",
    )
    content = models.BinaryField("内容")

    class Meta:
        verbose_name = "分类模型内容"
