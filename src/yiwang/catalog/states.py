"""Lifecycle of a quarantined row 时限隔离: open until somebody corrects or drops it."""

from __future__ import annotations

from ..kernel.states import Lifecycle, Transition

PERMISSION = "catalog.edit"

LIMIT_QUARANTINE = Lifecycle(
    "limit_quarantine",
    {"open": "待处理", "corrected": "已更正", "dropped": "已放弃"},
    [
        Transition("correct", "更正", frozenset({"open"}), None, PERMISSION),
        Transition("replay", "重放", frozenset({"open"}), "corrected", PERMISSION),
        Transition("drop", "放弃", frozenset({"open"}), "dropped", PERMISSION, reason=True),
    ],
)
