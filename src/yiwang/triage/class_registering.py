"""Registering 登记 of the class stage: its menu entry and words for its journal entries."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from ..interface.public import Entry, label_kinds, navigation

_ENTRY = Entry(
    "triage.class_models", _("分类模型"), "triage:class_models", act="triage.train", icon="tag",
    section=_("研判分拨"), order=20,
)  # fmt: skip
_KINDS = {
    "triage.model_trained": _("训练分类模型"),
    "triage.model_published": _("发布分类模型"),
    "triage.model_retired": _("停用分类模型"),
    "triage.model_rolled_back": _("回退分类模型"),
}


def register() -> None:
    """Register everything; called once when the app is ready."""
    navigation.add(_ENTRY)
    label_kinds(_KINDS)
