"""Services on parts 部件: add one, move one."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from ...kernel.actor import Actor
from ...kernel.coordinates import to_wgs84
from ...kernel.errors import Conflict, invalid
from ...kernel.grid_codes import read_part_code
from ...ledger.public import acting
from ..enums import PartStatus, PositionPrecision
from ..models import Part
from ..permissions import demand_maintain
from ..queries.locators import place_of

_MICRODEGREES = 1_000_000


def create_part(
    *,
    actor: Actor,
    at: datetime,
    code: str,
    lon: float,
    lat: float,
    crs: str = "wgs84",
    status: PartStatus = PartStatus.INTACT,
    precision: PositionPrecision = PositionPrecision.C,
    owner_id: UUID | None = None,
) -> Part:
    """Add a part 登记部件 with its 16-digit code at a point.

    Raises:
        Invalid: for a malformed code or a point outside the city.
        Conflict: when the code is taken.
        Refused: when the community is outside the actor's `places.maintain`.
    """
    read = read_part_code(code)
    x, y, community = _settle(lon, lat, crs, at)
    demand_maintain(actor, community)
    with acting(actor=actor, at=at) as act:
        if Part.objects.filter(code=code).exists():
            raise Conflict(f"部件标识码 {code} 已被使用。", code="places.part_code_taken")
        part = act.insert(
            Part(
                code=code,
                class_code=read.matter_class,
                status=status,
                lon=x,
                lat=y,
                precision=precision,
                community_id=community,
                owner_id=owner_id,
            )
        )
        body = {"code": code, "status": str(status), "community": community, **_position(x, y)}
        act.record(part, "places.part_added", body)
    return part


def move_part(
    *,
    actor: Actor,
    at: datetime,
    part_id: UUID,
    lon: float,
    lat: float,
    crs: str = "wgs84",
    precision: PositionPrecision | None = None,
    expected: int | None = None,
) -> Part:
    """Set a part's point anew 部件移位, and its community with it.

    Raises:
        NotFound: when there is no such part.
        StaleVersion: when it was changed since `expected`.
        Invalid: for a point outside the city.
        Refused: unless the old and the new community are both in the actor's `places.maintain`.
    """
    x, y, community = _settle(lon, lat, crs, at)
    with acting(actor=actor, at=at) as act:
        part = act.lock(Part, part_id, expected=expected)
        demand_maintain(actor, part.community_id)
        demand_maintain(actor, community)
        before = _position(part.lon, part.lat)
        part.lon, part.lat, part.community_id = x, y, community
        part.precision = precision or part.precision
        act.update(part, "lon", "lat", "community", "precision")
        body = {"from": before, "to": _position(x, y), "community": community}
        act.record(part, "places.part_moved", body)
    return part


def _settle(lon: float, lat: float, crs: str, at: datetime) -> tuple[float, float, UUID]:
    """The point in WGS84 and its community."""
    try:
        x, y = (float(value) for value in to_wgs84(lon, lat, crs))
    except ValueError as error:
        raise invalid("crs", crs, "坐标系应为 wgs84、cgcs2000、gcj02 或 bd09。") from error
    place = place_of(x, y, at=at)
    if place is None or place.community_id is None:
        raise invalid("lon", f"{lon},{lat}", "坐标不在任何社区内，请核对坐标和坐标系。")
    return x, y, place.community_id


def _position(lon: float, lat: float) -> dict[str, int]:
    """A position for the journal, which holds whole numbers only."""
    return {"lon": round(lon * _MICRODEGREES), "lat": round(lat * _MICRODEGREES)}
