"""Units 机构: who is responsible, hears and handles."""

from __future__ import annotations

from django.db import models

from ...ledger.public import RootRow
from ..enums import UnitKind
from .areas import Area
from .periods import ends_after_start, no_overlap


class Unit(RootRow):
    """Unit 机构: an organisation that holds posts and is given tasks.

    `home_area` is the area it serves by nature (a street office its street, a zone committee its zone).
    Valid in [valid_from, valid_to).
    """

    code = models.CharField("代码", max_length=48)
    name = models.CharField("名称", max_length=100)
    kind = models.CharField("类别", max_length=24, choices=UnitKind.choices)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name="上级机构"
    )
    home_area = models.ForeignKey(
        Area, models.PROTECT, null=True, blank=True, related_name="units", verbose_name="所在区域"
    )
    is_example = models.BooleanField("示例", default=False)
    valid_from = models.DateField("生效日")
    valid_to = models.DateField("失效日", null=True, blank=True)

    class Meta:
        verbose_name = "机构"
        constraints = [
            no_overlap(
                "orgs_unit_code_once", "code", start="valid_from", end="valid_to", function="daterange"
            ),
            ends_after_start("orgs_unit_period", start="valid_from", end="valid_to"),
        ]

    def __str__(self) -> str:
        return self.name
