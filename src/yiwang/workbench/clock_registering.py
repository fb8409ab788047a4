"""Registering 登记 of clocks: the panel of a case, the menu entry of limits, words of entries."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from ..interface.public import Entry, Panel, label_kinds, navigation, panels

CLOCK_PANEL = Panel(
    "workbench.clocks", "cases.case", _("时限"), "workbench:clock_panel", act="cases.view", queries=8,
    order=20,
)  # fmt: skip
_ENTRY = Entry(
    "workbench.stage_limits", _("阶段时限"), "workbench:stage_limits", act="cases.configure", icon="clock",
    section=_("规则"), order=15,
)  # fmt: skip
_KINDS = {
    "cases.contacted": _("联系诉求人"),
    "cases.stage_limit_set": _("设定阶段时限"),
    "cases.stage_limit_changed": _("更改阶段时限"),
    "cases.stage_limit_ended": _("停用阶段时限"),
}


def register() -> None:
    """Register everything; called once when the app is ready."""
    panels.add(CLOCK_PANEL)
    navigation.add(_ENTRY)
    label_kinds(_KINDS)
