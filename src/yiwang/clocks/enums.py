"""Choices of `clocks`."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class DayKind(models.TextChoices):
    """日历日种类: whether a listed day is off or worked."""

    OFF = "off", _("放假")
    WORK = "work", _("上班")


class DaySource(models.TextChoices):
    """日历日来源: who says so; a local day beats a statutory one."""

    STATUTORY = "statutory", _("国务院安排")
    OVERRIDE = "override", _("本地调整")
