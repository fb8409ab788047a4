"""Parts and addresses 部件与地址: look one up by code, list those of an area."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from ...kernel.errors import NotFound
from ...kernel.grid_codes import read_part_code
from ...orgs.public import area_index
from ..models import Address, Part


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
    """Parts of an area of either tree, by code 部件列表.

    Args:
        class_code: only parts of this 4-digit class; a 2-digit main class takes all of its classes.
        after: code of the last part of the page before.
        size: most parts to return.
    """
    rows = Part.objects.filter(
        community_id__in=area_index().communities_under(area_id),
        class_code__startswith=class_code,
        code__gt=after,
    )
    return list(rows.order_by("code")[:size])


def addresses_like(text: str, *, size: int = 20) -> Sequence[Address]:
    """Addresses that contain a text, by text 地址查找."""
    return list(Address.objects.filter(text__contains=text.strip()).order_by("text")[:size])
