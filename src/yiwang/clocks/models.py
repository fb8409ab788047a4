"""Tables of `clocks`: the working calendar with its days and hours, and the timer table."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.db import models
from django.db.models import F, Func, Q

from ..kernel.canonical import new_salt
from ..kernel.ids import uuid7
from ..ledger.public import RootRow
from .enums import DayKind, DaySource, KeptReason
from .states import CALENDAR_CORRECTION, OPEN_CORRECTIONS, PROPOSED


class WorkingCalendar(RootRow):
    """Working calendar 工作日历: one for the instance; its `version` moves with every change.

    Its days and hours carry the versions they hold in, so an old deadline can be explained by the calendar
    of its day.
    """

    code = models.CharField("代码", max_length=32, unique=True)
    name = models.CharField("名称", max_length=64)

    class Meta:
        verbose_name = "工作日历"


class Versioned(models.Model):
    """Base of rows that hold from one calendar version to before another."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    calendar = models.ForeignKey(WorkingCalendar, models.PROTECT, verbose_name="工作日历")
    since_version = models.PositiveIntegerField("起始版本")
    until_version = models.PositiveIntegerField("终止版本", null=True)

    class Meta:
        abstract = True


class CalendarYear(Versioned):
    """Calendar year 日历年度: a year whose official days are loaded; others count as plain weeks."""

    year = models.PositiveSmallIntegerField("年份")
    origin = models.CharField("来源", max_length=64)

    class Meta:
        verbose_name = "日历年度"
        constraints = [
            models.UniqueConstraint(
                fields=["calendar", "year"], condition=Q(until_version=None), name="clocks_year_once"
            )
        ]


class CalendarDay(Versioned):
    """Calendar day 日历日: a day that is off or worked against the plain week."""

    day = models.DateField("日期")
    kind = models.CharField("种类", max_length=8, choices=DayKind.choices)
    source = models.CharField("来源", max_length=12, choices=DaySource.choices)
    name = models.CharField("名称", max_length=64, blank=True)
    #: Seconds since midnight, such as [[28800, 43200]]; null for the usual hours of that date.
    intervals = models.JSONField("工作时段", null=True)

    class Meta:
        verbose_name = "日历日"
        constraints = [
            models.UniqueConstraint(
                fields=["calendar", "day", "source"],
                condition=Q(until_version=None),
                name="clocks_day_once",
            )
        ]


class WorkingHours(Versioned):
    """Working hours 作息时间: the intervals of a working day over [valid_from, valid_to) (夏令, 冬令)."""

    valid_from = models.DateField("起始日期")
    valid_to = models.DateField("终止日期", null=True)
    intervals = models.JSONField("工作时段")

    class Meta:
        verbose_name = "作息时间"
        constraints = [
            ExclusionConstraint(
                name="clocks_hours_once",
                expressions=[
                    (F("calendar"), "="),
                    (Func(F("valid_from"), F("valid_to"), function="daterange"), "&&"),
                ],
                condition=Q(until_version=None),
            )
        ]


class CalendarCorrection(RootRow):
    """Calendar correction 日历更正: deadlines given by older calendars move to what `calendar_version` gives.

    Proposed by one person, decided by another, carried out by the worker in batches; `cursor` is the last
    subject it has looked at. `first_day` and `last_day` enclose the days that differ.
    """

    calendar = models.ForeignKey(WorkingCalendar, models.PROTECT, verbose_name="工作日历")
    calendar_version = models.PositiveIntegerField("日历版本")
    first_day = models.DateField("起始日")
    last_day = models.DateField("截止日")
    state = models.CharField(
        "状态", max_length=10, choices=list(CALENDAR_CORRECTION.states.items()), default=PROPOSED
    )
    reason = models.CharField("更正理由", max_length=200)
    refusal = models.CharField("驳回理由", max_length=200, blank=True, default="")
    salt = models.BinaryField("承诺盐", default=new_salt)
    found = models.PositiveIntegerField("预计移动", default=0)
    examined = models.PositiveIntegerField("已核对", default=0)
    moved = models.PositiveIntegerField("已移动", default=0)
    kept = models.PositiveIntegerField("保持不动", default=0)
    cursor = models.UUIDField("核对到", null=True)
    proposed_by = models.UUIDField("提请人", null=True)
    proposed_post = models.UUIDField("提请岗位", null=True)
    proposed_at = models.DateTimeField("提请时间")
    decided_by = models.UUIDField("决定人", null=True)
    decided_post = models.UUIDField("决定岗位", null=True)
    decided_at = models.DateTimeField("决定时间", null=True)
    finished_at = models.DateTimeField("完成时间", null=True)

    class Meta:
        verbose_name = "日历更正"
        constraints = [
            models.UniqueConstraint(
                fields=["calendar"],
                condition=Q(state__in=OPEN_CORRECTIONS),
                name="clocks_correction_one_open",
            )
        ]


class KeptDeadline(models.Model):
    """Kept deadline 保持的时限: a deadline that an approved correction left alone, and why.

    `subject` is what people call it, such as a case's number.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    correction = models.ForeignKey(
        CalendarCorrection, models.PROTECT, related_name="kept_deadlines", verbose_name="日历更正"
    )
    subject = models.CharField("对象", max_length=64)
    due_at = models.DateTimeField("时限")
    would_be = models.DateTimeField("更正后应为")
    reason = models.CharField("原因", max_length=16, choices=KeptReason.choices)

    class Meta:
        verbose_name = "保持的时限"
        indexes = [models.Index(fields=["correction", "due_at", "id"], name="clocks_kept_due")]


class CalendarWarning(models.Model):
    """Calendar warning 日历预警: since when a year that is needed was not known, and when it was loaded."""

    year = models.PositiveSmallIntegerField("年份", primary_key=True)
    first_at = models.DateTimeField("首次预警")
    last_at = models.DateTimeField("最近预警")
    settled_at = models.DateTimeField("解除时间", null=True)

    class Meta:
        verbose_name = "日历预警"


class Timer(models.Model):
    """Timer 定时: at `due_at` something is to happen to `subject`; gone once it has happened.

    `generation` lets the handler see that the subject has moved on since. `run_at` is the next attempt:
    `due_at` at first, later the end of a claim or of the delay after a failure. `attempts` grows with each
    claim and so names the claim.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    due_at = models.DateTimeField("到期时间")
    run_at = models.DateTimeField("执行时间")
    subject = models.UUIDField("对象")
    kind = models.CharField("种类", max_length=48)
    generation = models.IntegerField("代次")
    attempts = models.PositiveIntegerField("尝试次数", default=0)
    last_error = models.TextField("最近错误", default="", blank=True)

    class Meta:
        verbose_name = "定时"
        indexes = [
            models.Index(fields=["run_at"], name="clocks_timer_run"),
            models.Index(fields=["subject"], name="clocks_timer_subject"),
        ]
