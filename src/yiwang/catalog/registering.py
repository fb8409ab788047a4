"""Registering 登记 with the frame: menu entries, tones of states, words for kinds of journal entries."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from ..interface.public import Entry, give_tone, label_kinds, navigation
from .states import (
    ADMIT,
    ADMITTED,
    APPLIED,
    DRAFT,
    DROPPED,
    NOT_ADMITTED,
    PERMISSION,
    PUBLISH,
    PUBLISHED,
    REVIEW,
    REVIEWED,
    SUBMITTED,
)

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
        "catalog.admission",
        _("准入清单"),
        "catalog:admission",
        icon="clipboard-list",
        section=_SECTION,
        order=26,
    ),
    # the same page for who reviews and for who admits: three people, so nobody holds both
    Entry(
        "catalog.admission_reviewing",
        _("准入审核"),
        "catalog:admission_queue",
        act=REVIEW,
        icon="checks",
        section=_SECTION,
        order=27,
    ),
    Entry(
        "catalog.admission_admitting",
        _("准入批准"),
        "catalog:admission_queue",
        act=ADMIT,
        icon="checks",
        section=_SECTION,
        order=27,
    ),
    Entry(
        "catalog.exemptions",
        _("应急豁免"),
        "catalog:exemptions",
        icon="bell",
        section=_SECTION,
        order=28,
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
    "catalog.publishing_rule_saved": _("设定权责变更发布规则"),
    "catalog.process_added": _("新增标准流程"),
    "catalog.process_ended": _("终止标准流程"),
    "catalog.process_switched": _("开关自行派单"),
    "catalog.admission_applied": _("申请准入"),
    "catalog.admission_review": _("审核通过准入申请"),
    "catalog.admission_refuse_review": _("准入申请审核不通过"),
    "catalog.admission_admit": _("批准准入"),
    "catalog.admission_refuse": _("不予准入"),
    "catalog.admission_withdraw": _("撤回准入申请"),
    "catalog.admission_take_back": _("收回准入事项"),
    "catalog.admission_loaded": _("载入准入清单示例"),
    "catalog.admission_rule_saved": _("设定准入校验规则"),
    "catalog.exemption_asked": _("申请应急豁免"),
    "catalog.exemption_granted": _("批准应急豁免"),
    "catalog.exemption_refused": _("未批准应急豁免"),
    "catalog.exemption_taken_back": _("撤回应急豁免申请"),
    "catalog.exemption_ended": _("提前结束应急豁免"),
    "catalog.class_marked": _("设定行政检查标记"),
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
    give_tone("waiting", APPLIED, REVIEWED)
    give_tone("good", ADMITTED)
    give_tone("bad", NOT_ADMITTED)
    label_kinds(_KINDS)
