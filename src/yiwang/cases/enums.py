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


class Stage(models.TextChoices):
    """Stage 阶段: what a clock counts; `sign` and `contact` belong to a task, all others to the case."""

    ACCEPT = "accept", _("受理")
    VERIFY = "verify", _("核实")
    REGISTER = "register", _("立案")
    DISPATCH = "dispatch", _("派遣")
    HANDLE = "handle", _("处置")
    SUSPENDED = "suspended", _("挂账")
    REVIEW = "review", _("审核")
    RECHECK = "recheck", _("核查")
    CLOSE = "close", _("结案")
    CALLBACK = "callback", _("回访")
    SIGN = "sign", _("签收")
    CONTACT = "contact", _("联系诉求人")


class ClockEnding(models.TextChoices):
    """Clock ending 计时结束方式: the act was done, or the clock stopped without it."""

    DONE = "done", _("已办")
    STOPPED = "stopped", _("终止")


class ContactWay(models.TextChoices):
    """Contact way 联系途径: how a unit tried to reach the reporter."""

    PHONE = "phone", _("电话")
    VISIT = "visit", _("上门")
    MESSAGE = "message", _("短信或网络")


class LevelStepKind(models.TextChoices):
    """Level step kind 层级变动方式: by choice with a reason, or because the matter is key or urgent."""

    PASS_UP = "pass_up", _("上报流转")
    RAISE = "raise", _("提级管理")


class ConfirmationMeans(models.TextChoices):
    """Confirmation means 感知方式: how somebody looked at the spot."""

    WORKER = "worker", _("就近人员到场")
    CAMERA = "camera", _("视频")
    DRONE = "drone", _("无人机")


class ConfirmationResult(models.TextChoices):
    """Confirmation result 感知结果."""

    PENDING = "pending", _("待确认")
    REAL = "real", _("属实")
    NOT_REAL = "not_real", _("不属实")
    NOT_FOUND = "not_found", _("未找到")


class SameDayState(models.TextChoices):
    """Same-day state 清零状态."""

    OPEN = "open", _("未清零")
    CLEARED = "cleared", _("已清零")
    LATE = "late", _("逾期清零")
    DROPPED = "dropped", _("不再计入")


class CallbackCause(models.TextChoices):
    """Call-back cause 回访原因: why this reporter is asked."""

    SAMPLE = "sample", _("抽样")
    ANSWERED = "answered", _("未解决须回访")
    REDONE = "redone", _("重办后回访")
    DEMANDED = "demanded", _("多次要求重办")


class CallbackState(models.TextChoices):
    """Call-back state 回访状态."""

    WAITING = "waiting", _("待回访")
    DONE = "done", _("已回访")
    UNREACHED = "unreached", _("无效联系")
    CANCELLED = "cancelled", _("已取消")


class CallbackWay(models.TextChoices):
    """Call-back way 回访方式."""

    PHONE = "phone", _("电话")
    MESSAGE = "message", _("短信")
    LINK = "link", _("查询链接")


class AttemptResult(models.TextChoices):
    """Attempt result 联系结果."""

    REACHED = "reached", _("已接通")
    NO_ANSWER = "no_answer", _("无人接听")
    BUSY = "busy", _("占线或挂断")
    WRONG = "wrong", _("空号或错号")
    RECORDED = "recorded", _("文本已记录，未发送")
    QUEUED = "queued", _("短信已排队发送")


class QuestionKind(models.TextChoices):
    """Question kind 问题种类: what an answer may be."""

    OUTCOME = "outcome", _("是否解决")
    SATISFACTION = "satisfaction", _("是否满意")
    YES_NO = "yes_no", _("是或否")
    WORDS = "words", _("文字")


class RedoCause(models.TextChoices):
    """Redo cause 重办原因: why a closed case is done again."""

    UNSATISFIED = "unsatisfied", _("不满意重办")
    REPEATED = "repeated", _("重复来件重办")
    REQUESTED = "requested", _("诉求人要求重办")


class ArbitrationCause(models.TextChoices):
    """Arbitration cause 裁定事由: why whose job it is has to be ruled."""

    RETURNS = "returns", _("多次退单")
    REFERRED = "referred", _("派遣员提请")
    DISPUTE = "dispute", _("首问接收争议")


