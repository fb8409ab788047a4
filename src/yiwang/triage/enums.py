"""Choices of triage: English snake value, Chinese label."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class TriageStage(models.TextChoices):
    """Triage stage 研判环节."""

    CLASS = "class", _("事项类别")
    PLACE = "place", _("地点")
    REPEAT = "repeat", _("重复")
    OWNER = "owner", _("责任单位")


class Verdict(models.TextChoices):
    """Verdict 采纳情况: what became of a proposal."""

    ACCEPTED = "accepted", _("采纳")
    CHANGED = "changed", _("改动")
    AUTOMATIC = "automatic", _("自动办理")
    UNDONE = "undone", _("撤销")


class PairVerdict(models.TextChoices):
    """Pair verdict 重复判定结果: whether two cases are one problem."""

    SAME = "same", _("同一问题")
    DIFFERENT = "different", _("不是同一问题")


class ReplayState(models.TextChoices):
    """State of a replay 重放状态."""

    QUEUED = "queued", _("排队中")
    RUNNING = "running", _("重放中")
    DONE = "done", _("已完成")
    FAILED = "failed", _("未完成")


class ModelSource(models.TextChoices):
    """Source of a class model 训练数据来源."""

    FILE = "file", _("文件")
    CASES = "cases", _("本市案件")
