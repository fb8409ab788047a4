"""Tables of standard processes 标准流程: ordered steps with roles, limits and proof, dated."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeOperators
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce

from ...kernel.ids import uuid7
from ...ledger.public import RootRow
from ...orgs.public import UnitKind
from ..enums import LimitUnit, StepProof
from .responsibility import WHOLE
from .scheme import BEGINNING, DayRange, MatterClass, ends_after_it_begins, no_two_at_once, whole_limit


class StandardProcess(RootRow):
    """Standard process 标准流程: how matters of a class are handled, step by step, in one version.

    A change ends this version on a day and begins the next, so an old case is explained by the steps of its
    time. Of two processes for one class the one for the smaller area holds.

    Attributes:
        area: empty for the whole city.
        is_example: shipped as 示例, to be adapted by the city.
        can_dispatch: matters of it are clear enough to be dispatched without an operator.
        dispatches: the city has switched that on.
    """

    code = models.CharField("代码", max_length=40)
    name = models.CharField("名称", max_length=80)
    matter_class = models.ForeignKey(MatterClass, models.PROTECT, related_name="+", verbose_name="事项分类")
    area = models.ForeignKey(
        "orgs.Area", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="区域"
    )
    is_example = models.BooleanField("示例", default=False)
    can_dispatch = models.BooleanField("可自行派单", default=False)
    dispatches = models.BooleanField("自行派单已开启", default=False)
    basis = models.TextField("依据", default="", blank=True)
    valid_from = models.DateField("生效日期", default=BEGINNING)
    valid_to = models.DateField("失效日期", null=True, blank=True)

    class Meta:
        verbose_name = "标准流程"
        ordering = ["code", "valid_from"]
        constraints = [
            no_two_at_once("catalog_process_once", "code"),
            ExclusionConstraint(
                name="catalog_process_one_a_class",
                expressions=[
                    (F("matter_class"), RangeOperators.EQUAL),
                    (Coalesce(F("area"), Value(WHOLE, models.UUIDField())), RangeOperators.EQUAL),
                    (DayRange("valid_from", "valid_to"), RangeOperators.OVERLAPS),
                ],
            ),
            ends_after_it_begins("catalog_process_dates"),
            models.CheckConstraint(
                condition=Q(dispatches=False) | Q(can_dispatch=True), name="catalog_process_dispatches"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ProcessStep(models.Model):
    """Step 流程步骤 of a standard process: who by named act or kind of unit, what, by when, proved how.

    Attributes:
        act: named act of the loop that whoever does the step holds, such as `cases.handle`; or
        unit_kind: kind of unit that does it. Never a person.
        proof: what must be there when the step is done, of `StepProof`.
        next_ordinal: the step that follows; empty ends the process.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    process = models.ForeignKey(
        StandardProcess, models.CASCADE, related_name="steps", verbose_name="标准流程"
    )
    ordinal = models.PositiveSmallIntegerField("序号")
    what = models.TextField("做什么")
    act = models.CharField("办理权限", max_length=60, default="", blank=True)
    unit_kind = models.CharField("机构类别", max_length=24, choices=UnitKind.choices, default="", blank=True)
    limit_amount = models.DecimalField("时限", max_digits=8, decimal_places=4, null=True, blank=True)
    limit_unit = models.CharField(
        "时限单位", max_length=12, choices=LimitUnit.choices, default="", blank=True
    )
    proof = ArrayField(
        models.CharField(max_length=12, choices=StepProof.choices),
        verbose_name="证明材料",
        default=list,
        blank=True,
    )
    next_ordinal = models.PositiveSmallIntegerField("下一步", null=True, blank=True)

    class Meta:
        verbose_name = "流程步骤"
        ordering = ["process", "ordinal"]
        constraints = [
            models.UniqueConstraint(fields=["process", "ordinal"], name="catalog_step_once"),
            models.CheckConstraint(
                condition=(Q(act="") & ~Q(unit_kind="")) | (~Q(act="") & Q(unit_kind="")),
                name="catalog_step_one_role",
            ),
            models.CheckConstraint(
                condition=Q(limit_amount__isnull=True, limit_unit="")
                | (Q(limit_amount__gt=0) & ~Q(limit_unit="")),
                name="catalog_step_limit",
            ),
            whole_limit("catalog_step_whole", amount="limit_amount", unit="limit_unit"),
        ]

    def __str__(self) -> str:
        return f"{self.ordinal}. {self.what}"
