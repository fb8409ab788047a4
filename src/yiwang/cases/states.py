"""States 状态 of case and task: the one table behind services, pages, API, docs diagram and tests.

Sources: the seven steps of GB/T 30428 and CJJ/T 106 (信息收集 → 案卷建立 → 任务派遣 → 任务处理 → 处理反馈 →
核查结案 → 综合评价) and the 12345 loop (受理 → 派单 → 签收 → 办理 → 审核 → 回访 → 办结).
"""

from __future__ import annotations

from ..kernel.states import Lifecycle
from ..kernel.states import table_row as _row
from . import rules

RECEIVED, VERIFYING, REGISTERING = "received", "verifying", "registering"
DISPATCHING, HANDLING, REVIEWING = "dispatching", "handling", "reviewing"
SUSPENDED = "suspended"
RECHECKING, CLOSING, CLOSED, ARCHIVED = "rechecking", "closing", "closed", "archived"
REJECTED, VOIDED, MERGED, WITHDRAWN = "rejected", "voided", "merged", "withdrawn"

CASE_STATES = {
    RECEIVED: "待受理",
    VERIFYING: "待核实",
    REGISTERING: "待立案",
    DISPATCHING: "待派遣",
    HANDLING: "处置中",
    SUSPENDED: "挂账中",
    REVIEWING: "待审核",
    RECHECKING: "待核查",
    CLOSING: "待结案",
    CLOSED: "已结案",
    ARCHIVED: "已归档",
    REJECTED: "不予受理",
    VOIDED: "已作废",
    MERGED: "已合并",
    WITHDRAWN: "已撤回",
}

#: States in which the case still waits for somebody.
OPEN_STATES = (
    RECEIVED,
    VERIFYING,
    REGISTERING,
    DISPATCHING,
    HANDLING,
    SUSPENDED,
    REVIEWING,
    RECHECKING,
    CLOSING,
)
#: Open states in which somebody may work on it: all but the suspended.
BUSY_STATES = tuple(state for state in OPEN_STATES if state != SUSPENDED)
#: States in which the promise to the public is running: it is kept while a case is to be dispatched again.
PROMISED_STATES = (HANDLING, DISPATCHING)
#: States in which a case may still be absorbed by another: before a recheck.
MERGEABLE_STATES = (RECEIVED, VERIFYING, REGISTERING, DISPATCHING, HANDLING, REVIEWING)


