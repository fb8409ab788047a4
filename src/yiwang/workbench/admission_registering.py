"""Registering 登记 of admission: the panel of a case, the list of refusals, words for journal entries."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from ..interface.public import Entry, Panel, give_tone, label_kinds, navigation, panels

_ENTRY = Entry(
    "workbench.refusals", _("清单外拒收"), "workbench:refusals", act="cases.dispatch", icon="ban", order=66
)
#: Why the case may or may not go to grid and community level, and why its tasks could.
ADMISSION_PANEL = Panel(
    "workbench.admission", "cases.case", _("准入依据"), "workbench:admission", act="cases.view", queries=8,
    order=45, area="side",
)  # fmt: skip
_KINDS = {
    "cases.exemption_used": _("使用应急豁免"),
    "cases.refuse_unlisted": _("清单外拒收"),
    "cases.co_unit_refused_unlisted": _("清单外拒收（协办）"),
}


def register() -> None:
    """Register everything; called once when the app is ready."""
    navigation.add(_ENTRY)
    panels.add(ADMISSION_PANEL)
    give_tone("neutral", "unlisted")
    label_kinds(_KINDS)
