"""Tables of `places` 空间: layers, dated boundaries, unit grids, addresses and parts."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.db import models
from django.db.models import F, Func, Q

from ..kernel.coordinates import CoordinateSystem
from ..kernel.ids import uuid7
from ..ledger.public import RootRow
from ..orgs.public import Area, Unit
from .enums import PartStatus, PositionPrecision

_SYSTEMS = [(system.value, system.value.upper()) for system in CoordinateSystem]


class Layer(models.Model):
    """Layer 图层: one kind of boundary, such as 综合网格; `rules.layers` holds the standard set.

    Boundaries of one layer never overlap. A tiling layer covers each parent without gap. A layer that
    `wins_over` another answers a look-up in that other one first.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    code = models.CharField("代码", max_length=24, unique=True)
    name = models.CharField("名称", max_length=40)
    tiling = models.BooleanField("铺满上级")
    wins_over = models.CharField("优先于", max_length=24, blank=True, default="")

    class Meta:
        verbose_name = "图层"

    def __str__(self) -> str:
        return self.name


class BoundaryVersion(RootRow):
    """Boundary version 边界版本: one dated load of boundaries into a layer, journaled once.

    `digest` is the SHA-256 over codes and shapes. `crs` is the coordinate system the file came in.
    """

    layer = models.ForeignKey(Layer, models.PROTECT, related_name="versions", verbose_name="图层")
    source = models.CharField("来源", max_length=200)
    crs = models.CharField(
        "来源坐标系", max_length=12, choices=_SYSTEMS, default=CoordinateSystem.WGS84.value
    )
    illustrative = models.BooleanField("示意", default=False)
    digest = models.CharField("摘要", max_length=64)
    opened = models.PositiveIntegerField("新启用")
    closed = models.PositiveIntegerField("停用")
    valid_from = models.DateField("生效日")
    at = models.DateTimeField("载入时间")

    class Meta:
        verbose_name = "边界版本"


class Boundary(models.Model):
    """Boundary 边界: the shape of one area in one layer, in force in [valid_from, valid_to).

    `geometry` is well-known binary (polygon or multipolygon) in WGS84 degrees. An empty period marks a
    boundary that was corrected on the day it began and was never in force.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    layer = models.ForeignKey(Layer, models.PROTECT, related_name="boundaries", verbose_name="图层")
    area = models.ForeignKey(Area, models.PROTECT, related_name="boundaries", verbose_name="区域")
    loaded_by = models.ForeignKey(
        BoundaryVersion, models.PROTECT, related_name="boundaries", verbose_name="边界版本"
    )
    geometry = models.BinaryField("几何")
    west = models.FloatField("西")
    south = models.FloatField("南")
    east = models.FloatField("东")
    north = models.FloatField("北")
    illustrative = models.BooleanField("示意", default=False)
    valid_from = models.DateField("生效日")
    valid_to = models.DateField("失效日", null=True, blank=True)

    class Meta:
        verbose_name = "边界"
        constraints = [
            ExclusionConstraint(
                name="places_boundary_once",
                expressions=[
                    ("layer", "="),
                    ("area", "="),
                    (Func(F("valid_from"), F("valid_to"), function="daterange"), "&&"),
                ],
            ),
            models.CheckConstraint(
                name="places_boundary_period",
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
            ),
        ]


class UnitGrid(models.Model):
    """Unit grid 单元网格: one cell of about a hectare in one community, in force in [valid_from, valid_to).

    `code` has 15 digits: community 12, sequence 3 (GB/T 30428.1). It is no `Area`: a city has several hundred
    thousand of them, nobody is posted to one, and its code may equal that of a comprehensive grid (综合网格).
    `geometry` is as in `Boundary`.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    code = models.CharField("代码", max_length=15)
    community = models.ForeignKey(Area, models.PROTECT, related_name="unit_grids", verbose_name="社区")
    loaded_by = models.ForeignKey(
        BoundaryVersion, models.PROTECT, related_name="unit_grids", verbose_name="边界版本", db_index=False
    )
    geometry = models.BinaryField("几何")
    valid_from = models.DateField("生效日")
    valid_to = models.DateField("失效日", null=True, blank=True)

    class Meta:
        verbose_name = "单元网格"
        constraints = [
            models.UniqueConstraint(
                fields=["code"], condition=Q(valid_to__isnull=True), name="places_unit_grid_once"
            ),
            models.CheckConstraint(
                name="places_unit_grid_period",
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
            ),
        ]

    def __str__(self) -> str:
        return self.code


class Address(RootRow):
    """Address 地址: a standard address with its point, in one community. Source: GB/T 23705, GB/T 30428.3.

    `retired_at` is when it went out of use; it is kept, as old cases name it.
    """

    text = models.CharField("地址全称", max_length=200, unique=True)
    community = models.ForeignKey(Area, models.PROTECT, related_name="addresses", verbose_name="社区")
    lon = models.FloatField("经度")
    lat = models.FloatField("纬度")
    retired_at = models.DateTimeField("停用时间", null=True, blank=True)

    class Meta:
        verbose_name = "地址"

    def __str__(self) -> str:
        return self.text


class Part(RootRow):
    """Part 部件: a thing in public space that the city keeps in order, such as a manhole cover.

    `code` has 16 digits: district 6, main class 2, minor class 2, serial 6 (GB/T 30428.2). Its point is in
    WGS84 degrees; `community` follows from the point when it is set or moved. A part that is gone is retired
    at `retired_at` and keeps its code, which is never given again.
    """

    code = models.CharField("标识码", max_length=16, unique=True)
    class_code = models.CharField("类别代码", max_length=4)
    status = models.CharField("状态", max_length=12, choices=PartStatus.choices, default=PartStatus.INTACT)
    lon = models.FloatField("经度")
    lat = models.FloatField("纬度")
    precision = models.CharField(
        "定位精度", max_length=1, choices=PositionPrecision.choices, default=PositionPrecision.C
    )
    community = models.ForeignKey(Area, models.PROTECT, related_name="parts", verbose_name="社区")
    owner = models.ForeignKey(
        Unit, models.PROTECT, null=True, blank=True, related_name="parts", verbose_name="权属单位"
    )
    retired_at = models.DateTimeField("停用时间", null=True, blank=True)

    class Meta:
        verbose_name = "部件"
        indexes = [
            models.Index(fields=["community", "class_code", "code"], name="places_part_listed"),
            models.Index(fields=["class_code", "code"], name="places_part_class"),
            models.Index(fields=["status", "code"], name="places_part_status"),
        ]

    def __str__(self) -> str:
        return self.code
