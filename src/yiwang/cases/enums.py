"""Choices of the loop: English snake value, Chinese label."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class RequestKind(models.TextChoices):
    """Request kind 诉求类型: what the reporter wants (北京市接诉即办工作条例 §2)."""

    CONSULT = "consult", _("咨询")
    HELP = "help", _("求助")
    COMPLAINT = "complaint", _("投诉")
    TIP_OFF = "tip_off", _("举报")
    SUGGESTION = "suggestion", _("建议")


class Urgency(models.TextChoices):
    """Urgency 紧急程度."""

    ORDINARY = "ordinary", _("一般")
    PROMPT = "prompt", _("及时")
    URGENT = "urgent", _("紧急")


class Privacy(models.TextChoices):
    """Privacy 保密要求: what the handling unit may know of the reporter."""

    OPEN = "open", _("公开")
    CONFIDENTIAL = "confidential", _("要求保密")
    ANONYMOUS = "anonymous", _("匿名")


class Voice(models.TextChoices):
    """Voice 答复主体: who contacts the reporter about a report, so that nobody hears twice."""

    US = "us", _("本平台")
    SOURCE = "source", _("来源单位")


class CasePath(models.TextChoices):
    """Case path 办理路径: the long loop, or one of the two short paths; counted apart."""

    LOOP = "loop", _("派遣办理")
    ANSWER = "answer", _("直接答复")
    ON_THE_SPOT = "on_the_spot", _("自行处置")


class Ending(models.TextChoices):
    """Ending 办结方式: solved and answered are different endings."""

    SOLVED = "solved", _("已解决")
    ANSWERED = "answered", _("已答复")
    FIXED_ON_THE_SPOT = "fixed_on_the_spot", _("现场解决")


class TaskRole(models.TextChoices):
    """Task role 办理角色: one host, any number of co-units."""

    HOST = "host", _("主办")
    CO = "co", _("协办")


class LinkCause(models.TextChoices):
    """Link cause 关联原因: why a report belongs to a case."""

    ORIGIN = "origin", _("首报")
    MERGE = "merge", _("合并")
    UNDO = "undo", _("拆分还原")


class FollowUpKind(models.TextChoices):
    """Follow-up kind 后续来件类型."""

    ADDITION = "addition", _("补充")
    WITHDRAWAL = "withdrawal", _("撤回")
    CHASE = "chase", _("催办")


class RecheckResult(models.TextChoices):
    """Recheck result 核查结果."""

    PENDING = "pending", _("待核查")
    PASSED = "passed", _("核查通过")
    FAILED = "failed", _("核查不通过")
    IMPOSSIBLE = "impossible", _("无法核查")


class RatingQuestion(models.TextChoices):
    """Rating question 评价问题."""

    OUTCOME = "outcome", _("是否解决")
    SATISFACTION = "satisfaction", _("是否满意")


class ReviewRule(models.TextChoices):
    """Review rule 反馈审核: whether the dispatcher reviews feedback before the recheck."""

    AS_CLASS = "as_class", _("按类别设定")
    ALWAYS = "always", _("须审核")
    NEVER = "never", _("免审核")


class PhrasePurpose(models.TextChoices):
    """Phrase purpose 常用语用途: the act whose form offers the sentence."""

    DISPATCH = "dispatch", _("派遣意见")
    RESULT = "result", _("办理情况")
    ANSWER = "answer", _("答复内容")
    REJECT = "reject", _("不予受理理由")
    REWORK = "rework", _("返工理由")
    RECHECK = "recheck", _("核查意见")
