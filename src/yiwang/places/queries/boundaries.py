"""Boundaries in force 现行边界: which shape each area has in a layer on a day."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import shapely
from django.db.models import Q, QuerySet
from django.utils import timezone

from ..models import Boundary


@dataclass(frozen=True, slots=True)
class StandingBoundary:
    """One boundary 边界 in force, with what names its area."""

    id: UUID
    area_id: UUID
    code: str
    name: str
    parent_id: UUID | None
    geometry: bytes | memoryview
    illustrative: bool

    @property
    def shape(self) -> shapely.Geometry:
        """The polygon or multipolygon in WGS84 degrees."""
        return shapely.from_wkb(bytes(self.geometry))


def day_of(at: datetime | None) -> date:
    """The Shanghai date of an instant; today for None."""
    return timezone.localdate(at)


def in_force(day: date) -> Q:
    """Condition on boundaries: in force on a day."""
    return Q(valid_from__lte=day) & (Q(valid_to__isnull=True) | Q(valid_to__gt=day))


def standing_boundaries(
    layer: str, day: date, *, areas: Iterable[UUID] | None = None
) -> list[StandingBoundary]:
    """Boundaries of a layer in force on a day, by the code of their area.

    Args:
        areas: only those of these areas; by default all.
    """
    rows: QuerySet[Boundary] = Boundary.objects.filter(in_force(day), layer__code=layer)
    if areas is not None:
        rows = rows.filter(area_id__in=list(areas))
    found = rows.order_by("area__code").values_list(
        "id", "area_id", "area__code", "area__name", "area__parent_id", "geometry", "illustrative"
    )
    return [StandingBoundary(*row) for row in found]


def boundary_of(area_id: UUID, *, at: datetime | None = None) -> StandingBoundary | None:
    """The boundary of an area on the day of `at` (by default today), or None when it has none."""
    row = (
        Boundary.objects.filter(in_force(day_of(at)), area_id=area_id)
        .values_list(
            "id", "area_id", "area__code", "area__name", "area__parent_id", "geometry", "illustrative"
        )
        .first()
    )
    return StandingBoundary(*row) if row is not None else None


def extent_of(
    areas: Iterable[UUID], *, at: datetime | None = None
) -> tuple[float, float, float, float] | None:
    """West, south, east, north of the boundaries of some areas, or None when they have none."""
    rows = Boundary.objects.filter(in_force(day_of(at)), area_id__in=list(areas)).values_list(
        "west", "south", "east", "north"
    )
    if not rows:
        return None
    west, south, east, north = zip(*rows, strict=True)
    return min(west), min(south), max(east), max(north)
