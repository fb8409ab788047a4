"""Registering 登记 with the frame: menu entries, panels, words for kinds of journal entries."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from ..interface.public import Entry, Panel, give_tone, label_kinds, navigation, panels
from . import (
    class_registering,
    issue_registering,
    owning_registering,
    placing_registering,
    repeat_registering,
)

SECTION = _("研判分拨")
_ENTRIES = (
    Entry(
        "triage.rules", _("自动办理规则"), "triage:rules", act="triage.configure", icon="robot",
        section=SECTION, order=10,
    ),
)  # fmt: skip
#: What triage proposes for a case that waits for acceptance or dispatch, beside its next acts.
PROPOSAL_PANEL = Panel(
    "triage.proposal", "cases.case", _("研判建议"), "triage:proposal_panel", act="cases.view", queries=12,
    area="lead",
)  # fmt: skip
_KINDS = {
    "triage.proposed": _("研判建议"),
    "triage.acted": _("自动办理"),
    "triage.merged": _("自动合并"),
    "triage.left": _("留给人办理"),
    "triage.words_erased": _("依法删除研判中的原话"),
    "triage.accepted": _("采纳研判建议"),
    "triage.changed": _("改动研判建议"),
    "triage.undone": _("撤销自动办理"),
    "triage.rule_set": _("设定自动办理规则"),
    "triage.rule_ended": _("停用自动办理规则"),
}


def register() -> None:
    """Register everything; called once when the app is ready."""
    for entry in _ENTRIES:
        navigation.add(entry)
    panels.add(PROPOSAL_PANEL)
    class_registering.register()
    issue_registering.register()
    owning_registering.register()
    repeat_registering.register()
    give_tone("good", "sure", "found", "none")
    give_tone("waiting", "unsure", "ambiguous", "suggest", "unknown")
    give_tone("active", "merge")
    give_tone("bad", "outside")
    label_kinds(_KINDS)
    placing_registering.register()
