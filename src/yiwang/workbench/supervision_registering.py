"""Registering 登记 of supervision: menu entries, the panel, tones and words for journal entries."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from ..interface.public import Entry, Panel, give_tone, label_kinds, navigation, panels

#: What was urged, supervised and listed on a case, and what is still owed.
SUPERVISION_PANEL = Panel(
    "workbench.supervision", "cases.case", _("催督办"), "workbench:case_supervision", act="cases.view",
    queries=8, order=30,
)  # fmt: skip
#: Above the queue: answers that are owed, supervisions to settle, applications to decide.
DESK_PANEL = Panel(
    "workbench.desk_notices", "workbench.desk", _("待您处理"), "workbench:desk_notices", act="cases.view",
    queries=8, order=30, area="notice",
)  # fmt: skip
_ENTRIES = (
    Entry(
        "workbench.supervisions", _("督办台账"), "workbench:supervisions", act="cases.view", icon="bell",
        order=55,
    ),
    Entry(
        "workbench.ladders", _("催督办阶梯"), "workbench:ladders", act="cases.configure", icon="bell",
        section=_("规则"), order=17,
    ),
)  # fmt: skip
_KINDS = {
    "cases.ladder_set": _("设定催督办阶梯"),
    "cases.ladder_changed": _("更改催督办阶梯"),
    "cases.ladder_ended": _("停用催督办阶梯"),
    "cases.ladder_switched": _("启用或停止事件触发"),
}


def register_supervision() -> None:
    """Register everything; called once when the app is ready."""
    for entry in _ENTRIES:
        navigation.add(entry)
    panels.add(SUPERVISION_PANEL)
    panels.add(DESK_PANEL)
    give_tone("neutral", "noted", "settled")
    give_tone("warning", "awaited")
    give_tone("active", "answered")
    give_tone("bad", "listed")
    label_kinds(_KINDS)
