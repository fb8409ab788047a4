"""Registering 登记 of transfers: their menu entry, the panel on the case page, words and sealed columns."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from ..interface.public import Entry, Panel, label_kinds, navigation, panels

PANEL = Panel(
    "intake.transfers", "cases.case", _("外部平台"), "intake:transfer_panel", act="cases.view", queries=8,
    order=60, area="side",
)  # fmt: skip
_ENTRY = Entry(
    "intake.transfers", _("转派外部平台"), "intake:transfers", act="intake.transfer", icon="send",
    section=_("业务对接"), order=320,
)  # fmt: skip
_KINDS = {
    "intake.case_transferred": _("转派外部平台"),
    "intake.transfer_ended": _("外部平台已办结，待核对"),
    "intake.transferred": _("转派外部平台"),
    "intake.transfer_sending": _("发送"),
    "intake.transfer_accepted": _("对方已接收"),
    "intake.transfer_failed": _("发送未成"),
    "intake.transfer_not_found": _("对方未收到，重新发送"),
    "intake.transfer_stuck": _("转人工核对"),
    "intake.transfer_moved": _("对方状态变化"),
    "intake.transfer_cancelled": _("撤销转派"),
    "intake.transfer_resent": _("重新发送"),
    "intake.transfer_numbered": _("补录对方编号"),
    "intake.transfer_seen": _("已核对对方结果"),
}


def register_transfers() -> None:
    """Register everything; called once when the app is ready."""
    navigation.add(_ENTRY)
    panels.add(PANEL)
    label_kinds(_KINDS)
