"""Registering 登记 with the frame: the menu entry, tones of states, words for kinds of journal entries."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

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

#: What days are called 日历日名称, by the official arrangement and in explanations of deadlines. A name is
#: kept in Chinese wherever it is stored, and has its English here.
DAY_NAMES = (
    gettext_noop("元旦"),
    gettext_noop("农历除夕"),
    gettext_noop("春节"),
    gettext_noop("春节补假"),
    gettext_noop("清明节"),
    gettext_noop("清明节补假"),
    gettext_noop("劳动节"),
    gettext_noop("劳动节补假"),
    gettext_noop("端午节"),
    gettext_noop("端午节补假"),
    gettext_noop("中秋节"),
    gettext_noop("中秋节补假"),
    gettext_noop("国庆节"),
    gettext_noop("国庆节补假"),
    gettext_noop("调休"),
    gettext_noop("补假"),
    gettext_noop("调休上班"),
    gettext_noop("周末"),
    gettext_noop("放假"),
    gettext_noop("本地停班"),
    gettext_noop("本地时段"),
)


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
