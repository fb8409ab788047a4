"""Choices of `whistles`: stored snake value, Chinese label."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Direction(models.TextChoices):
    """Direction 报到方向: who is called, departments or the street (社区哨、企业哨)."""

    TO_DEPARTMENTS = "to_departments", _("部门向街道报到")
    TO_STREET = "to_street", _("街道向社区、企业报到")


class KindPack(models.TextChoices):
    """Pack 哨种分组: the kinds that are on by default, the other names for them, the optional ones."""

    STREET = "street", _("街道哨")
    STREET_NAMES = "street_names", _("街道哨（小市叫法）")
    OPTIONAL = "optional", _("可选哨种")


class ReportRole(models.TextChoices):
    """Role in reporting 报到角色: one host, any number of co-units."""

    HOST = "host", _("主办")
    CO = "co", _("配合")


class ClockStage(models.TextChoices):
    """Stage of a whistle's clock 哨时限环节."""

    SIGN = "sign", _("签收")
    CONTACT = "contact", _("联系")
    REPORT = "report", _("报到")
    FINISH = "finish", _("办结")
    ITEM = "item", _("清单事项")


class CheckInResult(models.TextChoices):
    """Result of a check-in 签到结果: inside the fence with a photo, or as the whistler says."""

    INSIDE = "inside", _("围栏内，已报到")
    WAITING = "waiting", _("待吹哨方确认")
    ACCEPTED = "accepted", _("吹哨方确认到场")
    REJECTED = "rejected", _("吹哨方不予确认")


class AttendingPost(models.TextChoices):
    """Post of who came 到场职务: chosen from this list, so that no name is typed where a post is shown."""

    HEAD = "head", _("单位负责人")
    DEPUTY = "deputy", _("分管负责人")
    SECTION = "section", _("科室、所、队负责人")
    OFFICER = "officer", _("执法人员、民警")
    TECHNICIAN = "technician", _("技术、抢修人员")
    STAFF = "staff", _("其他工作人员")


class RatingSide(models.TextChoices):
    """Side of a rating 评价方: the whistler rates a unit; with 双考核 the unit rates the whistler too."""

    WHISTLER = "whistler", _("吹哨方评价报到单位")
    UNIT = "unit", _("报到单位评价吹哨方")


class RatingQuestion(models.TextChoices):
    """Rating question 评哨问题."""

    RESPONSE = "response", _("响应")
    ATTITUDE = "attitude", _("态度")
    RESULT = "result", _("结果")


class Cadence(models.TextChoices):
    """Cadence 定期方式: on weekdays or on days of the month."""

    WEEKLY = "weekly", _("每周")
    MONTHLY = "monthly", _("每月")


class OpensAs(models.TextChoices):
    """What a schedule opens 定期开出: a draft for somebody to blow, or a whistle for judged units."""

    DRAFT = "draft", _("草稿，由人吹哨")
    SENT = "sent", _("按研判的单位直接派发")
