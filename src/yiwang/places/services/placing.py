"""Placing 定位: what every act on a part or an address needs of its point."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from ...kernel.coordinates import to_wgs84
from ...kernel.errors import invalid
from ...orgs.public import area_index
from ..queries.locators import place_locator

_MICRODEGREES = 1_000_000
_CRS_REMEDY = "坐标系应为 wgs84、cgcs2000、gcj02 或 bd09。"
OUTSIDE = "坐标不在任何社区内，请核对坐标和坐标系。"


@dataclass(frozen=True, slots=True)
class Spot:
    """A point in WGS84 degrees and the community around it."""

    lon: float
    lat: float
    community: UUID


def spot_of(lon: float, lat: float, crs: str, at: datetime) -> Spot:
    """The spot of a point given in a coordinate system.

    Raises:
        Invalid: for an unknown system, or a point outside the communities.
    """
    spot = spots_of([lon], [lat], crs, at)[0]
    if spot is None:
        raise invalid("lon", f"{lon},{lat}", OUTSIDE)
    return spot


def spots_of(lons: list[float], lats: list[float], crs: str, at: datetime) -> list[Spot | None]:
    """The spots of many points; None outside the communities.

    Raises:
        Invalid: for an unknown coordinate system.
    """
    x, y = _converted(np.array(lons, dtype=np.float64), np.array(lats, dtype=np.float64), crs)
    locator, index = place_locator(at), area_index()
    found: list[Spot | None] = []
    for lon, lat, hit in zip(x.tolist(), y.tolist(), locator.locate(x, y).tolist(), strict=True):
        community = index.chain(locator.areas[hit]).community_id if hit >= 0 else None
        found.append(Spot(lon, lat, community) if community is not None else None)
    return found


def wgs84_of(lon: float, lat: float, crs: str) -> tuple[float, float]:
    """A point in WGS84 degrees.

    Raises:
        Invalid: for an unknown coordinate system.
    """
    x, y = _converted(np.array([lon]), np.array([lat]), crs)
    return float(x[0]), float(y[0])


def _converted(
    lons: NDArray[np.float64], lats: NDArray[np.float64], crs: str
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    try:
        x, y = to_wgs84(lons, lats, crs)
    except ValueError as error:
        raise invalid("crs", crs, _CRS_REMEDY) from error
    return np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)


def district_code(community: UUID) -> str:
    """6-digit code of the district that a community lies in; empty when it lies in none."""
    index = area_index()
    district = index.chain(community).district_id
    return index.by_id[district].code if district is not None else ""


def position(lon: float, lat: float) -> dict[str, int]:
    """A position for the journal, which holds whole numbers only."""
    return {"lon": round(lon * _MICRODEGREES), "lat": round(lat * _MICRODEGREES)}
