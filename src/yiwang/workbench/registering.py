"""Registering 登记 with the frame: menu entries, tones of states, words for kinds of journal entries."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from ..cases.public import CASE
from ..interface.public import Entry, give_tone, label_kinds, navigation
from . import responsibility_registering

_RULES = _("规则")
_ENTRIES = (
    Entry("workbench.queue", _("我的待办"), "workbench:queue", icon="inbox", order=10),
    Entry(
        "workbench.register",
        _("登记诉求"),
        "workbench:register",
        act="cases.receive",
        icon="phone-call",
        order=20,
    ),
    Entry("workbench.cases", _("全部案件"), "workbench:cases", act="cases.view", icon="list", order=30),
    Entry("workbench.map", _("案件地图"), "workbench:map", act="cases.view", icon="map", order=40),
    Entry(
        "workbench.rechecks",
        _("抽查"),
        "workbench:rechecks",
        act="cases.recheck",
        icon="clipboard-check",
        order=50,
    ),
    Entry(
        "workbench.corrections",
        _("待批准更正"),
        "workbench:corrections",
        act="cases.approve_correction",
        icon="pencil",
        order=60,
    ),
    Entry(
        "workbench.erasures",
        _("个人信息删除"),
        "workbench:erasures",
        act="cases.erase",
        icon="trash",
        order=70,
    ),
    Entry("workbench.phrases", _("常用语"), "workbench:phrases", act="cases.view", icon="message", order=80),
    Entry(
        "workbench.policies",
        _("办理规则"),
        "workbench:policies",
        act="cases.configure",
        icon="settings",
        section=_RULES,
        order=10,
    ),
    Entry(
        "workbench.scale",
        _("评价选项"),
        "workbench:scale",
        act="cases.configure",
        icon="star",
        section=_RULES,
        order=20,
    ),
    Entry(
        "workbench.shared_phrases",
        _("全员常用语"),
        "workbench:shared_phrases",
        act="cases.configure",
        icon="message-circle",
        section=_RULES,
        order=30,
    ),
)

_KINDS = {
    "cases.evidence_added": _("上传证据"),
    "cases.received": _("案件建立"),
    "cases.signed": _("签收"),
    "cases.task_done": _("承办单位反馈"),
    "cases.overdue": _("超过时限"),
    "cases.claimed": _("开始处理"),
    "cases.released": _("放回"),
    "cases.contact_revealed": _("查看联系方式"),
    "cases.followed_up": _("诉求有后续来件"),
    "cases.absorbed": _("并入他案诉求"),
    "cases.released_case": _("拆分还原他案"),
    "cases.answered_at_once": _("当场办理"),
    "cases.sample_rechecked": _("抽查"),
    "cases.report_received": _("诉求登记"),
    "cases.source_limit_set": _("来源时限变动"),
    "cases.correction_requested": _("申请更正"),
    "cases.corrected": _("行政更正"),
    "cases.correction_refused": _("更正未批准"),
    "cases.correction_taken_back": _("收回更正申请"),
    "cases.erasure_requested": _("申请删除个人信息"),
    "cases.erasure_refused": _("不予删除"),
    "cases.report_erased": _("依法删除个人信息"),
    "cases.marked_sensitive": _("设为敏感"),
    "cases.unmarked_sensitive": _("解除敏感"),
    "cases.access_granted": _("列入名单"),
    "cases.access_revoked": _("移出名单"),
    "cases.policy_set": _("设定办理规则"),
    "cases.policy_changed": _("更改办理规则"),
    "cases.policy_ended": _("停用办理规则"),
    "cases.option_added": _("新增评价选项"),
    "cases.option_ended": _("停用评价选项"),
    "cases.option_moved": _("调整评价选项次序"),
    "cases.phrase_added": _("新增常用语"),
    "cases.phrase_edited": _("修改常用语"),
    "cases.phrase_retired": _("停用常用语"),
}


def register() -> None:
    """Register everything; called once when the app is ready."""
    for entry in _ENTRIES:
        navigation.add(entry)
    give_tone("waiting", "received", "verifying", "registering", "dispatching", "pending", "asked")
    give_tone("warning", "suspended")
    give_tone("active", "handling", "reviewing", "rechecking", "closing", "working")
    give_tone("good", "closed", "archived", "done", "passed", "approved", "executed")
    give_tone("bad", "rejected", "voided", "failed", "refused")
    label_kinds({f"cases.{row.action}": row.label for row in CASE.transitions})
    label_kinds(_KINDS)
    responsibility_registering.register()
