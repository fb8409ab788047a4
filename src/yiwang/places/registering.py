"""Registering 登记 with the frame: menu entries, tones of states, words for kinds of journal entries."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from ..interface.public import Entry, give_tone, label_kinds, navigation
from .permissions import VIEW

_SECTION = _("空间")
_ENTRIES = (
    Entry("places.parts", _("部件台账"), "places:parts", act=VIEW, icon="tools", section=_SECTION, order=40),
    Entry(
        "places.addresses",
        _("地址"),
        "places:addresses",
        act=VIEW,
        icon="map-pin",
        section=_SECTION,
        order=41,
    ),
)
_KINDS = {
    "places.boundaries_loaded": _("载入边界"),
    "places.part_added": _("登记部件"),
    "places.part_changed": _("变更部件"),
    "places.part_retired": _("停用部件"),
    "places.part_restored": _("恢复部件"),
    "places.address_recorded": _("登记地址"),
    "places.address_changed": _("变更地址"),
    "places.address_retired": _("停用地址"),
    "places.address_restored": _("恢复地址"),
}


def register() -> None:
    """Register everything; called once when the app is ready."""
    for entry in _ENTRIES:
        navigation.add(entry)
    give_tone("good", "intact")
    give_tone("bad", "damaged", "missing")
    give_tone("waiting", "occupied")
    give_tone("neutral", "abandoned")
    label_kinds(_KINDS)
