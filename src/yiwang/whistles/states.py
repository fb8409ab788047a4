"""States 状态 of a whistle, of a unit's task and of a schedule: the tables behind services, pages and docs.

Permissions `BLOW` and `APPROVE` stand for the acts that the whistle's kind names.
"""

from __future__ import annotations

from ..kernel.states import Lifecycle
from ..kernel.states import table_row as _row
from .rules import guards as rules

DRAFT, APPROVING, JUDGING = "draft", "approving", "judging"
REPORTING, CONFERRING, HANDLING, RATING = "reporting", "conferring", "handling", "rating"
ENDED, REFUSED, WITHDRAWN, AGAIN, RAISED = "ended", "refused", "withdrawn", "again", "raised"

WHISTLE_STATES = {
    DRAFT: "草稿",
    APPROVING: "待审核",
    JUDGING: "待研判",
    REPORTING: "待报到",
    CONFERRING: "会商中",
    HANDLING: "处置中",
    RATING: "待评价",
    RAISED: "提级协调",
    ENDED: "已销哨",
    AGAIN: "已二次吹哨",
    REFUSED: "不予批准",
    WITHDRAWN: "已撤回",
}
#: States in which somebody still has to act.
OPEN_STATES = (DRAFT, APPROVING, JUDGING, REPORTING, CONFERRING, HANDLING, RATING, RAISED)
#: States in which units are at work, so that units may be added or taken away.
RUNNING_STATES = (REPORTING, CONFERRING, HANDLING)
#: States in which a unit that was called goes on: its limits run while the district's leader decides.
ANSWERING_STATES = (*RUNNING_STATES, RAISED, JUDGING)
#: States in which a unit that has fed back may rate the whistler (双考核).
RATED_STATES = (RATING, ENDED, AGAIN)

#: Stand for the acts that the kind of the whistle names.
BLOW, APPROVE = "whistles.blow", "whistles.approve"
#: The act of blowing for a firm, which has to be named.
ENTERPRISE = "whistles.blow_enterprise"
VIEW, REPORT, JUDGE = "whistles.view", "whistles.report", "whistles.judge"
DRAFTS, ORGANISE, RATE = "whistles.draft", "whistles.organise", "whistles.rate"
COORDINATE, CONFIGURE, ASSESS = "whistles.coordinate", "whistles.configure", "whistles.assess"


WHISTLE = Lifecycle(
    "whistle",
    WHISTLE_STATES,
    [
        _row("change", "修改", (DRAFT,), None, DRAFTS),
        _row("blow", "吹哨", (DRAFT,), APPROVING, BLOW, rules.is_complete),
        _row("approve", "批准", (APPROVING,), JUDGING, APPROVE, rules.is_second_person),
        _row("send_back", "退回修改", (APPROVING,), DRAFT, APPROVE, rules.is_second_person, reason=True),
        _row("send_back", "退回修改", (JUDGING,), DRAFT, JUDGE, rules.not_sent_yet, reason=True),
        _row("refuse", "不予批准", (APPROVING,), REFUSED, APPROVE, rules.is_second_person, reason=True),
        _row(
            "judge", "派发报到", (JUDGING,), REPORTING, JUDGE, rules.units_fit,
            clock="start sign, contact, report, finish",
        ),
        _row(
            "add_units", "增派单位", RUNNING_STATES, None, JUDGE, rules.units_fit,
            clock="start those of the new units",
        ),
        _row(
            "recall_unit", "撤回报到任务", RUNNING_STATES, None, JUDGE, clock="end those of the unit",
            reason=True,
        ),
        _row("confer", "会商", (REPORTING, CONFERRING, HANDLING), CONFERRING, ORGANISE, rules.somebody_came),
        _row(
            "assign", "下达任务清单", (REPORTING, CONFERRING, HANDLING), HANDLING, ORGANISE,
            rules.somebody_came, clock="start those of the items",
        ),
        _row("finish", "处置完成", (REPORTING, CONFERRING, HANDLING), RATING, REPORT, rules.all_fed_back),
        _row("end", "销哨", (RATING,), ENDED, RATE, rules.all_rated),
        _row(
            "blow_again", "二次吹哨", (RATING,), AGAIN, BLOW, rules.may_blow_again, rules.all_rated,
            reason=True,
        ),
        _row(
            "raise", "提级协调", (REPORTING, CONFERRING, HANDLING, RATING), RAISED, ORGANISE, reason=True,
            clock="run on",
        ),
        _row("coordinate", "区领导交办", (RAISED,), JUDGING, COORDINATE, reason=True),
        _row(
            "withdraw", "撤回", (DRAFT, APPROVING, JUDGING, REPORTING), WITHDRAWN, BLOW, rules.nobody_came,
            clock="end all", reason=True,
        ),
    ],
)  # fmt: skip

PENDING, SIGNED, CONTACTED, REPORTED = "pending", "signed", "contacted", "reported"
FED_BACK, DECLINED, RECALLED = "fed_back", "declined", "recalled"
TASK_STATES = {
    PENDING: "待签收",
    SIGNED: "已签收",
    CONTACTED: "已联系",
    REPORTED: "已报到",
    FED_BACK: "已反馈",
    DECLINED: "拒绝报到",
    RECALLED: "已撤回",
}
OPEN_TASK_STATES = (PENDING, SIGNED, CONTACTED, REPORTED)

REPORT_TASK = Lifecycle(
    "report_task",
    TASK_STATES,
    [
        _row("sign", "签收", (PENDING,), SIGNED, REPORT, clock="end sign"),
        _row("contact", "联系", (SIGNED,), CONTACTED, REPORT, clock="end contact"),
        _row("check_in", "报到签到", (SIGNED, CONTACTED), None, REPORT),
        _row("arrive", "到场确认", (SIGNED, CONTACTED), REPORTED, ORGANISE, clock="end contact and report"),
        _row(
            "mark_powerless", "到场人员无权", (REPORTED,), CONTACTED, ORGANISE, clock="report runs on",
            reason=True,
        ),
        _row("feed_back", "反馈", (REPORTED,), FED_BACK, REPORT, rules.items_done, clock="end finish"),
        _row(
            "decline", "拒绝报到", (PENDING, SIGNED, CONTACTED), DECLINED, REPORT, clock="end all",
            reason=True,
        ),
        _row(
            "insist", "责令报到", (DECLINED,), PENDING, JUDGE, clock="start sign, contact, report, finish",
            reason=True,
        ),
        _row(
            "recall", "撤回", (*OPEN_TASK_STATES, DECLINED), RECALLED, JUDGE, clock="end all", reason=True
        ),
    ],
)  # fmt: skip

PROPOSED, RUNNING, STOPPED = "proposed", "running", "stopped"
SCHEDULE = Lifecycle(
    "schedule",
    {PROPOSED: "待批准", RUNNING: "生效", STOPPED: "停用"},
    [
        _row(
            "approve_schedule", "批准定期哨", (PROPOSED,), RUNNING, APPROVE, rules.is_second_person,
            clock="plan the next",
        ),
        _row("judge_schedule", "研判定期哨", (RUNNING,), None, JUDGE, rules.units_fit),
        _row("stop_schedule", "停用定期哨", (PROPOSED, RUNNING), STOPPED, BLOW, clock="cancel", reason=True),
    ],
)  # fmt: skip
