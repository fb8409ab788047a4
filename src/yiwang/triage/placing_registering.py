"""Registering 登记 of the place stage: its menu entry and words for its journal entries."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from ..interface.public import Entry, label_kinds, navigation

_ENTRY = Entry(
    "triage.placing", _("地址识别"), "triage:placing", act="cases.view", icon="map-search",
    section=_("研判分拨"), order=30,
)  # fmt: skip
_KINDS = {
    "triage.address_model_trained": _("训练地址识别模型"),
    "triage.address_model_used": _("启用地址识别模型"),
    "triage.address_model_retired": _("停用地址识别模型"),
    "triage.place_name_recorded": _("登记地名别名"),
    "triage.place_name_retired": _("停用地名别名"),
}


def register() -> None:
    """Register everything; called once when the app is ready."""
    navigation.add(_ENTRY)
    label_kinds(_KINDS)
