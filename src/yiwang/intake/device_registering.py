"""Registering 登记 of devices: menu entries, words for journal entries, sealed columns."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from ..interface.public import Entry, label_kinds, navigation
from ..ledger.public import register_sealed
from .models import ReadingBatch

_SECTION = _("业务对接")
_ENTRIES = (
    Entry(
        "intake.devices", _("物联设备"), "intake:devices", act="intake.devices", icon="plug",
        section=_SECTION, order=305,
    ),
    Entry(
        "intake.alarms", _("待核告警"), "intake:alarms", act="cases.verify", icon="eye", order=45,
    ),
)  # fmt: skip
_KINDS = {
    "intake.device_registered": _("登记设备"),
    "intake.device_edited": _("修改设备"),
    "intake.device_retired": _("停用设备"),
    "intake.device_restored": _("恢复设备"),
}


def register_devices() -> None:
    """Register everything; called once when the app is ready."""
    for entry in _ENTRIES:
        navigation.add(entry)
    label_kinds(_KINDS)
    register_sealed(ReadingBatch, "payload")
