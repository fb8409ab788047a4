"""Areas 区域: the legal division, the operational areas, the dated links between them, leaders' ties."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from ...kernel.ids import uuid7
from ...ledger.public import RootRow
from ..enums import AreaKind, AreaStyle, AreaTree, LoadSubject, TieKind
from .periods import ends_after_start, no_overlap


class Area(RootRow):
    """Area 区域: one node of the legal or of the operational tree; owns identity, tree and code.

    `code` is the GB/T 2260 code of a city or district (6 digits), the statistical code of a street (9)
    or community (12), or a code made by the operator. `path` holds the codes from the root down to this
    area, each followed by `/`. Its shape on the map is owned by `places`. Valid in [valid_from, valid_to).
    """

    code = models.CharField("代码", max_length=32)
    name = models.CharField("名称", max_length=100)
    kind = models.CharField("类别", max_length=24, choices=AreaKind.choices)
    style = models.CharField("形态", max_length=16, choices=AreaStyle.choices, blank=True, default="")
    tree = models.CharField("所属树", max_length=16, choices=AreaTree.choices, default=AreaTree.LEGAL)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name="上级区域"
    )
    path = models.CharField("路径", max_length=240)
    valid_from = models.DateField("生效日")
    valid_to = models.DateField("失效日", null=True, blank=True)

    class Meta:
        verbose_name = "区域"
        constraints = [
            no_overlap(
                "orgs_area_code_once", "code", start="valid_from", end="valid_to", function="daterange"
            ),
            ends_after_start("orgs_area_period", start="valid_from", end="valid_to"),
        ]

    def __str__(self) -> str:
        return self.name


class AreaLink(models.Model):
    """Area link 区域对应关系: an operational area runs a legal area in [valid_from, valid_to).

    Many to many: 江北新区 runs seven streets of two districts; one street may lie in several zones.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    operational = models.ForeignKey(Area, models.PROTECT, related_name="legal_links", verbose_name="运行片区")
    legal = models.ForeignKey(Area, models.PROTECT, related_name="operational_links", verbose_name="法定区划")
    valid_from = models.DateField("生效日")
    valid_to = models.DateField("失效日", null=True, blank=True)

    class Meta:
        verbose_name = "区域对应关系"
        constraints = [
            no_overlap(
                "orgs_area_link_once",
                "operational",
                "legal",
                start="valid_from",
                end="valid_to",
                function="daterange",
            ),
            ends_after_start("orgs_area_link_period", start="valid_from", end="valid_to"),
        ]


class BulkLoad(RootRow):
    """Bulk load 批量载入: one load of areas or units, journaled once with the digest of its rows."""

    subject = models.CharField("对象", max_length=16, choices=LoadSubject.choices)
    source = models.CharField("来源", max_length=120)
    digest = models.CharField("摘要", max_length=64)
    inserted = models.PositiveIntegerField("新增")
    updated = models.PositiveIntegerField("更新")
    unchanged = models.PositiveIntegerField("未变")
    at = models.DateTimeField("载入时间")

    class Meta:
        verbose_name = "批量载入"


class AreaTie(models.Model):
    """Area tie 挂联: a district leader (挂包) or street leader (挂钩) answers for an area, dated.

    Names either an account or a post, never both.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    area = models.ForeignKey(Area, models.PROTECT, related_name="ties", verbose_name="区域")
    kind = models.CharField("方式", max_length=16, choices=TieKind.choices)
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="area_ties",
        verbose_name="账号",
    )
    post = models.ForeignKey(
        "orgs.Post", models.PROTECT, null=True, blank=True, related_name="area_ties", verbose_name="岗位"
    )
    valid_from = models.DateField("生效日")
    valid_to = models.DateField("失效日", null=True, blank=True)

    class Meta:
        verbose_name = "挂联"
        constraints = [
            models.CheckConstraint(
                name="orgs_area_tie_one_side",
                condition=Q(account__isnull=True, post__isnull=False)
                | Q(account__isnull=False, post__isnull=True),
            ),
            ends_after_start("orgs_area_tie_period", start="valid_from", end="valid_to"),
        ]
