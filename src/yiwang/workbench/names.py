"""Names 名称 of what a case only holds the key of, from the caches of the apps that own them."""

from __future__ import annotations

from uuid import UUID

from django.utils.translation import gettext_lazy as _

from ..cases.public import Case
from ..catalog.public import catalog_index
from ..interface.public import registered_channels
from ..orgs.public import area_index, unit_index


def class_name(class_id: UUID | None) -> str:
    """Name of a matter class from the top down, such as `公用设施 / 上水井盖`; empty when there is none."""
    return catalog_index().full_name(class_id) if class_id else ""


def short_class_name(class_id: UUID | None) -> str:
    """Name of a matter class alone; empty when there is none."""
    node = catalog_index().class_by_id.get(class_id) if class_id else None
    return node.name if node else ""


def unit_name(unit_id: UUID | None) -> str:
    """Name of a unit; empty when there is none."""
    return unit_index().name(unit_id)


def area_name(area_id: UUID | None) -> str:
    """Name of an area; empty when there is none."""
    node = area_index().by_id.get(area_id) if area_id else None
    return node.name if node else ""


def place_line(case: Case) -> str:
    """Where a case lies by area, such as `东区 · 东一街道 · 梅园社区`; empty when it is not located."""
    parts = (area_name(key) for key in (case.district, case.street, case.community, case.grid))
    return " · ".join(part for part in parts if part)


#: Channels that the product's own doors use; those of the registry are named by it.
CHANNELS = {
    "12345": _("12345热线"),
    "visit": _("上门来访"),
    "grid": _("网格巡查"),
    "transfer": _("上级转办"),
    "digital_city": _("数字城管"),
    "snapshot": _("随手拍"),
    "110_non_police": _("110非警务"),
    "h5": _("居民网页"),
}


def channel_name(code: str) -> str:
    """What a source channel is called: as the registry says, else by the product's own names."""
    return str(registered_channels().get(code) or CHANNELS.get(code, code))


def channel_names() -> dict[str, str]:
    """Code and name of every channel that a list can be narrowed to."""
    return {**{code: str(name) for code, name in CHANNELS.items()}, **registered_channels()}


def channel_code(text: str) -> str:
    """The code that somebody means who writes a channel's code or its name; else the text itself."""
    known = channel_names()
    return text if text in known else next((code for code, name in known.items() if name == text), text)
