"""Services on parts 部件: add one, change it, retire it, take it back into use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from ...kernel.actor import Actor
from ...kernel.errors import Conflict, invalid
from ...kernel.grid_codes import LARGEST_PART_SERIAL, part_code, read_part_code
from ...ledger.public import Act, acting, execute
from ...orgs.public import unit_index
from ..enums import PartStatus, PositionPrecision
from ..models import Part
from ..permissions import demand_maintain
from ..queries.parts import part_classes
from .placing import Spot, district_code, position, spot_of


@dataclass(frozen=True, slots=True)
class PartTerms:
    """What is said of a part besides its code 部件属性."""

    spot: Spot
    status: str
    precision: str
    owner_id: UUID | None

    def columns(self) -> dict[str, Any]:
        """The values by the name of their column."""
        return {
            "lon": self.spot.lon,
            "lat": self.spot.lat,
            "community_id": self.spot.community,
            "status": str(self.status),
            "precision": str(self.precision),
            "owner_id": self.owner_id,
        }


def create_part(
    *,
    actor: Actor,
    at: datetime,
    lon: float,
    lat: float,
    code: str = "",
    class_code: str = "",
    crs: str = "wgs84",
    status: str = PartStatus.INTACT,
    precision: str = PositionPrecision.C,
    owner_id: UUID | None = None,
) -> Part:
    """Add a part 登记部件 at a point, with its 16-digit code or the next free one of its class.

    Args:
        code: as it was surveyed; without it, one is made of district, `class_code` and the next serial.

    Raises:
        Invalid: for a malformed code or one of another district, an unknown class, status, precision or
            owner, or a point outside the city.
        Conflict: when the code is taken.
        Refused: when the community is outside the actor's `places.maintain`.
    """
    spot = spot_of(lon, lat, crs, at)
    terms = checked_terms(spot, status, precision, owner_id)
    demand_maintain(actor, spot.community)
    if code:
        check_code(code, spot, class_code)
    else:
        check_class(class_code)
    with acting(actor=actor, at=at) as act:
        code = code or _next_code(district_code(spot.community), class_code)
        if Part.objects.filter(code=code).exists():
            raise Conflict(f"部件标识码 {code} 已被使用。", code="places.part_code_taken")
        return add_part(act, code, terms)


def change_part(
    *,
    actor: Actor,
    at: datetime,
    part_id: UUID,
    lon: float,
    lat: float,
    status: str,
    precision: str,
    owner_id: UUID | None,
    crs: str = "wgs84",
    expected: int | None = None,
) -> Part:
    """Set what is known of a part anew 变更部件; its community follows from its point, its code stays.

    Raises:
        NotFound: when there is no such part.
        StaleVersion: when it was changed since `expected`.
        Conflict: when it is out of use.
        Invalid: as in `create_part`.
        Refused: unless the old and the new community are both in the actor's `places.maintain`.
    """
    terms = checked_terms(spot_of(lon, lat, crs, at), status, precision, owner_id)
    with acting(actor=actor, at=at) as act:
        part = act.lock(Part, part_id, expected=expected)
        demand_maintain(actor, part.community_id)
        demand_maintain(actor, terms.spot.community)
        if part.retired_at is not None:
            raise Conflict("该部件已停用，请先恢复使用。", code="places.part_retired")
        update_part(act, part, terms)
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
    """Set a part's point anew 部件移位, and its community with it; errors as in `change_part`."""
    part = Part.objects.filter(id=part_id).first()
    return change_part(
        actor=actor,
        at=at,
        part_id=part_id,
        lon=lon,
        lat=lat,
        crs=crs,
        status=part.status if part else PartStatus.INTACT,
        precision=precision or (part.precision if part else PositionPrecision.C),
        owner_id=part.owner_id if part else None,
        expected=part.version if part and expected is None else expected,
    )


def retire_part(*, actor: Actor, at: datetime, part_id: UUID, expected: int | None = None) -> Part:
    """Take a part out of use 停用部件; it keeps its code, and old cases find it.

    Raises:
        Conflict: when it is out of use already.
        Refused: when the community is outside the actor's `places.maintain`.
    """
    return _set_retired(actor, at, part_id, expected, retired_at=at)