CASE = Lifecycle(
    "case",
    CASE_STATES,
    [
        _row("request_verification", "发核实", (RECEIVED,), VERIFYING, "cases.accept"),
        _row("confirm", "核实属实", (VERIFYING,), RECEIVED, "cases.verify"),
        _row("refute", "核实不属实", (VERIFYING,), VOIDED, "cases.verify", reason=True),
        _row(
            "accept", "受理", (RECEIVED,), REGISTERING, "cases.accept",
            rules.is_classified, rules.is_located, rules.demands_registering,
        ),
        _row(
            "accept_directly", "受理转派", (RECEIVED,), DISPATCHING, "cases.accept",
            rules.is_classified, rules.is_located, rules.needs_no_registering,
        ),
        _row("return_to_acceptance", "退回受理", (REGISTERING,), RECEIVED, "cases.register", reason=True),
        _row(
            "register", "立案", (REGISTERING,), DISPATCHING, "cases.register",
            rules.is_classified, rules.is_located, rules.condition_fits,
        ),
        _row(
            "take_back", "撤销自动办理", (REGISTERING, DISPATCHING, HANDLING), RECEIVED, "cases.accept",
            rules.is_automatic, rules.is_not_just_returned, clock="stop handling", reason=True,
        ),
        _row(
            "answer", "直接答复", (RECEIVED,), CLOSED, "cases.answer",
            rules.reply_is_given, rules.is_no_hazard,
        ),
        _row(
            "handle_on_the_spot", "自行处置", (RECEIVED,), CLOSED, "cases.handle_on_the_spot",
            rules.is_classified, rules.is_located, rules.evidence_is_complete,
        ),
        _row("reject", "不予受理", (RECEIVED,), REJECTED, "cases.reject", reason=True),
        _row(
            "void", "作废", (RECEIVED, REGISTERING, DISPATCHING), VOIDED, "cases.void",
            rules.is_not_just_returned, reason=True,
        ),
        _row(
            "withdraw", "撤回", (RECEIVED, VERIFYING, REGISTERING, DISPATCHING), WITHDRAWN, "cases.withdraw",
        ),
        _row(
            "dispatch", "派遣", (DISPATCHING,), HANDLING, "cases.dispatch",
            rules.is_confirmed_on_site, rules.is_not_complained_of, rules.is_as_ruled, clock="start handling",
        ),
        _row(
            "recall", "撤回派遣", (HANDLING,), DISPATCHING, "cases.dispatch",
            rules.is_not_being_arbitrated, rules.has_no_return_waiting, clock="stop handling", reason=True,
        ),
        _row(
            "suspend", "挂账", (HANDLING,), SUSPENDED, "cases.review", clock="keep what is left", reason=True
        ),
        _row(
            "resume", "恢复办理", (SUSPENDED,), HANDLING, "cases.review",
            clock="count on with what was left", reason=True,
        ),
        _row(
            "give_back", "准予退单", (HANDLING,), DISPATCHING, "cases.review", clock="the promise stays"
        ),
        _row(
            "refuse_unlisted", "清单外拒收", (HANDLING,), DISPATCHING, "cases.refuse_unlisted",
            rules.is_unlisted, clock="the promise stays",
        ),
        _row(
            "arbitrate", "争议裁定", (HANDLING,), None, "cases.arbitrate", rules.is_not_complained_of,
            clock="no due instant moves", reason=True,
        ),
        _row(
            "hand_over", "首问移交", (DISPATCHING, HANDLING), HANDLING, "cases.ask_return",
            rules.is_confirmed_on_site, rules.is_not_complained_of, clock="the promise stays", reason=True,
        ),
        _row(
            "take_fallback", "兜底派遣", (DISPATCHING,), HANDLING, "cases.dispatch",
            rules.is_confirmed_on_site, rules.is_not_complained_of, rules.is_as_ruled,
            clock="start handling", reason=True,
        ),
        _row(
            "feed_back", "处置反馈", (HANDLING,), REVIEWING, "cases.handle",
            rules.reply_is_given, rules.evidence_is_complete, rules.review_is_required, clock="stop handling",
        ),
        _row(
            "feed_back_straight", "处置反馈（免审核）", (HANDLING,), RECHECKING, "cases.handle",
            rules.reply_is_given, rules.evidence_is_complete, rules.review_is_not_required,
            clock="stop handling",
        ),
        _row("approve", "审核通过", (REVIEWING,), RECHECKING, "cases.review", rules.is_somebody_else),
        _row(
            "rework", "返工", (REVIEWING, CLOSING), HANDLING, "cases.rework",
            clock="start handling anew", reason=True,
        ),
        _row("pass_recheck", "核查通过", (RECHECKING,), CLOSING, "cases.recheck", rules.is_somebody_else),
        _row(
            "fail_recheck", "核查不通过", (RECHECKING,), HANDLING, "cases.recheck",
            rules.is_somebody_else, clock="start handling anew", reason=True,
        ),
        _row(
            "skip_recheck", "无法核查", (RECHECKING,), CLOSING, "cases.recheck",
            rules.is_somebody_else, reason=True,
        ),
        _row(
            "close", "结案", (CLOSING,), CLOSED, "cases.close",
            rules.evidence_is_complete, rules.is_somebody_else, clock="stop all",
        ),
        _row("rate", "评价", (CLOSED,), None, "cases.rate", rules.rates_as_somebody_else),
        _row(
            "reopen", "重新办理", (CLOSED,), DISPATCHING, "cases.reopen",
            rules.is_located, rules.is_classified, rules.is_within_reopening, reason=True,
        ),
        _row(
            "redo", "不满意重办", (CLOSED,), HANDLING, "cases.rate",
            rules.is_within_reopening, clock="start handling anew", reason=True,
        ),
        _row(
            "redo_elsewhere", "不满意重派", (CLOSED,), DISPATCHING, "cases.rate",
            rules.is_within_reopening, reason=True,
        ),
        _row(
            "reopen_by_repeat", "重复来件重办", (CLOSED,), DISPATCHING, "cases.reopen",
            rules.is_within_reopening, reason=True,
        ),
        _row("confirm_on_site", "现场感知确认", BUSY_STATES, None, "cases.confirm_site", rules.is_same_day),
        _row(
            "refute_on_site", "现场感知不属实", (RECEIVED, REGISTERING, DISPATCHING), VOIDED,
            "cases.confirm_site", rules.is_same_day, reason=True,
        ),
        _row(
            "dispatch_first", "先派后核", (RECEIVED, VERIFYING, REGISTERING, DISPATCHING), None,
            "cases.dispatch_first", rules.is_same_day, rules.awaits_confirmation, rules.is_urgent,
            reason=True,
        ),
        _row("control_risk", "控险", BUSY_STATES, None, "cases.control_risk", rules.is_same_day, reason=True),
        _row("pass_up", "上报流转", BUSY_STATES, None, "cases.pass_up", rules.is_located, reason=True),
        _row(
            "raise_level", "提级管理", BUSY_STATES, None, "cases.raise_level", rules.is_located,
            reason=True,
        ),
        _row("archive", "归档", (CLOSED,), ARCHIVED, "cases.archive"),
        _row(
            "merge", "并入他案", MERGEABLE_STATES, MERGED, "cases.merge", rules.has_nothing_undecided,
            clock="stop all", reason=True,
        ),
        _row("unmerge", "拆分还原", (MERGED,), None, "cases.merge", clock="restore all", reason=True),
    ],
)  # fmt: skip

