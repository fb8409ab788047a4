"""Layers 图层 of boundaries on the maps; the boundaries belong to `places`."""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import gettext as _

from ..interface.public import MapLayer
from ..places.public import PUBLIC_LAYERS, city_extent, drawn_layers

Bounds = tuple[float, float, float, float]
#: Layers that every map of staff shows, and their colours; grids and overlays are left to pages of their own.
_COLOURS = {"district": "#1b3a6b", "street": "#3566a8", "community": "#7a93b8"}


def boundary_layers() -> list[MapLayer]:
    """Boundaries by layer for staff, the widest first; none until boundaries are loaded."""
    return [
        MapLayer(
            name=layer.code, label=_(layer.name), tiles=layer.tiles, colour=_COLOURS[layer.code], text="name"
        )
        for layer in drawn_layers(timezone.now())
        if layer.code in _COLOURS
    ]


def has_illustrative_boundaries() -> bool:
    """Whether a layer in force is illustrative (示意), which each map then says."""
    return any(layer.illustrative for layer in drawn_layers(timezone.now()))


def first_view() -> Bounds | None:
    """What a map shows at first: the extent of the city; None before boundaries are loaded."""
    return city_extent(timezone.now())


def outline_layers() -> list[MapLayer]:
    """Outlines of districts and streets for residents: public geography, without any case."""
    return [layer for layer in boundary_layers() if layer.name in PUBLIC_LAYERS]
