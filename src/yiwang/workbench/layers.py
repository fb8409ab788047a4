"""Layers 图层 of boundaries on the maps; the boundaries belong to `places`."""

from __future__ import annotations

from ..interface.public import MapLayer
from ..kernel.actor import Actor

Bounds = tuple[float, float, float, float]


def boundary_layers() -> list[MapLayer]:
    """Boundaries by layer, the widest first; none until boundaries are loaded."""
    return []


def has_illustrative_boundaries() -> bool:
    """Whether a layer in force is illustrative (示意), which each map then says."""
    return True


def first_view(actor: Actor | None) -> Bounds:
    """What a map shows at first: the extent of the city."""
    return (118.3, 31.2, 119.3, 32.7)
