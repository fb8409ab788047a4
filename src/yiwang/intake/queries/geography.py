"""Geography 落区底图: our areas with their shapes, kept while neither areas nor boundaries change."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

import shapely
from django.db.models import Q
from django.utils import timezone

from ...ledger.public import VersionedCache
from ...orgs.public import AreaIndex, area_index
from ...places.public import Boundary
from ..rules.cap.geography import Geography, OwnArea

_KINDS = ("city", "district", "street", "community")
_DRAWN = ("city", "district", "street")
_by_areas: VersionedCache[dict[date, Geography]] = VersionedCache("areas", dict)
_by_boundaries: VersionedCache[dict[date, Geography]] = VersionedCache("boundaries", dict)


def own_geography(at: datetime) -> Geography:
    """Our legal areas as they stand on the Shanghai day of an instant."""
    day = timezone.localdate(at)
    one, other = _by_areas.get(), _by_boundaries.get()
    known = one.get(day)
    if known is not None and other.get(day) is known:
        return known
    one.clear()
    other.clear()
    built = _build(day)
    one[day] = other[day] = built
    return built


def _build(day: date) -> Geography:
    index = area_index(day)
    rows = Boundary.objects.filter(
        Q(valid_to=None) | Q(valid_to__gt=day), valid_from__lte=day, layer__code__in=_DRAWN
    )
    shapes = {key: shapely.from_wkb(bytes(wkb)) for key, wkb in rows.values_list("area_id", "geometry")}
    return Geography(_own_areas(index, shapes))


def _own_areas(index: AreaIndex, shapes: dict[UUID, shapely.Geometry]) -> list[OwnArea]:
    found = []
    for node in index.by_code.values():
        if node.kind in _KINDS and node.tree == "legal":
            above = index.by_id.get(node.parent_id) if node.parent_id else None
            parent = above.code if above is not None else ""
            found.append(OwnArea(node.code, node.name, node.kind, parent, shapes.get(node.id)))
    return found
