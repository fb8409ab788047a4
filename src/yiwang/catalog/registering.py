"""Registering 登记 with the frame: menu entries, tones of states, words for kinds of journal entries."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from ..interface.public import Entry, give_tone, label_kinds, navigation
from .states import PERMISSION

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
    "catalog.row_quarantined": _("再次隔离"),
    "catalog.row_correction_noted": _("更正隔离行"),
    "catalog.row_corrected": _("重放隔离行"),
    "catalog.row_dropped": _("放弃隔离行"),
}


def register() -> None:
    """Register everything; called once when the app is ready."""
    for entry in _ENTRIES:
        navigation.add(entry)
    give_tone("waiting", "open")
    give_tone("good", "corrected")
    give_tone("neutral", "dropped")
    label_kinds(_KINDS)
