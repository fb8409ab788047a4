"""Table of the responsibility list 权责清单: class, area, condition to host unit and co-units, dated."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeOperators
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce

from ...ledger.public import RootRow
from ..enums import LimitUnit
from .scheme import (
    BEGINNING,
    DayRange,
    MatterClass,
    RegisteringCondition,
    Scheme,
    ends_after_it_begins,
    whole_limit,
)

#: Stands for "the whole" in the exclusion constraint, where NULL would never equal NULL.
WHOLE = "00000000-0000-0000-0000-000000000000"


class ResponsibilityRow(RootRow):
    """Responsibility row 权责清单行: who answers for a class, in an area, under a condition, on a day.

    An empty class covers the whole scheme, an empty area the whole city, an empty condition all of them.
    Which row wins is said in `rules`. A limit given here goes before those of the condition and the class.
    """

    scheme = models.ForeignKey(
        Scheme, models.PROTECT, related_name="responsibilities", verbose_name="分类体系"
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
    host_unit = models.ForeignKey("orgs.Unit", models.PROTECT, related_name="+", verbose_name="主办单位")
    co_unit_ids = ArrayField(models.UUIDField(), verbose_name="协办单位", default=list, blank=True)
    limit_amount = models.DecimalField("时限", max_digits=8, decimal_places=4, null=True, blank=True)
    limit_unit = models.CharField(
        "时限单位", max_length=12, choices=LimitUnit.choices, default="", blank=True
    )
    basis = models.TextField("依据", default="", blank=True)
    valid_from = models.DateField("生效日期", default=BEGINNING)
    valid_to = models.DateField("失效日期", null=True, blank=True)

    class Meta:
        verbose_name = "权责清单行"
        ordering = ["id"]
        constraints = [
            ExclusionConstraint(
                name="catalog_responsibility_once",
                expressions=[
                    (F("scheme"), RangeOperators.EQUAL),
                    *[
                        (Coalesce(F(column), Value(WHOLE, models.UUIDField())), RangeOperators.EQUAL)
                        for column in ("matter_class", "area", "condition")
                    ],
                    (DayRange("valid_from", "valid_to"), RangeOperators.OVERLAPS),
                ],
            ),
            ends_after_it_begins("catalog_responsibility_dates"),
            models.CheckConstraint(
                condition=Q(limit_amount__isnull=True, limit_unit="")
                | (Q(limit_amount__gt=0) & ~Q(limit_unit="")),
                name="catalog_responsibility_limit",
            ),
            whole_limit("catalog_responsibility_whole", amount="limit_amount", unit="limit_unit"),
        ]

    def __str__(self) -> str:
        return str(self.id)
