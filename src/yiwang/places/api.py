"""API of places: parts, addresses, and where a point lies. Translation only, one service call an endpoint."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Field, Query, Router, Schema
from pydantic import ConfigDict

from ..interface.public import Page, ProblemOut, answer_act, asker, entity_tag, page_size
from ..kernel.errors import NotFound
from ..ledger.public import answer_once
from ..orgs.public import area_index
from .models import Address, Part
from .permissions import demand_view, may_view
from .queries.locators import place_of
from .queries.parts import (
    AddressFilter,
    PartFilter,
    address_for,
    addresses_page,
    part_by_code,
    part_classes,
    parts_page,
)
from .queries.unit_grids import unit_grid_of
from .services import create_part, record_address
from .services.placing import wgs84_of

router = Router(tags=["places"])
_Status = Literal["intact", "damaged", "missing", "occupied", "abandoned"]
_System = Literal["wgs84", "cgcs2000", "gcj02", "bd09"]


PROBLEMS = dict.fromkeys((400, 401, 403, 404, 409, 422), ProblemOut)


class Strict(Schema):
    """Input: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid")


class PointIn(Strict):
    """A point in a coordinate system."""

    lon: float = Field(..., ge=-180, le=180)
    lat: float = Field(..., ge=-90, le=90)
    crs: _System = "wgs84"


class PartIn(PointIn):
    """A part to add: its code, or its class alone, which gets the next serial."""

    code: str = Field("", max_length=16)
    class_code: str = Field("", max_length=4)
    status: _Status = "intact"
    precision: Literal["a", "b", "c"] = "c"
    owner: UUID | None = None


class AddressIn(PointIn):
    """An address to enter."""

    text: str = Field(..., min_length=1, max_length=200)


class PartOut(Schema):
    """A part; its point in WGS84 degrees."""

    id: UUID
    version: int
    code: str
    class_code: str
    class_name: str
    status: str
    lon: float
    lat: float
    precision: str
    community: UUID
    owner: UUID | None
    retired_at: str | None


class AddressOut(Schema):
    """An address; its point in WGS84 degrees."""

    id: UUID
    version: int
    text: str
    lon: float
    lat: float
    community: UUID
    retired_at: str | None


class PartListOut(Schema):
    """One page of parts; `next` is the cursor of the following one."""

    items: list[PartOut]
    next: str | None


class AddressListOut(Schema):
    """One page of addresses; `next` is the cursor of the following one."""

    items: list[AddressOut]
    next: str | None


class AreaOut(Schema):
    """An area around a point."""

    id: UUID
    code: str
    name: str


class PlaceOut(Schema):
    """Where a point lies; null where no boundary is drawn."""

    district: AreaOut | None
    street: AreaOut | None
    community: AreaOut | None
    grid: AreaOut | None
    unit_grid: str | None


class PartQuery(Schema):
    """Filters of the list of parts."""

    area: UUID | None = None
    class_code: str = Field("", pattern=r"^\d{0,4}$")
    status: _Status | None = None
    code: str = Field("", pattern=r"^\d{0,16}$")
    retired: bool = False
    cursor: str = ""
    limit: int = 50


class AddressQuery(Schema):
    """Filters of the list of addresses."""

    area: UUID | None = None
    q: str = Field("", max_length=60)
    retired: bool = False
    cursor: str = ""
    limit: int = 50


@router.get("/parts", response={200: PartListOut, **PROBLEMS}, summary="部件列表")
def get_parts(request: HttpRequest, query: Query[PartQuery]) -> dict[str, Any]:
    """One page of the parts in the caller's area, by code; no total is counted."""
    wanted = PartFilter(query.area, query.class_code, query.status or "", query.code, query.retired)
    page = parts_page(asker(request), wanted, cursor=query.cursor, size=page_size(query.limit))
    classes = part_classes()
    return _listed(page, lambda part: _part_out(part, classes))


