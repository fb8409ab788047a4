"""Parts and addresses 部件与地址: find one, list those that an actor may see, name their classes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ...catalog.public import catalog_index
from ...interface.public import Order, Page, page_by_key
from ...kernel.actor import Actor
from ...kernel.errors import NotFound
from ...kernel.grid_codes import read_part_code
from ...orgs.public import area_index
from ..models import Address, Part
from ..permissions import demand_view, in_view

_BY_CODE = Order("code", "code")
_BY_TEXT = Order("text", "text")
_CLASS_CODE = re.compile(r"P(\d{4})", re.ASCII)


@dataclass(frozen=True, slots=True)
class PartFilter:
    """What a list of parts is narrowed to 部件筛选; empty fields do not narrow.

    Attributes:
        area: an area of either tree.
        class_code: a 4-digit class, or a 2-digit main class with all of its classes.
        code: what the 16-digit code begins with.
        retired: parts that are out of use, instead of those in use.
    """

    area: UUID | None = None
    class_code: str = ""
    status: str = ""
    code: str = ""
    retired: bool = False


@dataclass(frozen=True, slots=True)
class AddressFilter:
    """What a list of addresses is narrowed to 地址筛选; empty fields do not narrow."""

    area: UUID | None = None
    words: str = ""
    retired: bool = False


def parts_page(actor: Actor, wanted: PartFilter, *, cursor: str = "", size: int = 50) -> Page[Part]:
    """One page of the parts that the actor may see 部件列表, by code.

    Raises:
        Refused: without `places.view`.
    """
    demand_view(actor)
    rows = in_view(actor, Part.objects.filter(retired_at__isnull=not wanted.retired))
    if wanted.area is not None:
        rows = rows.filter(community_id__in=area_index().communities_under(wanted.area))
    if wanted.class_code:
        rows = rows.filter(class_code__startswith=wanted.class_code)
    if wanted.status:
        rows = rows.filter(status=wanted.status)
    if wanted.code:
        rows = rows.filter(code__gte=wanted.code, code__lte=wanted.code.ljust(16, "9"))
    return page_by_key(rows, _BY_CODE, cursor=cursor, size=size)


def addresses_page(actor: Actor, wanted: AddressFilter, *, cursor: str = "", size: int = 50) -> Page[Address]:
    """One page of the addresses that the actor may see 地址列表, by text.

    Raises:
        Refused: without `places.view`.
    """
    demand_view(actor)
    rows = in_view(actor, Address.objects.filter(retired_at__isnull=not wanted.retired))
    if wanted.area is not None:
        rows = rows.filter(community_id__in=area_index().communities_under(wanted.area))
    if wanted.words.strip():
        rows = rows.filter(text__contains=wanted.words.strip())
    return page_by_key(rows, _BY_TEXT, cursor=cursor, size=size)


def part_for(actor: Actor, part_id: UUID) -> Part:
    """One part that the actor may see; `NotFound` for any other."""
    part = in_view(actor, Part.objects.filter(id=part_id)).first()
    if part is None:
        raise NotFound("没有这个部件，或不在您的查看范围内。", code="places.no_such_part")
    return part


def address_for(actor: Actor, address_id: UUID) -> Address:
    """One address that the actor may see; `NotFound` for any other."""
    address = in_view(actor, Address.objects.filter(id=address_id)).first()
    if address is None:
        raise NotFound("没有这个地址，或不在您的查看范围内。", code="places.no_such_address")
    return address


def part_by_code(code: str) -> Part:
    """The part with a 16-digit code 按标识码查部件.

    Raises:
        Invalid: for a malformed code.
        NotFound: when no part has it.
    """
    read_part_code(code)
    part = Part.objects.filter(code=code).first()
    if part is None:
        raise NotFound(f"没有标识码为 {code} 的部件。", code="places.no_such_part")
    return part


def parts_in(area_id: UUID, *, class_code: str = "", after: str = "", size: int = 50) -> Sequence[Part]:
    """Parts in use in an area of either tree, by code 部件列表.

    Args:
        class_code: only parts of this 4-digit class; a 2-digit main class takes all of its classes.
        after: code of the last part of the page before.
        size: most parts to return.
    """
    rows = Part.objects.filter(
        community_id__in=area_index().communities_under(area_id),
        class_code__startswith=class_code,
        code__gt=after,
        retired_at=None,
    )
    return list(rows.order_by("code")[:size])


def addresses_like(text: str, *, size: int = 20) -> Sequence[Address]:
    """Addresses in use that contain a text, by text 地址查找."""
    rows = Address.objects.filter(text__contains=text.strip(), retired_at=None)
    return list(rows.order_by("text")[:size])


def part_classes(at: datetime | None = None) -> dict[str, str]:
    """Names of the classes of parts 部件类别 by 4-digit code, of every scheme; empty before one is loaded."""
    index = catalog_index(at)
    found: dict[str, str] = {}
    for scheme in sorted(index.schemes):
        for node in index.classes(scheme):
            match = _CLASS_CODE.fullmatch(node.code)
            if match is not None:
                found.setdefault(match[1], node.name)
    return found


def standing_addresses(*, most: int) -> Iterator[tuple[UUID, str, UUID, float, float]]:
    """Addresses in use by text 在用地址: key, text, community, longitude, latitude; read in batches."""
    rows = Address.objects.filter(retired_at=None).order_by("text")
    return rows.values_list("id", "text", "community_id", "lon", "lat")[:most].iterator(chunk_size=5_000)


def parts_by_codes(codes: Iterable[str]) -> dict[str, Part]:
    """Parts in use by their 16-digit codes 按标识码批量查部件; codes that no part has are left out."""
    rows = Part.objects.filter(code__in=sorted(set(codes)), retired_at=None)
    return {part.code: part for part in rows}
