"""Registering 登记 of applications: panel, menu entries, tones and words for journal entries."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from ..cases.public import applications
from ..interface.public import Entry, Panel, give_tone, label_kinds, navigation, panels

APPLICATION_PANEL = Panel(
    "workbench.applications", "cases.case", _("延期、挂账与申诉"), "workbench:case_applications",
    act="cases.view", queries=9, order=40,
)  # fmt: skip
_ENTRIES = (
    Entry(
        "workbench.applications", _("待批申请"), "workbench:applications", act="cases.view",
        icon="hourglass", order=65,
    ),
    Entry(
        "workbench.application_rules", _("申请规则"), "workbench:application_rules", act="cases.configure",
        icon="hourglass", section=_("规则"), order=15,
    ),
)  # fmt: skip
_KINDS = {
    "cases.application_asked": _("提出申请"),
    "cases.application_endorsed": _("初审同意"),
    "cases.application_approved": _("批准申请"),
    "cases.application_refused": _("申请不予批准"),
    "cases.application_taken_back": _("收回申请"),
    "cases.application_lapsed": _("申请随任务失效"),
    "cases.application_restored": _("申请随拆分恢复待批"),
    "cases.application_rule_set": _("设定申请规则"),
    "cases.application_rule_changed": _("更改申请规则"),
    "cases.application_rule_ended": _("停用申请规则"),
    "cases.application_reason_added": _("新增申请事由"),
    "cases.application_reason_ended": _("停用申请事由"),
}


def register_applications() -> None:
    """Register everything; called once when the app is ready."""
    for entry in _ENTRIES:
        navigation.add(entry)
    panels.add(APPLICATION_PANEL)
    give_tone("warning", applications.SUSPENDED)
    give_tone("neutral", "taken_back")
    label_kinds(_KINDS)
