"""Lifecycles of the catalog: quarantined row 时限隔离, draft 权责变更草案, admission 准入, 应急豁免.

An admission passes three people: who applies, who reviews, who admits. An exemption passes two.
"""

from __future__ import annotations

from ..kernel.states import Lifecycle, Transition
from .rules.admission import (
    admits_as_third_person,
    grants_as_second_person,
    is_who_applied,
    is_who_asked,
    reviews_as_second_person,
)
from .rules.publishing import publishes_as_second_person

PERMISSION = "catalog.edit"
PUBLISH = "catalog.publish"
DRAFT, SUBMITTED, PUBLISHED, DROPPED = "draft", "submitted", "published", "dropped"
#: Named acts of the admitted lists.
APPLY, REVIEW, ADMIT = "catalog.apply_admission", "catalog.review_admission", "catalog.admit"
ASK_EXEMPTION, EXEMPT = "catalog.ask_exemption", "catalog.exempt"
APPLIED, REVIEWED, ADMITTED = "applied", "reviewed", "admitted"
NOT_ADMITTED, RECALLED, WITHDRAWN = "not_admitted", "recalled", "withdrawn"
#: States in which a row has stood on its list on the days of its validity.
LISTED_STATES = (ADMITTED, RECALLED)
WAITING_STATES = (APPLIED, REVIEWED)
#: States of an exemption; only a granted one opens anything, until its end.
ASKED, GRANTED, REFUSED, TAKEN_BACK = "asked", "granted", "refused", "taken_back"

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
        Transition(
            "publish", "发布", frozenset({SUBMITTED}), PUBLISHED, PUBLISH, (publishes_as_second_person,)
        ),
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

EXEMPTION = Lifecycle(
    "exemption",
    {ASKED: "待批准", GRANTED: "已批准", REFUSED: "未批准", TAKEN_BACK: "已撤回申请"},
    [
        Transition("grant", "批准豁免", frozenset({ASKED}), GRANTED, EXEMPT, (grants_as_second_person,)),
        Transition(
            "refuse", "不予豁免", frozenset({ASKED}), REFUSED, EXEMPT, (grants_as_second_person,), reason=True
        ),
        Transition(
            "take_back", "撤回豁免申请", frozenset({ASKED}), TAKEN_BACK, ASK_EXEMPTION, (is_who_asked,)
        ),
        Transition("end", "提前结束", frozenset({GRANTED}), None, EXEMPT),
    ],
)
