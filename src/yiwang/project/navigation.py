"""Menu entries of the house 导航, and the words for what it journals."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from ..interface.public import Entry, label_kinds, navigation
from ..ledger.public import OBSERVE

navigation.add(
    Entry(
        "project.operations", _("运行状态"), "operations", act=OBSERVE, icon="tools", section=_("系统管理"),
        order=960,
    )
)  # fmt: skip
label_kinds({"ledger.event_retried": _("重试事件"), "ledger.job_retried": _("重试任务")})
