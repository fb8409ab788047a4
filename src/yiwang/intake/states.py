"""States 状态 of intake: what we ask of a source that decides, and what becomes of it."""

from __future__ import annotations

from ..kernel.states import Lifecycle, Transition

ASKED, GRANTED, REFUSED, TAKEN_BACK = "asked", "granted", "refused", "taken_back"


def _row(action: str, label: str, target: str, permission: str, clock: str = "") -> Transition:
    return Transition(action, label, frozenset({ASKED}), target, permission, (), clock)


SOURCE_REQUEST = Lifecycle(
    "source_request",
    {ASKED: "待来源答复", GRANTED: "来源同意", REFUSED: "来源不同意", TAKEN_BACK: "已收回"},
    [
        _row("grant", "来源同意", GRANTED, "intake.exchange", "set the source's limit anew"),
        _row("refuse", "来源不同意", REFUSED, "intake.exchange"),
        _row("take_back", "收回申请", TAKEN_BACK, "cases.dispatch"),
    ],
)
