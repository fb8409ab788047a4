"""Services on addresses 地址: enter a standard address with its point."""

from __future__ import annotations

from datetime import datetime

from ...kernel.actor import Actor
from ...kernel.errors import Conflict, invalid
from ...ledger.public import acting
from ..models import Address
from ..permissions import demand_maintain
from ..queries.locators import place_of


def record_address(*, actor: Actor, at: datetime, text: str, lon: float, lat: float) -> Address:
    """Enter a standard address 登记地址 at a point in WGS84 degrees.

    Raises:
        Invalid: for an empty text or a point outside the city.
        Conflict: when the address is already there.
        Refused: when the community is outside the actor's `places.maintain`.
    """
    text = text.strip()
    if not text:
        raise invalid("text", text, "请填写地址全称。")
    place = place_of(lon, lat, at=at)
    if place is None or place.community_id is None:
        raise invalid("lon", f"{lon},{lat}", "坐标不在任何社区内，请核对坐标。")
    demand_maintain(actor, place.community_id)
    with acting(actor=actor, at=at) as act:
        if Address.objects.filter(text=text).exists():
            raise Conflict(f"地址“{text}”已登记。", code="places.address_taken")
        address = act.insert(Address(text=text, community_id=place.community_id, lon=lon, lat=lat))
        act.record(address, "places.address_recorded", {"community": place.community_id})
    return address
