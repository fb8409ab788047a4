"""Choices of `clocks`."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class DayKind(models.TextChoices):
    """日历日种类: whether a listed day is off or worked."""

    OFF = "off", _("放假")
    WORK = "work", _("上班")


class KeptReason(models.TextChoices):
    """保持原因: why an approved correction left a deadline alone."""

    MOVED_OTHERWISE = "moved_otherwise", _("已另行变更时限")
    WOULD_BE_LATE = "would_be_late", _("更正后会使按时变为超时")


class DaySource(models.TextChoices):
    """日历日来源: who says so; a local day beats a statutory one."""

    STATUTORY = "statutory", _("国务院安排")
    OVERRIDE = "override", _("本地调整")
