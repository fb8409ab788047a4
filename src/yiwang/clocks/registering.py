"""Registering 登记 with the frame: the menu entry, tones of states, words for kinds of journal entries."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from ..interface.public import Entry, give_tone, label_kinds, navigation
from .states import APPROVE, APPROVED, DONE, EDIT, PROPOSED, REJECTED

_ADMIN = _("系统管理")
_KINDS = {
    "clocks.years_loaded": _("载入放假安排"),
    "clocks.day_set": _("本地调整"),
    "clocks.day_cleared": _("撤销本地调整"),
    "clocks.hours_set": _("设定作息时间"),
    "clocks.hours_cleared": _("撤销作息时间"),
    "clocks.correction_proposed": _("提请日历更正"),
    "clocks.correction_approved": _("批准日历更正"),
    "clocks.correction_rejected": _("驳回日历更正"),
    "clocks.correction_finished": _("完成日历更正"),
}


def register() -> None:
    """Register everything; called once when the app is ready."""
    # the same page twice, for who edits and for who decides; nobody holds both in the package's post kinds
    navigation.add(Entry("clocks.calendar", _("工作日历"), "clocks:calendar", EDIT, "calendar", _ADMIN, 935))
    navigation.add(
        Entry("clocks.corrections", _("日历更正"), "clocks:calendar", APPROVE, "calendar", _ADMIN, 936)
    )
    give_tone("waiting", PROPOSED)
    give_tone("active", APPROVED)
    give_tone("good", DONE)
    give_tone("neutral", REJECTED)
    label_kinds(_KINDS)
