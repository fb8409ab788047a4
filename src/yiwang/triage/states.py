"""Lifecycles of triage: a precedent 先例 waits until an editor takes it over or dismisses it."""

from __future__ import annotations

from ..kernel.states import Lifecycle, Transition

OPEN, TAKEN, DISMISSED = "open", "taken", "dismissed"
_EDIT = "catalog.edit"

PRECEDENT = Lifecycle(
    "precedent",
    {OPEN: "待处理", TAKEN: "已加入草案", DISMISSED: "不采纳"},
    [
        Transition("take_over", "加入草案", frozenset({OPEN}), TAKEN, _EDIT),
        Transition("dismiss", "不采纳", frozenset({OPEN}), DISMISSED, _EDIT, reason=True),
    ],
)
