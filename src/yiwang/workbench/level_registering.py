"""Registering 登记 of levels, same-day closing and call-backs with the frame: menu entries and a panel."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from ..interface.public import Entry, Panel, give_tone, navigation, panels

_ENTRIES = (
    Entry(
        "workbench.same_day", _("当日清零"), "workbench:same_day", act="cases.view", icon="alert-triangle",
        order=44,
    ),
    Entry(
        "workbench.looks", _("现场确认"), "workbench:looks", act="cases.confirm_site", icon="map-pin",
        order=45,
    ),
    Entry(
        "workbench.callbacks", _("回访"), "workbench:callbacks", act="cases.rate", icon="phone-call", order=52
    ),
    Entry(
        "workbench.level_rules", _("流转、清零和回访规则"), "workbench:level_rules", act="cases.configure",
        icon="settings", section=_("规则"), order=15,
    ),
)  # fmt: skip
#: Levels, same-day clock, looks and call-backs of a case.
LEVEL_PANEL = Panel(
    "workbench.levels", "cases.case", _("流转、清零与回访"), "workbench:level_panel", act="cases.view",
    queries=10, order=40, area="side",
)  # fmt: skip
#: Closed cases that a new one may say again, above its page; empty for most.
REPEAT_NOTICE = Panel(
    "workbench.repeat_notice", "cases.case", _("疑似重复来件"), "workbench:repeat_notice", act="cases.reopen",
    queries=10, order=5, area="notice",
)  # fmt: skip


def register() -> None:
    """Register everything; called once when the app is ready."""
    for entry in _ENTRIES:
        navigation.add(entry)
    panels.add(LEVEL_PANEL)
    panels.add(REPEAT_NOTICE)
    give_tone("bad", "unreached", "late", "not_real")
    give_tone("good", "cleared", "real")
    give_tone("waiting", "not_found")
