"""Work of a whistle: the minutes of the meeting on the spot, the list of items, the ratings."""

from __future__ import annotations

from django.db import models

from ...kernel.canonical import new_salt
from ...kernel.ids import uuid7
from ..enums import RatingSide
from .kinds import WorkStage
from .tasks import WhistleTask
from .whistle import Whistle


class WhistleMinutes(models.Model):
    """Minutes 会商纪要: what the units agreed on the spot, written once; a correction is a new entry.

    Attributes:
        attendance: units and functions, never names.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    whistle = models.ForeignKey(Whistle, models.PROTECT, related_name="minutes", verbose_name="哨")
    held_at = models.DateTimeField("会商时间")
    place = models.CharField("会商地点", max_length=200, default="", blank=True)
    attendance = models.TextField("参加单位", default="", blank=True)
    text = models.TextField("会商内容")
    conclusion = models.TextField("议定事项", default="", blank=True)
    by_post = models.UUIDField("记录岗位", null=True, blank=True)
    salt = models.BinaryField("承诺盐", default=new_salt)
    at = models.DateTimeField("记录时间")

    class Meta:
        verbose_name = "会商纪要"
        ordering = ["at", "id"]


class WhistleItem(models.Model):
    """Item of the list 任务清单事项: what one unit does in one stage, by when."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    whistle = models.ForeignKey(Whistle, models.PROTECT, related_name="items", verbose_name="哨")
    task = models.ForeignKey(WhistleTask, models.PROTECT, related_name="items", verbose_name="报到任务")
    stage = models.ForeignKey(WorkStage, models.PROTECT, related_name="+", verbose_name="整治阶段")
    text = models.CharField("事项", max_length=300)
    order = models.PositiveSmallIntegerField("次序", default=0)
    due_at = models.DateTimeField("完成时限", null=True, blank=True)
    done_at = models.DateTimeField("完成时间", null=True, blank=True)
    feedback = models.TextField("完成情况", default="", blank=True)
    dropped_at = models.DateTimeField("取消时间", null=True, blank=True)
    at = models.DateTimeField("下达时间")

    class Meta:
        verbose_name = "任务清单事项"
        ordering = ["stage__order", "order", "id"]


class WhistleRating(models.Model):
    """Rating of a whistle 评哨: response, attitude and result of one unit, or of the whistler by that unit.

    The points are copied from the scale of the day.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    task = models.ForeignKey(WhistleTask, models.PROTECT, related_name="ratings", verbose_name="报到任务")
    side = models.CharField("评价方", max_length=8, choices=RatingSide.choices)
    response = models.CharField("响应", max_length=24)
    attitude = models.CharField("态度", max_length=24)
    result = models.CharField("结果", max_length=24)
    response_points = models.PositiveSmallIntegerField("响应分")
    attitude_points = models.PositiveSmallIntegerField("态度分")
    result_points = models.PositiveSmallIntegerField("结果分")
    note = models.TextField("评语", default="", blank=True)
    by_post = models.UUIDField("评价岗位", null=True, blank=True)
    at = models.DateTimeField("评价时间")

    class Meta:
        verbose_name = "评哨"
        constraints = [models.UniqueConstraint(fields=["task", "side"], name="whistles_rating_once")]
