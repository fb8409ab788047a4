"""Registering 登记 with the frame: menu entries, tones of states, words for kinds of journal entries."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from ..interface.public import Entry, give_tone, label_kinds, navigation
from .states import DRAFT, DROPPED, PERMISSION, PUBLISH, PUBLISHED, SUBMITTED

_SECTION = _("事项")
_ENTRIES = (
    Entry("catalog.catalog", _("事项目录"), "catalog:catalog", icon="book", section=_SECTION, order=10),
    Entry(
        "catalog.responsibilities",
        _("权责清单"),
        "catalog:responsibilities",
        icon="hierarchy",
        section=_SECTION,
        order=20,
    ),
    Entry(
        "catalog.drafts",
        _("权责变更草案"),
        "catalog:drafts",
        act=PERMISSION,
        icon="git-merge",
        section=_SECTION,
        order=22,
    ),
    # the same page for who publishes; nobody holds both acts in the package's post kinds
    Entry(
        "catalog.publishing",
        _("权责变更发布"),
        "catalog:drafts",
        act=PUBLISH,
        icon="git-merge",
        section=_SECTION,
        order=23,
    ),
    Entry(
        "catalog.processes",
        _("标准流程"),
        "catalog:processes",
        icon="route",
        section=_SECTION,
        order=25,
    ),
    Entry(
        "catalog.quarantine",
        _("时限隔离"),
        "catalog:quarantine",
        act=PERMISSION,
        icon="alert-triangle",
        section=_SECTION,
        order=30,
    ),
)
_KINDS = {
    "catalog.scheme_added": _("新建分类体系"),
    "catalog.scheme_loaded": _("载入内置事项目录"),
    "catalog.standard_imported": _("导入立案标准"),
    "catalog.responsibility_added": _("新增权责清单行"),
    "catalog.responsibility_ended": _("终止权责清单行"),
    "catalog.draft_created": _("编制权责变更草案"),
    "catalog.draft_revised": _("修改权责变更草案"),
    "catalog.draft_change_added": _("草案加入变更"),
    "catalog.draft_change_removed": _("草案移除变更"),
    "catalog.draft_submitted": _("提请发布权责变更"),
    "catalog.draft_sent_back": _("退回权责变更草案"),
    "catalog.draft_published": _("发布权责变更"),
    "catalog.draft_dropped": _("放弃权责变更草案"),
    "catalog.process_added": _("新增标准流程"),
    "catalog.process_ended": _("终止标准流程"),
    "catalog.process_switched": _("开关自行派单"),
    "catalog.row_quarantined": _("再次隔离"),
    "catalog.row_correction_noted": _("更正隔离行"),
    "catalog.row_corrected": _("重放隔离行"),
    "catalog.row_dropped": _("放弃隔离行"),
}


def register() -> None:
    """Register everything; called once when the app is ready."""
    for entry in _ENTRIES:
        navigation.add(entry)
    give_tone("waiting", "open", SUBMITTED)
    give_tone("active", DRAFT)
    give_tone("good", PUBLISHED)
    give_tone("neutral", DROPPED)
    give_tone("good", "corrected")
    give_tone("neutral", "dropped")
    label_kinds(_KINDS)