def restore_part(*, actor: Actor, at: datetime, part_id: UUID, expected: int | None = None) -> Part:
    """Take a part back into use 恢复部件; errors as in `retire_part`."""
    return _set_retired(actor, at, part_id, expected, retired_at=None)


def _set_retired(
    actor: Actor, at: datetime, part_id: UUID, expected: int | None, *, retired_at: datetime | None
) -> Part:
    with acting(actor=actor, at=at) as act:
        part = act.lock(Part, part_id, expected=expected)
        demand_maintain(actor, part.community_id)
        if (part.retired_at is None) == (retired_at is None):
            said = "该部件已停用。" if retired_at else "该部件正在使用。"
            raise Conflict(said, code="places.part_already_so")
        part.retired_at = retired_at
        act.update(part, "retired_at")
        act.record(part, f"places.part_{'retired' if retired_at else 'restored'}", {"code": part.code})
    return part


def checked_terms(spot: Spot, status: str, precision: str, owner_id: UUID | None) -> PartTerms:
    """The terms of a part, its choices and its owner checked.

    Raises:
        Invalid: naming the field.
    """
    if status not in PartStatus.values:
        raise invalid("status", status, "状态应为完好、破损、丢失、占用或废弃。")
    if precision not in PositionPrecision.values:
        raise invalid("precision", precision, "定位精度应为 a、b 或 c。")
    if owner_id is not None and owner_id not in unit_index().by_id:
        raise invalid("owner", owner_id, "没有这个单位。")
    return PartTerms(spot, str(status), str(precision), owner_id)


def check_code(
    code: str, spot: Spot, class_code: str = "", *, known: Mapping[str, str] | None = None
) -> None:
    """Raise `Invalid` unless a code has the right form and fits the place, the class and the catalog.

    Args:
        known: the classes of the catalog, where they are at hand.
    """
    read = read_part_code(code)
    district = district_code(spot.community)
    if read.district != district:
        raise invalid("code", code, f"标识码前 6 位应为所在区代码 {district}，请核对标识码和坐标。")
    if class_code and class_code != read.matter_class:
        raise invalid("class_code", class_code, f"类别代码与标识码第 7 至 10 位“{read.matter_class}”不符。")
    check_class(read.matter_class, known=known)


def check_class(class_code: str, *, known: Mapping[str, str] | None = None) -> None:
    """Raise `Invalid` unless the catalog has the class; any 4 digits will do before a catalog is loaded."""
    known = part_classes() if known is None else known
    if (known and class_code not in known) or len(class_code) != 4 or not class_code.isdecimal():
        remedy = "事项目录里没有这个部件类别，应为大类 2 位加小类 2 位。"
        raise invalid("class_code", class_code, remedy)


def add_part(act: Act, code: str, terms: PartTerms) -> Part:
    """Collect a new part and its journal entry; everything has been checked."""
    part = act.insert(Part(code=code, class_code=read_part_code(code).matter_class, **terms.columns()))
    spot = terms.spot
    body = {"code": code, "status": part.status, "community": spot.community}
    act.record(part, "places.part_added", {**body, **position(spot.lon, spot.lat)})
    return part


def update_part(act: Act, part: Part, terms: PartTerms) -> bool:
    """Collect what changed of a locked part and its journal entry; False when nothing did."""
    wanted = terms.columns()
    changed = [name for name, value in wanted.items() if getattr(part, name) != value]
    if not changed:
        return False
    before = position(part.lon, part.lat)
    for name in changed:
        setattr(part, name, wanted[name])
    act.update(part, *(name.removesuffix("_id") for name in changed))
    body: dict[str, Any] = {
        name.removesuffix("_id"): wanted[name] for name in changed if name not in {"lon", "lat"}
    }
    if {"lon", "lat"} & set(changed):
        body |= {"from": before, "to": position(part.lon, part.lat)}
    act.record(part, "places.part_changed", body)
    return True


def _next_code(district: str, class_code: str) -> str:
    """The code after the highest that a class has in a district; its makers wait for each other."""
    first, last = part_code(district, class_code, 1), part_code(district, class_code, LARGEST_PART_SERIAL)
    execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"places.part:{first[:10]}"])
    highest = (
        Part.objects.filter(code__gte=first, code__lte=last).order_by("-code").values_list("code", flat=True)
    ).first()
    return part_code(district, class_code, int(highest[10:]) + 1 if highest else 1)
