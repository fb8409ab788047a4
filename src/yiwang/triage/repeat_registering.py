"""Registering 登记 of repeats with the frame: menu entries, the panel on the case page, words."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from ..interface.public import Entry, Panel, label_kinds, navigation, panels

_ENTRIES = (
    Entry(
        "triage.clusters", _("一事多诉"), "triage:clusters", act="cases.view", icon="stack",
        section=_("研判分拨"), order=30,
    ),
    Entry(
        "triage.repeat_rules", _("查重规则"), "triage:repeat_rules", act="triage.configure",
        icon="adjustments", section=_("研判分拨"), order=70,
    ),
)  # fmt: skip
#: Open cases that may be the same problem, beside the next acts.
REPEAT_PANEL = Panel(
    "triage.repeats", "cases.case", _("疑似重复"), "triage:repeat_panel", act="cases.view", queries=14,
    order=7,
)  # fmt: skip
_KINDS = {
    "triage.pair_judged": _("重复判定"),
    "triage.repeat_rule_set": _("设定查重规则"),
    "triage.repeat_rule_ended": _("停用查重规则"),
}


def register() -> None:
    """Register everything; called once when the app is ready."""
    for entry in _ENTRIES:
        navigation.add(entry)
    panels.add(REPEAT_PANEL)
    label_kinds(_KINDS)
