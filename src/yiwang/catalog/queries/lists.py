"""Lists of the catalog pages 事项列表: the responsibility list and the quarantine, by key."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from ...interface.public import Order, Page, page_by_key
from ...orgs.public import area_index, unit_index
from ..models import LimitQuarantine, ResponsibilityRow
from ..rules.nodes import ClassNode, holds_on
from .index import catalog_index, shanghai_day

_NEWEST = Order("newest", "id", descending=True)
_MOST_OF_A_CLASS = 200


@dataclass(frozen=True, slots=True)
class ResponsibilityView:
    """A row of the responsibility list in words.

    Attributes:
        holds: whether it holds today.
    """

    row: ResponsibilityRow
    scheme: str
    matter: str
    area: str
    condition: str
    host: str
    co_units: str
    holds: bool


def responsibility_page(
    *, at: datetime, scheme_code: str = "", unit_id: UUID | None = None, past: bool = False, cursor: str = ""
) -> tuple[Page[ResponsibilityRow], list[ResponsibilityView]]:
    """One page of the responsibility list, newest first.

    Args:
        unit_id: only rows whose host this is.
        past: also rows that hold no longer.
    """
    day = shanghai_day(at)
    rows = _base()
    if scheme_code:
        rows = rows.filter(scheme__code=scheme_code)
    if unit_id is not None:
        rows = rows.filter(host_unit_id=unit_id)
    if not past:
        rows = rows.filter(_not_ended(day))
    page = page_by_key(rows, _NEWEST, cursor=cursor)
    return page, [responsibility_view(row, day) for row in page.rows]


def rows_naming(node: ClassNode, *, at: datetime) -> list[ResponsibilityView]:
    """Rows that name a class itself and have not ended, newest first."""
    day = shanghai_day(at)
    rows = _base().filter(_not_ended(day), scheme_id=node.scheme_id, matter_class__code=node.code)
    return [responsibility_view(row, day) for row in rows.order_by("-id")[:_MOST_OF_A_CLASS]]


def responsibility_view(row: ResponsibilityRow, day: date) -> ResponsibilityView:
    """A row in words; names come from the indexes, so it costs no query."""
    units = unit_index(day)
    area = area_index(day).by_id.get(row.area_id) if row.area_id else None
    matter = catalog_index().class_by_id.get(row.matter_class_id) if row.matter_class_id else None
    return ResponsibilityView(
        row=row,
        scheme=row.scheme.name,
        matter=f"{matter.code} {matter.name}" if matter else "",
        area=area.name if area else "",
        condition=f"{row.condition.ordinal}. {row.condition.text}" if row.condition else "",
        host=units.name(row.host_unit_id),
        co_units="、".join(units.name(unit) for unit in row.co_unit_ids),
        holds=holds_on(row.valid_from, row.valid_to, day),
    )


def quarantine_page(*, state: str = "open", scheme_code: str = "", cursor: str = "") -> Page[LimitQuarantine]:
    """One page of the quarantine, newest first; an empty state means all."""
    rows = LimitQuarantine.objects.select_related("scheme")
    if state:
        rows = rows.filter(state=state)
    if scheme_code:
        rows = rows.filter(scheme__code=scheme_code)
    return page_by_key(rows, _NEWEST, cursor=cursor)


def _base() -> QuerySet[ResponsibilityRow]:
    return ResponsibilityRow.objects.select_related("scheme", "condition")


def _not_ended(day: date) -> Q:
    return Q(valid_to__isnull=True) | Q(valid_to__gt=day)