class ReturnStart(models.TextChoices):
    """Return start 退单期限起点: from when the limit of asking to return a task is counted."""

    DISPATCH = "dispatch", _("派遣")
    SIGN = "sign", _("签收")


class RulingMode(models.TextChoices):
    """Ruling mode 裁定方式: after a meeting of the units, or by designation."""

    MEETING = "meeting", _("会商")
    DESIGNATION = "designate", _("指定")


class FallbackCause(models.TextChoices):
    """Fallback cause 兜底原因: why the fallback owner takes a case."""

    UNLISTED = "unlisted", _("权责清单未列")
    UNCLEAR = "unclear", _("职责不清")


class StepAct(models.TextChoices):
    """Step act 催督办动作: what a step of a ladder does, from a reminder to the next higher unit."""

    REMIND = "remind", _("提醒")
    SOON = "soon", _("将超时")
    OVERDUE = "overdue", _("超时")
    URGE = "urge", _("催办")
    SUPERVISE = "supervise", _("督办")
    LIST = "list", _("挂牌督办")
    ESCALATE = "escalate", _("超时升级")


#: Acts that stand in the register of supervisions 督办台账; the others only tell the time.
LADDER_ACTS = ("urge", "supervise", "list", "escalate")


class StepCause(models.TextChoices):
    """Step cause 督办起因: a timer, an event, a person, or a resident who chases."""

    TIMER = "timer", _("到时自动")
    EVENT = "event", _("事件触发")
    PERSON = "person", _("人工")
    RESIDENT = "resident", _("群众催办")


class StepAnchor(models.TextChoices):
    """Step anchor 步骤时点: what the moment of a step is counted from."""

    SHARE = "share", _("时限用去比例")
    DUE = "due", _("到期时")
    AFTER = "after", _("到期后")
    COUNT = "count", _("第几次起")


class LadderEvent(models.TextChoices):
    """Ladder event 触发事件: what may open a supervision without any clock, by ladders that are switched on.

    Those of whistles happen to the cases that are attached to the whistle.
    """

    UNSOLVED = "unsolved", _("评价未解决")
    STILL_UNSOLVED = "still_unsolved", _("多次办理仍未解决")
    SAME_DAY_MISSED = "same_day_missed", _("超过清零时限")
    REPEATED = "repeated", _("重复来件重办")
    WHISTLE_UNSIGNED = "whistle_unsigned", _("吹哨签收超时")
    WHISTLE_ABSENT = "whistle_absent", _("吹哨报到超时")
    WHISTLE_RAISED = "whistle_raised", _("吹哨提级协调")


class StepTarget(models.TextChoices):
    """Step target 步骤对象: whom a step is addressed to, by the trees of units and areas or by an act."""

    HOST = "host", _("承办单位")
    PARENT = "parent", _("承办单位的上级单位")
    STREET = "street", _("街道一级")
    DISTRICT = "district", _("区一级")
    CITY = "city", _("市一级")
    STAGE = "stage", _("本环节经办岗位")
    DISPATCH = "dispatch", _("派遣岗位")
    REVIEW = "review", _("审核岗位")
    SUPERVISE = "supervise", _("督办岗位")


class ApplicationKind(models.TextChoices):
    """Application kind 申请类别: what a unit may ask about its task or the case."""

    EXTENSION = "extension", _("延期")
    SUSPENSION = "suspension", _("挂账")
    APPEAL = "appeal", _("超时申诉")
    EXCLUSION = "exclusion", _("剔除")


class LapseCause(models.TextChoices):
    """Lapse cause 失效原因: what ended the task that an application was about before anybody had decided."""

    DONE = "done", _("承办单位已反馈，无需再批")
    RECALLED = "recalled", _("任务已被撤回")
    RETURNED = "returned", _("任务已退回")
    HANDED = "handed", _("任务已移交其他单位")
    UNLISTED = "unlisted", _("任务已因清单外拒收结束")
    MERGED = "merged", _("案件已并入他案，任务随之撤回")
    NOT_HOST = "not_host", _("申请单位已不再主办")
