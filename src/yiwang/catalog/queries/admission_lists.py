"""Lists of the admission pages 准入清单: a list as of a day, applications, exemptions; by key."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from ...interface.public import Order, Page, page_by_key
from ...kernel.errors import NotFound
from ...orgs.public import area_index, post_label, unit_index
from ..enums import AdmissionLevel, AdmissionList
from ..models import AdmissionRule, AdmittedMatter, Exemption
from ..rules.nodes import holds_on, limit_value, limit_words
from ..states import ADMISSION, ADMITTED, ASKED, GRANTED, LISTED_STATES, WAITING_STATES
from .index import catalog_index, shanghai_day

_BY_CODE = Order("code", "code")
_NEWEST = Order("newest", "id", descending=True)
#: More rows than these are not a list that anybody works by; the export says when it is cut.
MOST_EXPORTED = 5000


@dataclass(frozen=True, slots=True)
class MatterView:
    """A row of a list in words.

    Attributes:
        holds: whether it stands on its list on the day of the page.
        is_over: admitted once, and past its validity.
    """

    row: AdmittedMatter
    list_name: str
    classes: str
    areas: str
    lead: str
    limit: str
    holds: bool
    is_over: bool


@dataclass(frozen=True, slots=True)
class ExemptionView:
    """An exemption in words.

    Attributes:
        asker, post: unit and post of who asked and of who decided, never a person's name.
    """

    row: Exemption
    levels: str
    classes: str
    areas: str
    asker: str
    post: str
    is_open: bool


def listed_page(
    *,
    kind: str,
    day: date,
    words: str = "",
    unit_id: UUID | None = None,
    past: bool = False,
    cursor: str = "",
) -> tuple[Page[AdmittedMatter], list[MatterView]]:
    """One page of a list by code, as of a day.

    Args:
        past: also rows that were taken back or have ended by that day, and rows yet to begin.
    """
    page = page_by_key(_listed(kind, day, words, unit_id, past), _BY_CODE, cursor=cursor)
    return page, [matter_view(row, day) for row in page.rows]


def listed_rows(*, kind: str, day: date) -> Iterator[MatterView]:
    """The rows of a list as of a day, by code, for the export; at most `MOST_EXPORTED`."""
    for row in _listed(kind, day, "", None, past=False).order_by("code", "id")[:MOST_EXPORTED]:
        yield matter_view(row, day)


def waiting_page(
    *, at: datetime, state: str = "", cursor: str = ""
) -> tuple[Page[AdmittedMatter], list[MatterView]]:
    """One page of applications, newest first; an empty state means those that wait for a decision."""
    rows = AdmittedMatter.objects.filter(is_example=False)
    rows = rows.filter(state=state) if state else rows.filter(state__in=WAITING_STATES)
    page = page_by_key(rows, _NEWEST, cursor=cursor)
    return page, [matter_view(row, shanghai_day(at)) for row in page.rows]


def matter_for(matter_id: UUID) -> AdmittedMatter:
    """One row, in whatever state.

    Raises:
        NotFound.
    """
    found = AdmittedMatter.objects.filter(pk=matter_id).first()
    if found is None:
        raise NotFound("找不到该准入事项。")
    return found


def exemption_page(
    *, at: datetime, past: bool = False, cursor: str = ""
) -> tuple[Page[Exemption], list[ExemptionView]]:
    """One page of exemptions, newest first: those asked for, in force or to come.

    Args:
        past: also those that have ended, were refused or taken back.
    """
    rows = Exemption.objects.all()
    if not past:
        rows = rows.filter(
            Q(ended_at__isnull=True) | Q(ended_at__gt=at), ends_at__gt=at, state__in=(ASKED, GRANTED)
        )
    page = page_by_key(rows, _NEWEST, cursor=cursor)
    return page, [exemption_view(row, at) for row in page.rows]


def exemption_for(exemption_id: UUID) -> Exemption:
    """One exemption, in whatever state.

    Raises:
        NotFound.
    """
    found = Exemption.objects.filter(pk=exemption_id).first()
    if found is None:
        raise NotFound("找不到该应急豁免。")
    return found


def admission_rules() -> list[AdmissionRule]:
    """Every rule of checking, by level, the whole city first; a handful."""
    rows = AdmissionRule.objects.select_related("area")
    order = AdmissionLevel.values
    return sorted(rows, key=lambda row: (order.index(row.level), row.area is not None, str(row.area or "")))


def matter_view(row: AdmittedMatter, day: date) -> MatterView:
    """A row in words; names come from the indexes, so it costs no query."""
    limit = limit_value(row.limit_amount, row.limit_unit) if row.limit_amount is not None else None
    stood = row.state in LISTED_STATES
    return MatterView(
        row=row,
        list_name=str(AdmissionList(row.list_kind).label),
        classes=class_names(row.class_ids),
        areas=area_names(row.area_ids, day),
        lead=unit_index(day).name(row.lead_unit_id),
        limit=limit_words(limit),
        holds=stood and holds_on(row.valid_from, row.valid_to, day),
        is_over=row.state == ADMITTED and row.valid_to is not None and row.valid_to <= day,
    )


def exemption_view(row: Exemption, at: datetime) -> ExemptionView:
    """An exemption in words."""
    last = row.ends_at if row.ended_at is None else min(row.ends_at, row.ended_at)
    return ExemptionView(
        row=row,
        levels="、".join(str(AdmissionLevel(level).label) for level in row.levels),
        classes=class_names(row.class_ids),
        areas=area_names(row.area_ids, shanghai_day(at)),
        asker=post_label(row.asked_post) or unit_index().name(row.asked_unit),
        post=post_label(row.granted_post),
        is_open=row.state == GRANTED and row.starts_at <= at < last,
    )


def class_names(class_ids: Iterable[UUID]) -> str:
    """Classes in words: `P0101 上水井盖、E0110 暴露生活垃圾`."""
    known = catalog_index().class_by_id
    return "、".join(f"{known[key].code} {known[key].name}" for key in class_ids if key in known)


def area_names(area_ids: Iterable[UUID], day: date) -> str:
    """Areas in words; empty for the whole city."""
    known = area_index(day).by_id
    return "、".join(known[key].name for key in area_ids if key in known)


def state_words(view: MatterView) -> str:
    """The state of a row in words; a row past its validity has expired (已到期)."""
    return "已到期" if view.is_over else ADMISSION.states[view.row.state]


def _listed(kind: str, day: date, words: str, unit_id: UUID | None, past: bool) -> QuerySet[AdmittedMatter]:
    rows = AdmittedMatter.objects.filter(list_kind=kind, state__in=LISTED_STATES)
    if not past:
        rows = rows.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=day), valid_from__lte=day)
    if words:
        rows = rows.filter(Q(name__icontains=words) | Q(code__icontains=words))
    return rows.filter(lead_unit_id=unit_id) if unit_id is not None else rows
