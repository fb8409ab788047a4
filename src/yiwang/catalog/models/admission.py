"""Tables of the admitted lists 准入清单: matters, rules of checking, exemptions.

A row that was taken back or has expired stays, so that what was dispatched on a day is explained by the list
of that day.
"""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeOperators
from django.db import models
from django.db.models import F, Q

from ...ledger.public import RootRow
from ..enums import AdmissionLevel, AdmissionList, CheckMode, LimitUnit
from ..rules.admission import FALLBACK_HOURS
from ..states import ADMISSION, APPLIED, ASKED, EXEMPTION, GRANTED, LISTED_STATES
from .scheme import DayRange, ends_after_it_begins, whole_limit


class AdmittedMatter(RootRow):
    """Admitted matter 准入事项: one row of a list, from its application on.

    Attributes:
        class_ids: keys of the classes it covers, each with the classes below it.
        area_ids: areas of either tree; empty for the whole city.
        lead_unit: the department that hands the matter down; empty only on examples of the package.
        valid_from: the day asked for; from admission on, the first day on which it holds.
        opinion: what the reviewer wrote. refusal: why it was refused. recall_reason: why it was taken back.
        applied_by, reviewed_by, decided_by, recalled_by: accounts; the first three are three people.
    """

    list_kind = models.CharField("清单", max_length=16, choices=AdmissionList.choices)
    code = models.CharField("编号", max_length=24)
    name = models.CharField("事项名称", max_length=80)
    class_ids = ArrayField(models.UUIDField(), verbose_name="事项分类")
    area_ids = ArrayField(models.UUIDField(), verbose_name="适用区域", default=list, blank=True)
    lead_unit = models.ForeignKey(
        "orgs.Unit", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="主管部门"
    )
    basis = models.TextField("依据")
    frequency = models.CharField("频次", max_length=60, default="", blank=True)
    limit_amount = models.DecimalField("期限", max_digits=8, decimal_places=4, null=True, blank=True)
    limit_unit = models.CharField(
        "期限单位", max_length=12, choices=LimitUnit.choices, default="", blank=True
    )
    funding = models.CharField("经费", max_length=200, default="", blank=True)
    training = models.CharField("培训", max_length=200, default="", blank=True)
    minutes = models.PositiveIntegerField("预计用时（分钟）", null=True, blank=True)
    is_example = models.BooleanField("示例", default=False)
    state = models.CharField("状态", max_length=12, choices=list(ADMISSION.states.items()), default=APPLIED)
    valid_from = models.DateField("生效日期")
    valid_to = models.DateField("失效日期", null=True, blank=True)
    applied_by = models.UUIDField("申请人", null=True)
    applied_at = models.DateTimeField("申请时间")
    reviewed_by = models.UUIDField("审核人", null=True)
    reviewed_at = models.DateTimeField("审核时间", null=True)
    opinion = models.CharField("审核意见", max_length=500, default="", blank=True)
    decided_by = models.UUIDField("批准人", null=True)
    decided_at = models.DateTimeField("批准时间", null=True)
    refusal = models.CharField("未准入理由", max_length=500, default="", blank=True)
    recalled_by = models.UUIDField("收回人", null=True)
    recalled_at = models.DateTimeField("收回时间", null=True)
    recall_reason = models.CharField("收回理由", max_length=500, default="", blank=True)

    class Meta:
        verbose_name = "准入事项"
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["list_kind", "code", "id"], name="catalog_admitted_list"),
            models.Index(fields=["state", "-id"], name="catalog_admitted_state"),
        ]
        constraints = [
            ExclusionConstraint(
                name="catalog_admitted_once",
                expressions=[
                    (F("list_kind"), RangeOperators.EQUAL),
                    (F("code"), RangeOperators.EQUAL),
                    (DayRange("valid_from", "valid_to"), RangeOperators.OVERLAPS),
                ],
                condition=Q(state__in=LISTED_STATES),
            ),
            ends_after_it_begins("catalog_admitted_dates"),
            models.CheckConstraint(
                condition=Q(limit_amount__isnull=True, limit_unit="")
                | (Q(limit_amount__gt=0) & ~Q(limit_unit="")),
                name="catalog_admitted_limit",
            ),
            whole_limit("catalog_admitted_whole", amount="limit_amount", unit="limit_unit"),
            models.CheckConstraint(
                condition=Q(is_example=True) | Q(lead_unit__isnull=False), name="catalog_admitted_led"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class AdmissionRule(RootRow):
    """Rule of checking 准入校验规则: whether a level is checked in an area, and how long an exemption lasts.

    The row of the smallest area that holds a place goes before the others; an empty area is the whole city.
    """

    level = models.CharField("层级", max_length=12, choices=AdmissionLevel.choices)
    area = models.ForeignKey(
        "orgs.Area", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="区域"
    )
    mode = models.CharField("校验方式", max_length=8, choices=CheckMode.choices, default=CheckMode.AUTO)
    exemption_hours = models.PositiveIntegerField("豁免最长小时", default=FALLBACK_HOURS)
    basis = models.TextField("依据", default="", blank=True)

    class Meta:
        verbose_name = "准入校验规则"
        ordering = ["level", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["level", "area"], name="catalog_admission_rule_once", nulls_distinct=False
            ),
            models.CheckConstraint(condition=Q(exemption_hours__gt=0), name="catalog_admission_rule_hours"),
        ]

    def __str__(self) -> str:
        return f"{self.level} {self.area_id or ''}"


class Exemption(RootRow):
    """Exemption 应急豁免: a named approver lets matters that are on no list be handed down, until an instant.

    One person asks, another grants or refuses.

    Attributes:
        starts_at: asked for; from the grant on, the first instant at which it opens anything.
        asked_by: account of who asked, in `asked_post` of `asked_unit`.
        granted_by: account of who granted or refused it, in `granted_post`; never who asked.
        ends_at: it ends by itself then; `ended_at` when somebody ended it before.
        used: how many dispatches it allowed, each journaled on its case.
    """

    title = models.CharField("事由", max_length=80)
    reason = models.CharField("理由", max_length=500)
    levels = ArrayField(
        models.CharField(max_length=12, choices=AdmissionLevel.choices), verbose_name="适用层级"
    )
    class_ids = ArrayField(models.UUIDField(), verbose_name="事项分类")
    area_ids = ArrayField(models.UUIDField(), verbose_name="适用区域", default=list, blank=True)
    starts_at = models.DateTimeField("开始时间")
    ends_at = models.DateTimeField("截止时间")
    state = models.CharField("状态", max_length=12, choices=list(EXEMPTION.states.items()), default=ASKED)
    asked_by = models.UUIDField("申请人", null=True)
    asked_post = models.UUIDField("申请岗位", null=True)
    asked_unit = models.UUIDField("申请单位", null=True)
    asked_at = models.DateTimeField("申请时间", null=True)
    granted_by = models.UUIDField("批准人", null=True)
    granted_post = models.UUIDField("批准岗位", null=True)
    granted_at = models.DateTimeField("批准时间", null=True)
    refusal = models.CharField("未批准理由", max_length=500, default="", blank=True)
    ended_at = models.DateTimeField("提前结束时间", null=True)
    ended_by = models.UUIDField("结束人", null=True)
    used = models.PositiveIntegerField("使用次数", default=0)
    last_used_at = models.DateTimeField("最近使用时间", null=True)

    class Meta:
        verbose_name = "应急豁免"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="catalog_exemption_ends"),
            models.CheckConstraint(
                condition=~Q(granted_by=F("asked_by")), name="catalog_exemption_two_people"
            ),
            models.CheckConstraint(
                condition=~Q(state=GRANTED) | Q(granted_by__isnull=False, granted_at__isnull=False),
                name="catalog_exemption_granted",
            ),
        ]

    def __str__(self) -> str:
        return self.title
