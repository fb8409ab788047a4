"""Lifecycles of the catalog: quarantined row 时限隔离, draft 权责变更草案, admission 准入.

An admission passes three people: who applies, who reviews, who admits.
"""

from __future__ import annotations

from ..kernel.states import Lifecycle, Transition
from .rules.admission import admits_as_third_person, is_who_applied, reviews_as_second_person

PERMISSION = "catalog.edit"
PUBLISH = "catalog.publish"
DRAFT, SUBMITTED, PUBLISHED, DROPPED = "draft", "submitted", "published", "dropped"
#: Named acts of the admitted lists.
APPLY, REVIEW, ADMIT, EXEMPT = (
    "catalog.apply_admission", "catalog.review_admission", "catalog.admit", "catalog.exempt",
)  # fmt: skip
APPLIED, REVIEWED, ADMITTED = "applied", "reviewed", "admitted"
NOT_ADMITTED, RECALLED, WITHDRAWN = "not_admitted", "recalled", "withdrawn"
#: States in which a row has stood on its list on the days of its validity.
LISTED_STATES = (ADMITTED, RECALLED)
WAITING_STATES = (APPLIED, REVIEWED)

LIMIT_QUARANTINE = Lifecycle(
    "limit_quarantine",
    {"open": "待处理", "corrected": "已更正", "dropped": "已放弃"},
    [
        Transition("correct", "更正", frozenset({"open"}), None, PERMISSION),
        Transition("replay", "重放", frozenset({"open"}), "corrected", PERMISSION),
        Transition("drop", "放弃", frozenset({"open"}), "dropped", PERMISSION, reason=True),
    ],
)

RESPONSIBILITY_DRAFT = Lifecycle(
    "responsibility_draft",
    {DRAFT: "编制中", SUBMITTED: "待发布", PUBLISHED: "已发布", DROPPED: "已放弃"},
    [
        Transition("revise", "修改", frozenset({DRAFT}), None, PERMISSION),
        Transition("submit", "提请发布", frozenset({DRAFT}), SUBMITTED, PERMISSION),
        Transition("publish", "发布", frozenset({SUBMITTED}), PUBLISHED, PUBLISH),
        Transition("send_back", "退回", frozenset({SUBMITTED}), DRAFT, PUBLISH, reason=True),
        Transition("drop", "放弃", frozenset({DRAFT, SUBMITTED}), DROPPED, PERMISSION),
    ],
)

ADMISSION = Lifecycle(
    "admission",
    {
        APPLIED: "待审核",
        REVIEWED: "待批准",
        ADMITTED: "已准入",
        NOT_ADMITTED: "未准入",
        RECALLED: "已收回",
        WITHDRAWN: "已撤回申请",
    },
    [
        Transition(
            "review", "审核通过", frozenset({APPLIED}), REVIEWED, REVIEW,
            (reviews_as_second_person,), reason=True,
        ),
        Transition(
            "refuse_review", "审核不通过", frozenset({APPLIED}), NOT_ADMITTED, REVIEW,
            (reviews_as_second_person,), reason=True,
        ),
        Transition("admit", "批准准入", frozenset({REVIEWED}), ADMITTED, ADMIT, (admits_as_third_person,)),
        Transition(
            "refuse", "不予准入", frozenset({REVIEWED}), NOT_ADMITTED, ADMIT, (admits_as_third_person,),
            reason=True,
        ),
        Transition(
            "withdraw", "撤回申请", frozenset({APPLIED, REVIEWED}), WITHDRAWN, APPLY, (is_who_applied,)
        ),
        Transition("take_back", "收回事项", frozenset({ADMITTED}), RECALLED, ADMIT, reason=True),
    ],
)  # fmt: skip
