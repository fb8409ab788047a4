"""Schedules 定期哨: whistles for shared areas that blow by themselves."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from ...ledger.public import RootRow
from ..enums import Cadence, OpensAs
from ..states import SCHEDULE


class WhistleSchedule(RootRow):
    """Schedule 定期哨: which whistle opens on which days; approved by a second person before it runs.

    Attributes:
        kind_code: code of the kind; the row in force on the day is used.
        days: 1 (Monday) to 7, or days of the month.
        minute: minute of the day, Shanghai time.
        communities, home_communities: as of a whistle; the second decide which centre judges and sees it, and
            are empty in rows from before, where the first do.
        units, outside_units: who is called, the first is the host; needed when it opens as sent.
        judged_at, judged_by: when and by which account of the centre the units were judged; without it
            nothing is sent by itself: each whistle it opens waits for the centre.
        next_at: when it opens next; None when it does not run.
        generation: rises with each planning, so that old timers do nothing.
    """

    state = models.CharField("状态", max_length=10, choices=list(SCHEDULE.states.items()))
    kind_code = models.CharField("哨种", max_length=40)
    matter = models.ForeignKey("whistles.WhistleMatter", models.PROTECT, verbose_name="吹哨事项")
    title = models.CharField("标题", max_length=80)
    reasons = models.TextField("吹哨事由", default="", blank=True)
    tried = models.TextField("已做工作", default="", blank=True)
    wanted = models.TextField("请求事项", default="", blank=True)
    area = models.UUIDField("区域", null=True, blank=True)
    communities = ArrayField(models.UUIDField(), verbose_name="涉及社区", default=list, blank=True)
    home_communities = ArrayField(models.UUIDField(), verbose_name="吹哨方社区", default=list, blank=True)
    address = models.CharField("地点", max_length=300, default="", blank=True)
    lon = models.FloatField("经度", null=True, blank=True)
    lat = models.FloatField("纬度", null=True, blank=True)
    whistler_unit = models.UUIDField("吹哨单位")
    whistler_post = models.UUIDField("吹哨岗位", null=True, blank=True)
    created_by = models.UUIDField("设定人", null=True, blank=True)
    approved_by = models.UUIDField("批准人", null=True, blank=True)
    judged_by = models.UUIDField("研判人", null=True, blank=True)
    judged_at = models.DateTimeField("研判时间", null=True, blank=True)
    units = ArrayField(models.UUIDField(), verbose_name="报到单位", default=list, blank=True)
    outside_units = ArrayField(models.UUIDField(), verbose_name="外部单位", default=list, blank=True)
    cadence = models.CharField("定期方式", max_length=8, choices=Cadence.choices)
    days = ArrayField(models.PositiveSmallIntegerField(), verbose_name="日子")
    minute = models.PositiveSmallIntegerField("时刻（分）")
    opens_as = models.CharField("开出方式", max_length=8, choices=OpensAs.choices, default=OpensAs.DRAFT)
    next_at = models.DateTimeField("下次", null=True, blank=True)
    last_failure = models.CharField("最近未开出原因", max_length=200, default="", blank=True)
    stop_reason = models.CharField("停用理由", max_length=200, default="", blank=True)
    generation = models.PositiveIntegerField("计划代次", default=0)
    created_at = models.DateTimeField("设定时间")

    class Meta:
        verbose_name = "定期哨"
        indexes = [models.Index(fields=["-created_at", "-id"], name="whistles_schedule_recent")]

    def __str__(self) -> str:
        return self.title
