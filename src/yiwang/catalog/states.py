"""Lifecycles of the catalog: a quarantined row 时限隔离, a draft of responsibilities 权责变更草案."""

from __future__ import annotations

from ..kernel.states import Lifecycle, Transition

PERMISSION = "catalog.edit"
PUBLISH = "catalog.publish"
DRAFT, SUBMITTED, PUBLISHED, DROPPED = "draft", "submitted", "published", "dropped"

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
