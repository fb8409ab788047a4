"""Choices of `places`: stored snake value, Chinese label."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class PartStatus(models.TextChoices):
    """Status of a part 部件状态. Source: GB/T 30428.2."""

    INTACT = "intact", _("完好")
    DAMAGED = "damaged", _("破损")
    MISSING = "missing", _("丢失")
    OCCUPIED = "occupied", _("占用")
    ABANDONED = "abandoned", _("废弃")


class PositionPrecision(models.TextChoices):
    """How precisely a part was surveyed 定位精度. Source: GB/T 30428.2."""

    A = "a", _("A 级（±0.5 米）")
    B = "b", _("B 级（±1 米）")
    C = "c", _("C 级（±10 米）")
