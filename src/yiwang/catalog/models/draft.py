"""Tables of drafts 权责变更草案 of the responsibility list: rows to add, end and replace in one act."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from ...kernel.ids import uuid7
from ...ledger.public import RootRow
from ..enums import ChangeKind, LimitUnit
from ..states import DRAFT, RESPONSIBILITY_DRAFT
from .responsibility import ResponsibilityRow
from .scheme import MatterClass, RegisteringCondition, Scheme, whole_limit


class ResponsibilityDraft(RootRow):
    """Responsibility draft 权责变更草案: changes that take effect together on one day, once published.

    Nothing of it holds before that. `changes_made` counts what was published. `author_ids` are the accounts
    that began it, changed it or submitted it.
    """

    title = models.CharField("名称", max_length=80)
    takes_effect = models.DateField("生效日期")
    state = models.CharField(
        "状态", max_length=10, choices=list(RESPONSIBILITY_DRAFT.states.items()), default=DRAFT
    )
    refusal = models.CharField("退回理由", max_length=200, default="", blank=True)
    author_ids = ArrayField(models.UUIDField(), verbose_name="编制人员", default=list, blank=True)
    changes_made = models.PositiveIntegerField("已发布变更", default=0)
    created_by = models.UUIDField("编制人", null=True)
    created_at = models.DateTimeField("编制时间")
    submitted_by = models.UUIDField("提请人", null=True)
    submitted_at = models.DateTimeField("提请时间", null=True)
    decided_by = models.UUIDField("决定人", null=True)
    decided_at = models.DateTimeField("决定时间", null=True)

    class Meta:
        verbose_name = "权责变更草案"
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.title


class DraftChange(models.Model):
    """Change of a draft 草案变更: one row to add, to end, or to replace by another.

    Attributes:
        row: the row that ends, empty for an addition.
        row_version: its version when the change was drafted; publishing refuses when it has moved on.
        origin: the precedent (先例) it comes from, if any.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    draft = models.ForeignKey(
        ResponsibilityDraft, models.PROTECT, related_name="changes", verbose_name="权责变更草案"
    )
    kind = models.CharField("变更", max_length=8, choices=ChangeKind.choices)
    row = models.ForeignKey(
        ResponsibilityRow, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="原有行"
    )
    row_version = models.PositiveIntegerField("原有行版本", null=True)
    scheme = models.ForeignKey(
        Scheme, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="分类体系"
    )
    matter_class = models.ForeignKey(
        MatterClass, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="事项分类"
    )
    area = models.ForeignKey(
        "orgs.Area", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="区域"
    )
    condition = models.ForeignKey(
        RegisteringCondition, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="立案条件"
    )
    host_unit = models.ForeignKey(
        "orgs.Unit", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="主办单位"
    )
    co_unit_ids = ArrayField(models.UUIDField(), verbose_name="协办单位", default=list, blank=True)
    limit_amount = models.DecimalField("时限", max_digits=8, decimal_places=4, null=True, blank=True)
    limit_unit = models.CharField(
        "时限单位", max_length=12, choices=LimitUnit.choices, default="", blank=True
    )
    basis = models.TextField("依据", default="", blank=True)
    origin = models.UUIDField("来源先例", null=True)

    class Meta:
        verbose_name = "草案变更"
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["draft", "row"], condition=Q(row__isnull=False), name="catalog_change_once_a_row"
            ),
            models.CheckConstraint(
                condition=(Q(kind="add") & Q(row__isnull=True) & Q(host_unit__isnull=False))
                | (Q(kind="replace") & Q(row__isnull=False) & Q(host_unit__isnull=False))
                | (Q(kind="end") & Q(row__isnull=False) & Q(host_unit__isnull=True)),
                name="catalog_change_whole",
            ),
            whole_limit("catalog_change_limit", amount="limit_amount", unit="limit_unit"),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()


class PublishingRule(RootRow):
    """Publishing rule 权责变更发布规则: whether a draft is published by another person than its authors.

    One row for the whole city; without it another person publishes.
    """

    second_person = models.BooleanField("须由第二人发布", default=True)
    basis = models.CharField("依据", max_length=500, default="", blank=True)
    only = models.BooleanField("唯一", default=True, unique=True, editable=False)

    class Meta:
        verbose_name = "权责变更发布规则"
        constraints = [models.CheckConstraint(condition=Q(only=True), name="catalog_publishing_rule_one")]

    def __str__(self) -> str:
        return "second person" if self.second_person else "one person"
