"""Registering 登记 of requests to sources: the panel on the case page, tones, and words for the journal."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from ..interface.public import Entry, Panel, give_tone, label_kinds, navigation, panels

REQUEST_PANEL = Panel(
    "intake.requests", "cases.case", _("权责归属"), "intake:request_panel", act="cases.view", queries=9,
    order=50, area="side",
)  # fmt: skip
_ENTRY = Entry(
    "intake.requests", _("来源申请"), "intake:requests", act="cases.dispatch", icon="hourglass",
    section=_("业务对接"), order=315,
)  # fmt: skip
_KINDS = {
    "intake.extension_asked": _("向来源申请延期"),
    "intake.extension_granted": _("来源同意延期"),
    "intake.extension_refused": _("来源不同意延期"),
    "intake.extension_taken_back": _("收回延期申请"),
    "intake.return_asked": _("向来源申请退单"),
    "intake.return_granted": _("来源同意退单"),
    "intake.return_refused": _("来源不同意退单"),
    "intake.return_taken_back": _("收回退单申请"),
}


def register_requests() -> None:
    """Register everything; called once when the app is ready."""
    navigation.add(_ENTRY)
    panels.add(REQUEST_PANEL)
    give_tone("good", "granted")
    give_tone("neutral", "taken_back")
    label_kinds(_KINDS)
