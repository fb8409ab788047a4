"""Choices of intake: English snake value, Chinese label."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class SourceFormat(models.TextChoices):
    """Source format 来源格式: how the rows of a source are written."""

    CSV = "csv", _("CSV 表格")
    XLSX = "xlsx", _("Excel 工作簿")
    JSON = "json", _("JSON 行")


class MessageState(models.TextChoices):
    """Message state 原始消息状态."""

    RECEIVED = "received", _("已收到")
    ACCEPTED = "accepted", _("已入库")
    QUARANTINED = "quarantined", _("隔离中")
    REPLAYED = "replayed", _("更正后入库")
    DROPPED = "dropped", _("已舍弃")


class EntryState(models.TextChoices):
    """Entry state 隔离条目状态."""

    OPEN = "open", _("待处理")
    CORRECTED = "corrected", _("已更正")
    DROPPED = "dropped", _("已舍弃")


class RunState(models.TextChoices):
    """Run state 导入批次状态."""

    RUNNING = "running", _("导入中")
    DONE = "done", _("已完成")
    FAILED = "failed", _("已中断")


class Reason(models.TextChoices):
    """Quarantine reason 隔离原因: what is wrong with a row, by name."""

    BROKEN_ROW = "broken_row", _("行格式损坏")
    MISSING = "missing", _("缺少必填项")
    BAD_TIME = "bad_time", _("时间无法识别")
    BAD_NUMBER = "bad_number", _("数字无法识别")
    BAD_COORDINATE = "bad_coordinate", _("坐标有误")
    OUTSIDE = "outside", _("坐标不在辖区")
    UNKNOWN_CLASS = "unknown_class", _("事项类别未知")
    UNKNOWN_AREA = "unknown_area", _("社区未知")
    UNKNOWN_VALUE = "unknown_value", _("取值未知")
    CLOSED_BEFORE_CREATED = "closed_before_created", _("办结早于接收")
    NUMBER_REUSED = "number_reused", _("来源编号重复而内容不同")
    TOO_LONG = "too_long", _("内容过长")
    REFUSED = "refused", _("无权登记到该区域")
    INVALID = "invalid", _("不符合登记要求")
