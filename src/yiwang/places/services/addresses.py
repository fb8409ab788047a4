"""Services on addresses 地址: enter a standard address with its point, change it, retire it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from ...kernel.actor import Actor
from ...kernel.errors import Conflict, invalid
from ...ledger.public import Act, acting, bump
from ..models import Address
from ..permissions import demand_maintain
from .placing import Spot, position, spot_of

LONGEST_TEXT = 200
#: What is built from all addresses in use, such as the index that reports are matched against.
CACHE = "addresses"


def record_address(
    *, actor: Actor, at: datetime, text: str, lon: float, lat: float, crs: str = "wgs84"
) -> Address:
    """Enter a standard address 登记地址 at a point.

    Raises:
        Invalid: for an empty or overlong text, an unknown coordinate system, or a point outside the city.
        Conflict: when the address is already there.
        Refused: when the community is outside the actor's `places.maintain`.
    """
    text, spot = checked_text(text), spot_of(lon, lat, crs, at)
    demand_maintain(actor, spot.community)
    with acting(actor=actor, at=at) as act:
        _demand_free(text)
        bump(act, CACHE)
        return add_address(act, text, spot)


def change_address(
    *,
    actor: Actor,
    at: datetime,
    address_id: UUID,
    text: str,
    lon: float,
    lat: float,
    crs: str = "wgs84",
    expected: int | None = None,
) -> Address:
    """Set an address or its point anew 变更地址.

    Raises:
        NotFound: when there is no such address.
        StaleVersion: when it was changed since `expected`.
        Conflict: when it is out of use, or another has the text.
        Invalid: as in `record_address`.
        Refused: unless the old and the new community are both in the actor's `places.maintain`.
    """
    text, spot = checked_text(text), spot_of(lon, lat, crs, at)
    with acting(actor=actor, at=at) as act:
        address = act.lock(Address, address_id, expected=expected)
        demand_maintain(actor, address.community_id)
        demand_maintain(actor, spot.community)
        if address.retired_at is not None:
            raise Conflict("该地址已停用，请先恢复使用。", code="places.address_retired")
        if text != address.text:
            _demand_free(text)
        if update_address(act, address, text, spot):
            bump(act, CACHE)
    return address


def retire_address(*, actor: Actor, at: datetime, address_id: UUID, expected: int | None = None) -> Address:
    """Take an address out of use 停用地址; old cases still find it.

    Raises:
        Conflict: when it is out of use already.
        Refused: when the community is outside the actor's `places.maintain`.
    """
    return _set_retired(actor, at, address_id, expected, retired_at=at)


def restore_address(*, actor: Actor, at: datetime, address_id: UUID, expected: int | None = None) -> Address:
    """Take an address back into use 恢复地址; errors as in `retire_address`."""
    return _set_retired(actor, at, address_id, expected, retired_at=None)


def _set_retired(
    actor: Actor, at: datetime, address_id: UUID, expected: int | None, *, retired_at: datetime | None
) -> Address:
    with acting(actor=actor, at=at) as act:
        address = act.lock(Address, address_id, expected=expected)
        demand_maintain(actor, address.community_id)
        if (address.retired_at is None) == (retired_at is None):
            said = "该地址已停用。" if retired_at else "该地址正在使用。"
            raise Conflict(said, code="places.address_already_so")
        address.retired_at = retired_at
        act.update(address, "retired_at")
        bump(act, CACHE)
        kind = f"places.address_{'retired' if retired_at else 'restored'}"
        act.record(address, kind, {"community": address.community_id})
    return address


def checked_text(text: str) -> str:
    """The text of an address, trimmed.

    Raises:
        Invalid: when it is empty or too long.
    """
    text = text.strip()
    if not text:
        raise invalid("text", text, "请填写地址全称。")
    if len(text) > LONGEST_TEXT:
        raise invalid("text", text, f"地址全称不超过 {LONGEST_TEXT} 字。")
    return text


def add_address(act: Act, text: str, spot: Spot) -> Address:
    """Collect a new address and its journal entry; everything has been checked."""
    address = act.insert(Address(text=text, community_id=spot.community, lon=spot.lon, lat=spot.lat))
    body = {"community": spot.community, **position(spot.lon, spot.lat)}
    act.record(address, "places.address_recorded", body)
    return address


def update_address(act: Act, address: Address, text: str, spot: Spot) -> bool:
    """Collect what changed of a locked address and its journal entry; False when nothing did."""
    wanted = {"text": text, "lon": spot.lon, "lat": spot.lat, "community_id": spot.community}
    changed = [name for name, value in wanted.items() if getattr(address, name) != value]
    if not changed:
        return False
    before = position(address.lon, address.lat)
    for name in changed:
        setattr(address, name, wanted[name])
    act.update(address, *(name.removesuffix("_id") for name in changed))
    body = {"renamed": int("text" in changed), "from": before, "to": position(spot.lon, spot.lat)}
    act.record(address, "places.address_changed", {**body, "community": spot.community})
    return True


def _demand_free(text: str) -> None:
    if Address.objects.filter(text=text).exists():
        raise Conflict(f"地址“{text}”已登记。", code="places.address_taken")
