"""Reactions 反应 of same-day closing: its timer, and words for the entries of levels and call-backs."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from ..clocks.public import timer_handler
from ..interface.public import label_kinds
from ..kernel.actor import system_actor
from .services.same_day import mark_same_day_missed
from .services.same_day_ending import SAME_DAY_TIMER

CLOCK = system_actor("clock", "cases.view")

label_kinds(
    {
        "cases.same_day_opened": _("列入当日清零"),
        "cases.same_day_ended": _("当日清零结束"),
        "cases.same_day_missed": _("超过清零时限"),
        "cases.site_confirmation_asked": _("派人现场确认"),
        "cases.level_raised_by_rule": _("按规则提级"),
        "cases.callback_tried": _("回访联系"),
        "cases.unsolved": _("多次办理仍未解决"),
        "cases.loop_rule_set": _("设定办理规则"),
        "cases.loop_rule_ended": _("停用办理规则"),
    }
)


@timer_handler(SAME_DAY_TIMER)
def same_day_is_missed(*, subject: UUID, generation: int, due_at: datetime, at: datetime) -> None:
    """The cut-off of a hazard has passed: mark it."""
    mark_same_day_missed(actor=CLOCK, at=at, same_day_id=subject)