PENDING, WORKING, DONE, RECALLED = "pending", "working", "done", "recalled"
RETURNED, HANDED, UNLISTED = "returned", "handed", "unlisted"

TASK = Lifecycle(
    "task",
    {
        PENDING: "待签收",
        WORKING: "办理中",
        DONE: "已反馈",
        RECALLED: "已撤回",
        RETURNED: "已退回",
        HANDED: "已移交",
        UNLISTED: "已拒收",
    },
    [
        _row("sign", "签收", (PENDING,), WORKING, "cases.handle"),
        _row("contact", "联系诉求人", (PENDING, WORKING), None, "cases.handle"),
        _row("complete", "反馈", (PENDING, WORKING), DONE, "cases.handle", rules.reply_is_given),
        _row("recall", "撤回任务", (PENDING, WORKING), RECALLED, "cases.dispatch", reason=True),
        _row("give_back", "退回任务", (PENDING, WORKING), RETURNED, "cases.review"),
        _row("hand_over", "移交任务", (PENDING, WORKING), HANDED, "cases.ask_return"),
        _row("refuse_unlisted", "拒收任务", (PENDING,), UNLISTED, "cases.refuse_unlisted"),
        _row("restore", "恢复任务", (RECALLED,), None, "cases.merge"),
    ],
)
OPEN_TASK_STATES = (PENDING, WORKING)
#: States of tasks that no longer let their unit see the case.
GONE_TASK_STATES = (RECALLED, RETURNED, UNLISTED)

ASKED, APPROVED, EXECUTED, REFUSED, TAKEN_BACK = "asked", "approved", "executed", "refused", "taken_back"
LAPSED = "lapsed"

CORRECTION = Lifecycle(
    "correction",
    {ASKED: "待批准", APPROVED: "已更正", REFUSED: "未批准", TAKEN_BACK: "已收回"},
    [
        _row(
            "approve", "批准更正", (ASKED,), APPROVED, "cases.approve_correction", rules.is_second_person,
            clock="reckon handling anew when asked for",
        ),
        _row(
            "refuse", "不批准更正", (ASKED,), REFUSED, "cases.approve_correction",
            rules.is_second_person, reason=True,
        ),
        _row("take_back", "收回更正申请", (ASKED,), TAKEN_BACK, "cases.correct", rules.is_who_asked),
    ],
)  # fmt: skip

