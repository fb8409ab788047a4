"""Lifecycle of a calendar correction 日历更正: proposed, decided by a second person, carried out."""

from __future__ import annotations

from ..kernel.states import Lifecycle, Transition
from .rules import is_second_person

PROPOSED, APPROVED, DONE, REJECTED = "proposed", "approved", "done", "rejected"
OPEN_CORRECTIONS = (PROPOSED, APPROVED)
EDIT, APPROVE, CARRY_OUT = "clocks.edit", "clocks.approve", "clocks.carry_out"

CALENDAR_CORRECTION = Lifecycle(
    "calendar_correction",
    {PROPOSED: "待批准", APPROVED: "更正中", DONE: "已完成", REJECTED: "已驳回"},
    [
        Transition(
            "approve", "批准", frozenset({PROPOSED}), APPROVED, APPROVE, (is_second_person,),
            clock="move deadlines that an older calendar gave",
        ),
        Transition(
            "reject", "驳回", frozenset({PROPOSED}), REJECTED, APPROVE, (is_second_person,), reason=True
        ),
        Transition("finish", "完成", frozenset({APPROVED}), DONE, CARRY_OUT),
    ],
)  # fmt: skip
