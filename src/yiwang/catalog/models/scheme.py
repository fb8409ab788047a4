"""Tables of schemes 分类体系: classes, registering conditions, crosswalks and quarantined rows.

Validity is half-open in Shanghai days, [valid_from, valid_to); an empty `valid_to` means until further
notice. EXCLUDE constraints refuse two rows of one identity that hold on the same day.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Floor
from django.db.models.lookups import Exact

from ...kernel.ids import uuid7
from ...ledger.public import RootRow
from ..enums import ClassLevel, LimitUnit, MatterKind, QuarantineState

#: Day from which package data hold when nothing else is said.
BEGINNING = date(2000, 1, 1)


class DayRange(Func):
    """`daterange(from, to)`: half-open by PostgreSQL's default."""

    function = "daterange"
    output_field = DateRangeField()


def no_two_at_once(name: str, *columns: str) -> ExclusionConstraint:
    """Refuse rows with equal columns whose validity overlaps."""
    equal: list = [(F(column), RangeOperators.EQUAL) for column in columns]
    return ExclusionConstraint(
        name=name,
        expressions=[*equal, (DayRange("valid_from", "valid_to"), RangeOperators.OVERLAPS)],
    )


def ends_after_it_begins(name: str) -> models.CheckConstraint:
    """Refuse a reversed validity. An empty one, [d, d), is a row taken back on its first day."""
    return models.CheckConstraint(
        condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")), name=name
    )


def whole_limit(name: str, *, amount: str, unit: str) -> models.CheckConstraint:
    """A limit is whole working days or whole seconds, whatever path it comes by (`kernel.limits`)."""
    seconds = {LimitUnit.WORK_DAY: 1, LimitUnit.URGENT_DAY: 86_400}
    rule = Q(**{f"{amount}__isnull": True})
    for kind in LimitUnit:
        counted = F(amount) * Value(Decimal(seconds.get(kind, 3600)))
        rule |= Q(**{unit: kind.value}) & Q(Exact(counted, Floor(counted)))
    return models.CheckConstraint(condition=rule, name=name)


class Scheme(RootRow):
    """Classification scheme 分类体系: one way to sort what happens, such as GB/T 30428.2."""

    code = models.CharField("代码", max_length=40, unique=True)
    name = models.CharField("名称", max_length=80)
    source = models.TextField("来源", default="", blank=True)
    valid_from = models.DateField("生效日期", default=BEGINNING)
    valid_to = models.DateField("失效日期", null=True, blank=True)

    class Meta:
        verbose_name = "分类体系"
        ordering = ["code"]
        constraints = [ends_after_it_begins("catalog_scheme_dates")]

    def __str__(self) -> str:
        return self.name


