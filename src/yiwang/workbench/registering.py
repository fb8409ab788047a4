"""Registering 登记 with the frame: menu entries, tones of states, words for kinds of journal entries."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from ..cases.public import CASE
from ..interface.public import Entry, give_tone, label_kinds, navigation

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
}


def register() -> None:
    """Register everything; called once when the app is ready."""
    for entry in _ENTRIES:
        navigation.add(entry)
    give_tone("waiting", "received", "verifying", "registering", "dispatching", "pending")
    give_tone("active", "handling", "reviewing", "rechecking", "closing", "working")
    give_tone("good", "closed", "archived", "done", "passed")
    give_tone("bad", "rejected", "voided", "failed")
    label_kinds({f"cases.{row.action}": row.label for row in CASE.transitions})
    label_kinds(_KINDS)
