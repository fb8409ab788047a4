"""Choices of the catalog 事项枚举."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class ClassLevel(models.TextChoices):
    """Level of a class 分类层级: how deep a class stands in its scheme."""

    BIG = "big", _("大类")
    SMALL = "small", _("小类")
    THIRD = "third", _("三级")

    @property
    def depth(self) -> int:
        """1 for a big class, 2 for a small class, 3 for a third-level class."""
        return {"big": 1, "small": 2, "third": 3}[self.value]


class MatterKind(models.TextChoices):
    """Kind of matter 事项种类: a managed part, an event, a resident's request or a grid item."""

    PART = "part", _("部件")
    EVENT = "event", _("事件")
    REQUEST = "request", _("诉求")
    GRID_ITEM = "grid_item", _("网格事项")


class LimitUnit(models.TextChoices):
    """Unit of a limit 时限单位; the values are `kernel.working_time.UNITS`."""

    URGENT_HOUR = "urgent_hour", _("紧急工作时")
    WORK_HOUR = "work_hour", _("工作时")
    WORK_DAY = "work_day", _("工作日")
    URGENT_DAY = "urgent_day", _("紧急工作日")


class QuarantineState(models.TextChoices):
    """State of a quarantined row 隔离状态."""

    OPEN = "open", _("待处理")
    CORRECTED = "corrected", _("已更正")
    DROPPED = "dropped", _("已放弃")


class ChangeKind(models.TextChoices):
    """Kind of change 变更种类 of a draft of the responsibility list."""

    ADD = "add", _("新增")
    END = "end", _("终止")
    REPLACE = "replace", _("替换")


class StepProof(models.TextChoices):
    """Proof of a step 步骤证明; the photographs are stages of a case's files (`files.Stage`)."""

    SCENE = "scene", _("现场照片")
    BEFORE = "before", _("处置前照片")
    AFTER = "after", _("处置后照片")
    RECHECK = "recheck", _("核查照片")
    DOCUMENT = "document", _("文书")


class AdmissionList(models.TextChoices):
    """Admitted list 准入清单: what may be handed down to whom. Source: 南京市 2021, 非准不入."""

    GRID = "grid", _("城乡网格化服务管理事项清单")
    COMMUNITY_ASSIST = "community_assist", _("社区依法协助事项清单")
    COMMUNITY_DUTY = "community_duty", _("社区依法履职事项清单")
    STREET = "street", _("街道职责清单")


class AdmissionLevel(models.TextChoices):
    """Level that a list guards 准入层级: the kind of unit to which only listed matters go."""

    GRID = "grid", _("网格")
    COMMUNITY = "community", _("社区")
    STREET = "street", _("街道")


class CheckMode(models.TextChoices):
    """Whether dispatching checks the list 准入校验方式."""

    AUTO = "auto", _("有清单即校验")
    ON = "on", _("始终校验")
    OFF = "off", _("不校验")


class AdmissionVerdict(models.TextChoices):
    """What the lists say of a matter for a unit 准入结论."""

    UNCHECKED = "unchecked", _("不校验")
    LISTED = "listed", _("在清单内")
    EXEMPT = "exempt", _("应急豁免")
    UNLISTED = "unlisted", _("不在清单内")
    FORBIDDEN = "forbidden", _("不得派给网格")
