"""Registering 登记 of the owner stage: menu entry, panels, words for kinds of journal entries."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from ..interface.public import Entry, Panel, give_tone, label_kinds, navigation, panels

_ENTRY = Entry(
    "triage.precedents", _("权责先例"), "triage:precedents", act="catalog.edit", icon="history",
    section=_("事项"), order=24,
)  # fmt: skip
#: Replays of a draft of the responsibility list, on the draft's page.
REPLAYS_PANEL = Panel(
    "triage.replays", "catalog.draft", _("发布前重放"), "triage:draft_replays", queries=2, order=10
)
#: The standard process of a case, on the case's page.
PROCESS_PANEL = Panel(
    "triage.process", "cases.case", _("标准流程"), "triage:case_process", act="cases.view", queries=10,
    order=40, area="side",
)  # fmt: skip
_KINDS = {
    "triage.replay_asked": _("重放权责变更"),
    "triage.replay_finished": _("重放结束"),
    "triage.precedent_noted": _("记录权责先例"),
    "triage.precedent_taken": _("先例加入草案"),
    "triage.precedent_dismissed": _("不采纳先例"),
}


def register() -> None:
    """Register everything; called once when the app is ready."""
    navigation.add(_ENTRY)
    panels.add(REPLAYS_PANEL)
    panels.add(PROCESS_PANEL)
    give_tone("good", "taken")
    give_tone("neutral", "dismissed")
    label_kinds(_KINDS)