APPLICATION = Lifecycle(
    "application",
    {ASKED: "待审批", APPROVED: "已批准", REFUSED: "不予批准", TAKEN_BACK: "已收回", LAPSED: "已失效"},
    [
        _row(
            "endorse", "同意，报下一级", (ASKED,), None, "cases.endorse_application",
            rules.is_second_person, rules.is_new_approver,
        ),
        _row(
            "approve", "批准申请", (ASKED,), APPROVED, "cases.review",
            rules.is_second_person, rules.is_new_approver, clock="move as the kind of application says",
        ),
        _row(
            "refuse", "不批准申请", (ASKED,), REFUSED, "cases.review",
            rules.is_second_person, rules.is_new_approver, reason=True,
        ),
        _row("take_back", "收回申请", (ASKED,), TAKEN_BACK, "cases.apply", rules.is_who_asked),
        _row("lapse", "随任务失效", (ASKED,), LAPSED, "cases.handle"),
        _row("restore", "随拆分恢复", (LAPSED,), ASKED, "cases.merge"),
    ],
)  # fmt: skip

ERASURE = Lifecycle(
    "erasure",
    {ASKED: "待执行", EXECUTED: "已删除", REFUSED: "不予删除"},
    [
        _row("execute", "执行删除", (ASKED,), EXECUTED, "cases.erase", rules.is_second_person),
        _row("refuse", "不予删除", (ASKED,), REFUSED, "cases.erase", rules.is_second_person, reason=True),
    ],
)

ARBITRATING, RULED = "arbitrating", "ruled"

RETURN = Lifecycle(
    "return",
    {
        ASKED: "待审核",
        APPROVED: "准予退单",
        REFUSED: "不予退单",
        ARBITRATING: "裁定中",
        RULED: "已裁定",
        TAKEN_BACK: "已收回",
        LAPSED: "已失效",
    },
    [
        _row("grant", "准予退单", (ASKED,), APPROVED, "cases.review", rules.is_second_person),
        _row("refuse", "不予退单", (ASKED,), REFUSED, "cases.review", rules.is_second_person, reason=True),
        _row("refer", "提请裁定", (ASKED,), ARBITRATING, "cases.review", rules.is_second_person, reason=True),
        _row("take_back", "收回退单申请", (ASKED,), TAKEN_BACK, "cases.ask_return", rules.is_who_asked),
        _row("rule", "随裁定了结", (ARBITRATING,), RULED, "cases.arbitrate"),
        _row("lapse", "随任务失效", (ASKED, ARBITRATING), LAPSED, "cases.handle"),
    ],
)

ARBITRATION = Lifecycle(
    "arbitration",
    {ASKED: "待裁定", RULED: "已裁定", LAPSED: "已失效"},
    [
        _row("rule", "作出裁定", (ASKED,), RULED, "cases.arbitrate", rules.is_impartial, reason=True),
        _row("lapse", "随任务失效", (ASKED,), LAPSED, "cases.handle"),
    ],
)

NOTED, AWAITED, ANSWERED, LISTED, SETTLED = "noted", "awaited", "answered", "listed", "settled"

SUPERVISION = Lifecycle(
    "supervision",
    {NOTED: "已记录", AWAITED: "待答复", ANSWERED: "已答复", LISTED: "挂牌中", SETTLED: "已销号"},
    [
        _row("reply", "答复督办", (AWAITED,), ANSWERED, "cases.handle", rules.reply_is_given),
        _row("demand_again", "退回重答", (ANSWERED,), AWAITED, "cases.supervise", reason=True),
        _row(
            "settle", "督办销号", (AWAITED, ANSWERED), SETTLED, "cases.supervise", rules.is_not_who_replied,
            reason=True,
        ),
        _row("lift", "解除挂牌", (LISTED,), SETTLED, "cases.list", rules.is_not_who_listed, reason=True),
    ],
)  # fmt: skip