@router.get("/parts/{code}", response={200: PartOut, **PROBLEMS}, summary="部件详情")
def get_part(request: HttpRequest, code: str, response: HttpResponse) -> dict[str, Any]:
    """One part by its 16-digit code; carries an `ETag`."""
    who, part = asker(request), part_by_code(code)
    if not may_view(who, part.community_id):
        raise NotFound(f"没有标识码为 {code} 的部件。", code="places.no_such_part")
    response["ETag"] = entity_tag(part.version)
    return _part_out(part, part_classes())


@router.post("/parts", response={201: PartOut, **PROBLEMS}, summary="登记部件")
def post_part(request: HttpRequest, body: PartIn) -> HttpResponse:
    """Add a part; repeatable under an `Idempotency-Key`."""
    values = body.dict(exclude={"owner"})

    def produce() -> dict[str, Any]:
        part = create_part(actor=asker(request), at=timezone.now(), owner_id=body.owner, **values)
        return _part_out(part, part_classes())

    return answer_act(request, 201, produce, once=answer_once)


@router.get("/addresses", response={200: AddressListOut, **PROBLEMS}, summary="地址列表")
def get_addresses(request: HttpRequest, query: Query[AddressQuery]) -> dict[str, Any]:
    """One page of the addresses in the caller's area, by text; no total is counted."""
    wanted = AddressFilter(query.area, query.q, query.retired)
    page = addresses_page(asker(request), wanted, cursor=query.cursor, size=page_size(query.limit))
    return _listed(page, _address_out)


@router.get("/addresses/{uuid:address_id}", response={200: AddressOut, **PROBLEMS}, summary="地址详情")
def get_address(request: HttpRequest, address_id: UUID, response: HttpResponse) -> dict[str, Any]:
    """One address; carries an `ETag`."""
    address = address_for(asker(request), address_id)
    response["ETag"] = entity_tag(address.version)
    return _address_out(address)


@router.post("/addresses", response={201: AddressOut, **PROBLEMS}, summary="登记地址")
def post_address(request: HttpRequest, body: AddressIn) -> HttpResponse:
    """Enter an address; repeatable under an `Idempotency-Key`."""

    def produce() -> dict[str, Any]:
        return _address_out(record_address(actor=asker(request), at=timezone.now(), **body.dict()))

    return answer_act(request, 201, produce, once=answer_once)


@router.get("/locate", response={200: PlaceOut, **PROBLEMS}, summary="坐标定位")
def get_locate(request: HttpRequest, query: Query[PointIn]) -> dict[str, Any]:
    """The areas around a point today, down to the unit grid (单元网格)."""
    demand_view(asker(request))
    lon, lat = wgs84_of(query.lon, query.lat, query.crs)
    place, nodes = place_of(lon, lat), area_index().by_id

    def area(key: UUID | None) -> dict[str, Any] | None:
        node = nodes.get(key) if key is not None else None
        return {"id": node.id, "code": node.code, "name": node.name} if node is not None else None

    found = {
        level: area(getattr(place, f"{level}_id")) if place is not None else None
        for level in ("district", "street", "community", "grid")
    }
    return {**found, "unit_grid": unit_grid_of(lon, lat)}


def _listed(page: Page[Any], shown: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
    return {"items": [shown(row) for row in page.rows], "next": page.next}


def _part_out(part: Part, classes: dict[str, str]) -> dict[str, Any]:
    return {
        **_common(part),
        "code": part.code,
        "class_code": part.class_code,
        "class_name": classes.get(part.class_code, ""),
        "status": part.status,
        "precision": part.precision,
        "owner": part.owner_id,
    }


def _address_out(address: Address) -> dict[str, Any]:
    return {**_common(address), "text": address.text}


def _common(row: Part | Address) -> dict[str, Any]:
    return {
        "id": row.id,
        "version": row.version,
        "lon": row.lon,
        "lat": row.lat,
        "community": row.community_id,
        "retired_at": row.retired_at.isoformat() if row.retired_at else None,
    }
