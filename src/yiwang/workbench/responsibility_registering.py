"""Registering 登记 of returns and disputes: menu entries, the panel, words for kinds of journal entries."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from ..interface.public import Entry, Panel, give_tone, label_kinds, navigation, panels

_ENTRIES = (
    Entry(
        "workbench.returns", _("退单审核"), "workbench:returns", act="cases.review", icon="arrow-back-up",
        order=62,
    ),
    Entry(
        "workbench.disputes", _("争议裁定"), "workbench:disputes", act="cases.arbitrate", icon="hierarchy",
        order=64,
    ),
    Entry(
        "workbench.return_rules", _("退单与兜底规则"), "workbench:return_rules", act="cases.configure",
        icon="arrows-split", section=_("规则"), order=15,
    ),
)  # fmt: skip
#: Whose job the case is, who returned it, and what was ruled.
RESPONSIBILITY_PANEL = Panel(
    "workbench.responsibility", "cases.case", _("退单与责任"), "workbench:responsibility", act="cases.view",
    queries=12, order=20,
)  # fmt: skip
_KINDS = {
    "cases.return_asked": _("申请退单"),
    "cases.return_granted": _("准予退单（协办）"),
    "cases.return_refused": _("不予退单"),
    "cases.return_referred": _("提请裁定"),
    "cases.return_taken_back": _("收回退单申请"),
    "cases.return_lapsed": _("退单申请失效"),
    "cases.arbitration_asked": _("提起争议裁定"),
    "cases.arbitration_view": _("会商意见"),
    "cases.arbitration_lapsed": _("争议裁定失效"),
    "cases.first_asked": _("记为首问"),
    "cases.return_rule_set": _("设定退单规则"),
    "cases.return_reason_added": _("新增退单理由"),
    "cases.return_reason_ended": _("停用退单理由"),
    "cases.fallback_set": _("设定兜底单位"),
    "cases.fallback_ended": _("停用兜底单位"),
}


def register() -> None:
    """Register everything; called once when the app is ready."""
    for entry in _ENTRIES:
        navigation.add(entry)
    panels.add(RESPONSIBILITY_PANEL)
    give_tone("active", "arbitrating")
    give_tone("good", "ruled")
    give_tone("neutral", "lapsed", "taken_back", "returned", "handed")
    label_kinds(_KINDS)
