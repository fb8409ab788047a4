"""Registering 登记 of hot issues and answer checks with the frame: menu, panels, words for the journal."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from ..interface.public import Entry, Panel, label_kinds, navigation, panels

_ENTRY = Entry(
    "triage.issues",
    _("热点问题"),
    "triage:issues",
    act="cases.view",
    icon="chart-bar",
    section=_("研判分拨"),
    order=20,
)
#: Hot issues a case belongs to, beside its next acts.
ISSUE_PANEL = Panel(
    "triage.issues", "cases.case", _("热点问题"), "triage:issue_panel", act="cases.view", queries=4,
    order=60, area="side",
)  # fmt: skip
#: What strikes the eye in a unit's reply, for whoever reviews it.
ANSWER_PANEL = Panel(
    "triage.answer",
    "cases.case",
    _("答复检查"),
    "triage:answer_panel",
    act="cases.review",
    queries=8,
    order=6,
)
_KINDS = {
    "triage.reckoning_asked": _("发起热点研判"),
    "triage.reckoned": _("完成热点研判"),
    "triage.issue_found": _("发现热点问题"),
    "triage.issue_merged": _("热点问题并入"),
    "triage.issue_named": _("热点问题改名"),
    "triage.answer_published": _("公布公开答复"),
    "triage.answer_changed": _("更新公开答复"),
    "triage.answer_withdrawn": _("撤下公开答复"),
}


def register() -> None:
    """Register everything; called once when the app is ready."""
    navigation.add(_ENTRY)
    panels.add(ISSUE_PANEL)
    panels.add(ANSWER_PANEL)
    label_kinds(_KINDS)