class MatterClass(models.Model):
    """Matter class 事项分类: one node of a scheme, a big class (大类), small class (小类) or third level.

    `code` is unique in its scheme on any one day. In `city_management` it is `P` (part) or `E` (event)
    before the national two or four digits, because both series of GB/T 30428.2 start at 0101.
    A class flagged as administrative inspection (行政检查), and those below it, never go to a grid (`rules`).
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    scheme = models.ForeignKey(Scheme, models.PROTECT, related_name="classes", verbose_name="分类体系")
    code = models.CharField("代码", max_length=24)
    level = models.CharField("层级", max_length=8, choices=ClassLevel.choices)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name="上级分类"
    )
    name = models.CharField("名称", max_length=120)
    kind = models.CharField("种类", max_length=12, choices=MatterKind.choices)
    local_extension = models.BooleanField("地方扩展", default=False)
    demands_registering = models.BooleanField("须按条件立案", default=False)
    review_required = models.BooleanField("须审核", default=False)
    sensitive = models.BooleanField("默认敏感", default=False)
    is_inspection = models.BooleanField("行政检查", default=False, db_default=False)
    default_amount = models.DecimalField("默认时限", max_digits=8, decimal_places=4, null=True, blank=True)
    default_unit = models.CharField(
        "默认时限单位", max_length=12, choices=LimitUnit.choices, default="", blank=True
    )
    basis = models.TextField("准入依据", default="", blank=True)
    valid_from = models.DateField("生效日期", default=BEGINNING)
    valid_to = models.DateField("失效日期", null=True, blank=True)

    class Meta:
        verbose_name = "事项分类"
        ordering = ["scheme", "code"]
        constraints = [
            no_two_at_once("catalog_class_once", "scheme", "code"),
            ends_after_it_begins("catalog_class_dates"),
            models.CheckConstraint(
                condition=Q(default_amount__isnull=True, default_unit="")
                | (Q(default_amount__gt=0) & ~Q(default_unit="")),
                name="catalog_class_default_limit",
            ),
            whole_limit("catalog_class_default_whole", amount="default_amount", unit="default_unit"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class RegisteringCondition(models.Model):
    """Registering condition 立案条件: when a matter is registered, when it may be closed, its limit.

    One class has several, each with its own closing condition (结案条件) and limit (处置时限). `source_key`
    names the row of the file it came from, so a second import finds it again.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    matter_class = models.ForeignKey(
        MatterClass, models.PROTECT, related_name="conditions", verbose_name="事项分类"
    )
    ordinal = models.PositiveSmallIntegerField("序号")
    text = models.TextField("立案条件")
    closing_text = models.TextField("结案条件", default="", blank=True)
    amount = models.DecimalField("时限", max_digits=8, decimal_places=4)
    unit = models.CharField("时限单位", max_length=12, choices=LimitUnit.choices)
    remark = models.TextField("备注", default="", blank=True)
    source_key = models.CharField("来源行标识", max_length=64, default="", blank=True)
    valid_from = models.DateField("生效日期", default=BEGINNING)
    valid_to = models.DateField("失效日期", null=True, blank=True)

    class Meta:
        verbose_name = "立案条件"
        ordering = ["matter_class", "ordinal"]
        constraints = [
            no_two_at_once("catalog_condition_once", "matter_class", "ordinal"),
            ends_after_it_begins("catalog_condition_dates"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="catalog_condition_limit"),
            whole_limit("catalog_condition_whole", amount="amount", unit="unit"),
        ]

    def __str__(self) -> str:
        return self.text


class Crosswalk(models.Model):
    """Crosswalk 分类对照: where a class of one scheme goes in another; an empty target says there is none."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    from_class = models.ForeignKey(
        MatterClass, models.PROTECT, related_name="crosswalks", verbose_name="原分类"
    )
    to_class = models.ForeignKey(
        MatterClass, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="对应分类"
    )
    to_scheme = models.ForeignKey(Scheme, models.PROTECT, related_name="+", verbose_name="对应体系")
    note = models.TextField("说明", default="", blank=True)

    class Meta:
        verbose_name = "分类对照"
        constraints = [
            models.UniqueConstraint(
                fields=["from_class", "to_scheme", "to_class"],
                name="catalog_crosswalk_once",
                nulls_distinct=False,
            )
        ]

    def __str__(self) -> str:
        return f"{self.from_class} → {self.to_class or '无'}"


class LimitQuarantine(RootRow):
    """Limit quarantine 时限隔离: a row of a standard that was not taken in, why, and how it was mended.

    Attributes:
        raw: the row as read, column to text.
        reading: what a bare 小时 and 天 mean in that file, `{"hour": unit, "day": unit}`.
        correction: columns that replace those of `raw` when the row is replayed.
        condition: the registering condition that the replay made.
        decision: why a row was dropped.
    """

    scheme = models.ForeignKey(Scheme, models.PROTECT, related_name="quarantine", verbose_name="分类体系")
    row_key = models.CharField("来源行标识", max_length=64)
    row_number = models.PositiveIntegerField("行号")
    raw = models.JSONField("原始行")
    reading = models.JSONField("读法", default=dict, blank=True)
    reason = models.TextField("原因")
    state = models.CharField(
        "状态", max_length=12, choices=QuarantineState.choices, default=QuarantineState.OPEN
    )
    correction = models.JSONField("更正内容", default=dict, blank=True)
    condition = models.ForeignKey(
        RegisteringCondition, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="立案条件"
    )
    decision = models.TextField("处理说明", default="", blank=True)
    created_at = models.DateTimeField("隔离时间")
    closed_at = models.DateTimeField("处理时间", null=True, blank=True)

    class Meta:
        verbose_name = "时限隔离"
        ordering = ["row_number"]
        constraints = [
            models.UniqueConstraint(fields=["scheme", "row_key"], name="catalog_quarantine_once"),
        ]

    def __str__(self) -> str:
        return f"第 {self.row_number} 行"
