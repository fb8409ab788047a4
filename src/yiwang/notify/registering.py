"""Registering 登记 with frame and ledger: menu entries, words for entries, sealed columns."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from ..interface.public import Entry, label_kinds, navigation
from ..ledger.public import register_sealed
from .permissions import CONFIGURE, MESSAGES

_ADMIN = _("系统管理")
_KINDS = {
    "notify.gateway_added": _("新增短信网关"),
    "notify.gateway_changed": _("修改短信网关"),
    "notify.gateway_switched": _("开关短信网关"),
    "notify.gateway_tested": _("试发短信"),
    "notify.template_saved": _("保存短信模板"),
    "notify.queued": _("短信排队"),
    "notify.skipped": _("短信不发"),
    "notify.sent": _("短信已发出"),
    "notify.held": _("短信结果不明"),
    "notify.failed": _("短信发送失败"),
    "notify.resent": _("重新发送短信"),
    "notify.erased": _("清除短信内容"),
}


def register() -> None:
    """Register everything; called once when the app is ready."""
    from .models import Gateway, Message

    navigation.add(
        Entry("notify.settings", _("短信网关和模板"), "notify:settings", CONFIGURE, "message", _ADMIN, 937)
    )
    navigation.add(Entry("notify.messages", _("短信记录"), "notify:messages", MESSAGES, "send", _ADMIN, 938))
    register_sealed(Gateway, "credential")
    register_sealed(Message, "sealed")
    label_kinds(_KINDS)
