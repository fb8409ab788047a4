"""Reporting 报到: what each unit must do for a whistle, its clocks, and how it came."""

from __future__ import annotations

from uuid import UUID

from django.db import models
from django.db.models import Q

from ...kernel.ids import uuid7
from ..enums import AttendingPost, CheckInResult, ClockStage, ReportRole
from ..states import OPEN_TASK_STATES, TASK_STATES
from .kinds import OutsideUnit
from .whistle import Whistle

#: Owner type of the photos of one unit.
TASK_FILES = "whistles.task"


class WhistleTask(models.Model):
    """Reporting task 报到任务 of one unit, in the stream of its whistle.

    Attributes:
        unit, outside: one of the two: a unit of the instance, or one that is reached by a link.
        round: rises when somebody insists after a refusal, so that old timers do nothing.
        link_round: rises when the link of an outside unit is made anew; older links end.
        link_made_at: when it was made anew; None for the link that was made with the task.
        declined_count, powerless_count: how often the unit refused, and sent somebody without power.
        escalated_to, escalated_at: who above heard of it last (refused, late, without power).
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    whistle = models.ForeignKey(Whistle, models.PROTECT, related_name="tasks", verbose_name="哨")
    unit = models.UUIDField("报到单位", null=True, blank=True)
    outside = models.ForeignKey(
        OutsideUnit, models.PROTECT, null=True, blank=True, related_name="tasks", verbose_name="外部单位"
    )
    role = models.CharField("角色", max_length=4, choices=ReportRole.choices, default=ReportRole.HOST)
    state = models.CharField("状态", max_length=10, choices=list(TASK_STATES.items()))
    round = models.PositiveSmallIntegerField("派发轮次", default=1)
    link_round = models.PositiveSmallIntegerField("链接轮次", default=1)
    link_made_at = models.DateTimeField("链接重发时间", null=True, blank=True)
    instruction = models.TextField("派发意见", default="", blank=True)
    sent_at = models.DateTimeField("派发时间")
    signed_at = models.DateTimeField("签收时间", null=True, blank=True)
    contacted_at = models.DateTimeField("联系时间", null=True, blank=True)
    contact_note = models.TextField("联系情况", default="", blank=True)
    reported_at = models.DateTimeField("报到时间", null=True, blank=True)
    fed_back_at = models.DateTimeField("反馈时间", null=True, blank=True)
    result = models.TextField("办理情况", default="", blank=True)
    declined_count = models.PositiveSmallIntegerField("拒绝报到次数", default=0)
    powerless_count = models.PositiveSmallIntegerField("到场无权次数", default=0)
    escalated_to = models.UUIDField("升级到单位", null=True, blank=True)
    escalated_at = models.DateTimeField("升级时间", null=True, blank=True)

    class Meta:
        verbose_name = "报到任务"
        constraints = [
            models.CheckConstraint(
                name="whistles_task_one_party",
                condition=Q(unit=None, outside__isnull=False) | Q(unit__isnull=False, outside=None),
            ),
            models.UniqueConstraint(
                fields=["whistle", "unit"],
                condition=Q(state__in=OPEN_TASK_STATES, outside=None),
                name="whistles_task_unit_once",
            ),
            models.UniqueConstraint(
                fields=["whistle", "outside"],
                condition=Q(state__in=OPEN_TASK_STATES, unit=None),
                name="whistles_task_outside_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["unit", "-sent_at", "-id"],
                name="whistles_task_open",
                condition=Q(state__in=OPEN_TASK_STATES),
            ),
            models.Index(fields=["unit", "-sent_at", "-id"], name="whistles_task_unit"),
        ]

    @property
    def party(self) -> UUID:
        """Key of who is called: the unit, or the outside unit."""
        key = self.unit or self.outside_id
        assert key is not None
        return key


class WhistleClock(models.Model):
    """Clock of a whistle 哨时限: one limit of one task (or item) with its explanation.

    A due instant is never moved. `late_at` is set once, when it passed without the act; it stays when the act
    comes after all. `escalated_to` is who heard of it: the unit above, else the district's centre.
    `ended_at` is when the act came (`met`) or when the clock was stopped with its task.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    task = models.ForeignKey(WhistleTask, models.PROTECT, related_name="clocks", verbose_name="报到任务")
    item = models.ForeignKey(
        "whistles.WhistleItem", models.PROTECT, null=True, blank=True, related_name="clocks",
        verbose_name="清单事项",
    )  # fmt: skip
    stage = models.CharField("环节", max_length=8, choices=ClockStage.choices)
    round = models.PositiveSmallIntegerField("派发轮次", default=1)
    started_at = models.DateTimeField("开始时间")
    limit_amount = models.DecimalField("时限数值", max_digits=8, decimal_places=4)
    limit_unit = models.CharField("时限单位", max_length=12)
    due_at = models.DateTimeField("到期时间")
    due_explanation = models.TextField("时限说明", default="", blank=True)
    calendar_version = models.IntegerField("日历版本", null=True, blank=True)
    ended_at = models.DateTimeField("结束时间", null=True, blank=True)
    is_met = models.BooleanField("已完成", default=False)
    late_at = models.DateTimeField("超时时间", null=True, blank=True)
    escalated_to = models.UUIDField("升级到单位", null=True, blank=True)
    escalated_at = models.DateTimeField("升级时间", null=True, blank=True)

    class Meta:
        verbose_name = "哨时限"
        indexes = [models.Index(fields=["task", "stage"], name="whistles_clock_task")]


class CheckIn(models.Model):
    """Check-in 报到签到: who came in which function, when, where, with which photo.

    `representative` is a post of the list, never typed and never a name; empty where none was chosen.
    The position is WGS84; it is kept with the check-in and nowhere else. `decided_by` is the
    account of the whistler's side that looked at it.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    task = models.ForeignKey(WhistleTask, models.PROTECT, related_name="check_ins", verbose_name="报到任务")
    at = models.DateTimeField("签到时间")
    lon = models.FloatField("经度", null=True, blank=True)
    lat = models.FloatField("纬度", null=True, blank=True)
    accuracy = models.FloatField("定位误差（米）", null=True, blank=True)
    distance = models.PositiveIntegerField("距离（米）", null=True, blank=True)
    is_inside = models.BooleanField("在围栏内")
    photos = models.PositiveSmallIntegerField("照片数", default=0)
    representative = models.CharField(
        "到场职务", max_length=40, choices=AttendingPost.choices, default="", blank=True
    )
    result = models.CharField("签到结果", max_length=10, choices=CheckInResult.choices)
    decided_by = models.UUIDField("确认人", null=True, blank=True)
    decided_at = models.DateTimeField("确认时间", null=True, blank=True)
    decision = models.TextField("确认理由", default="", blank=True)

    class Meta:
        verbose_name = "报到签到"
        indexes = [models.Index(fields=["task", "-at"], name="whistles_checkin_task")]
