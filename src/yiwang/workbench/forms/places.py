"""Place fields 地点 of a form: district, street and community that depend on each other, or a point."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from ...orgs.public import AreaNode, area_index

LEVELS = ("district", "street", "community")
_HINTS = {"district": _("选择区"), "street": _("选择街道"), "community": _("选择社区")}


def districts() -> list[AreaNode]:
    """Legal districts, by code."""
    index = area_index()
    roots = [node for node in index.children(None) if node.tree == "legal"]
    return [child for root in roots for child in index.children(root.id) if child.kind == "district"]


def zones() -> list[AreaNode]:
    """Operational areas that run legal ones, by code."""
    index = area_index()
    roots = [node for node in index.children(None) if node.tree == "operational"]
    return [*roots, *(node for root in roots for node in index.descendants(root.id))]


def below(area_id: Any, kind: str) -> list[AreaNode]:
    """Areas of one kind directly below an area; none for an empty or malformed key."""
    try:
        key = UUID(str(area_id))
    except ValueError:
        return []
    return [node for node in area_index().children(key) if node.kind == kind]


def area_choices(given: dict[str, Any], *, with_zones: bool = False) -> list[dict[str, Any]]:
    """The three selects with their options, as far as the levels above are chosen."""
    options = {
        "district": districts(),
        "street": below(given.get("district"), "street"),
        "community": below(given.get("street"), "community"),
    }
    labels = {"district": _("区"), "street": _("街道"), "community": _("社区")}
    return [
        {
            "name": level,
            "label": labels[level],
            "hint": _HINTS[level],
            "value": str(given.get(level) or ""),
            "options": options[level],
            "zones": zones() if with_zones and level == "district" else [],
        }
        for level in LEVELS
    ]


class PlaceFields(forms.Form):
    """Place 地点: a community by three selects, or a point; both may stay empty."""

    district = forms.UUIDField(label=_("区"), required=False)
    street = forms.UUIDField(label=_("街道"), required=False)
    community = forms.UUIDField(label=_("社区"), required=False)
    place_lon = forms.FloatField(required=False, widget=forms.HiddenInput)
    place_lat = forms.FloatField(required=False, widget=forms.HiddenInput)

    has_place = True

    def drop_place(self) -> None:
        """Do not ask for a place."""
        self.has_place = False
        for name in (*LEVELS, "place_lon", "place_lat"):
            self.fields.pop(name, None)

    def prepare_place(self) -> None:
        """Nothing is known yet; forms that know more override it."""

    def areas(self) -> list[dict[str, Any]]:
        """The selects as the template draws them."""
        given = {level: self[level].value() for level in LEVELS if level in self.fields}
        return area_choices(given)
