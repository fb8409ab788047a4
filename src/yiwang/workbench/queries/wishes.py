"""Wishes 申请 that a second person decides, in words: corrections of a case, erasures of reports."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _

from ...cases import public as cases
from ...catalog.public import catalog_index
from ...interface.public import Order, Page, page_by_key
from ...kernel.actor import Actor
from ...orgs.public import area_index, post_label
from .. import names

_OLDEST = Order("oldest", "asked_at")
_NEWEST = Order("newest", "asked_at", descending=True)
#: Fields in the order of a reader; district, street and grid go with the community.
_SHOWN = ("title", "matter_class", "condition", "urgency", "privacy", "community", "address", "lon", "lat")


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One corrected field: its name, how it stood and how it should."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class CorrectionView:
    """A correction as pages show it; persons are shown by their posts."""

    row: cases.Correction
    changes: Sequence[FieldChange]
    asked_by: str
    reason: str


@dataclass(frozen=True, slots=True)
class ErasureView:
    """A request to erase as pages show it."""

    row: cases.ErasureRequest
    asked_by: str
    basis: str
    decision: str
    is_own: bool


def changes_of_correction(row: cases.Correction) -> list[FieldChange]:
    """What a correction changes, in words."""
    return [
        FieldChange(_label(name), _words(name, row.before.get(name)), _words(name, row.after[name]))
        for name in _SHOWN
        if name in row.after
    ]


def _label(name: str) -> str:
    if name == "community":
        return _("所在区域")
    return _(str(cases.Case._meta.get_field(name).verbose_name))  # type: ignore[union-attr]


def _words(name: str, text: str | None) -> str:
    if not text:
        return "—"
    if name == "matter_class":
        return names.class_name(UUID(text)) or "—"
    if name == "condition":
        found = catalog_index().condition(UUID(text))
        return found.text if found else "—"
    if name == "community":
        chain = area_index().chain(UUID(text))
        parts = (chain.district_id, chain.street_id, chain.community_id) if chain else (UUID(text),)
        return " · ".join(filter(None, (names.area_name(key) for key in parts)))
    if name == "urgency":
        return str(cases.Urgency(text).label)
    return str(cases.Privacy(text).label) if name == "privacy" else text


def correction_views(rows: Iterable[cases.Correction]) -> list[CorrectionView]:
    """Corrections in words; one query for the reasons of all."""
    found = list(rows)
    said = said_at((row.case_id, row.asked_seq) for row in found)
    return [
        CorrectionView(
            row,
            changes_of_correction(row),
            post_label(row.asked_post) or _("系统"),
            said.get((row.case_id, row.asked_seq), ""),
        )
        for row in found
    ]


def said_at(keys: Iterable[tuple[UUID, int | None]]) -> dict[tuple[UUID, int], str]:
    """The words that stand beside journal entries of cases, by one query."""
    wanted = Q(pk__in=[])
    for case_id, seq in keys:
        if seq is not None:
            wanted |= Q(case=case_id, seq=seq)
    return {
        (case_id, seq): text
        for case_id, seq, text in cases.Remark.objects.filter(wanted).values_list("case", "seq", "text")
    }


def waiting_corrections(actor: Actor, *, cursor: str = "") -> Page[cases.Correction]:
    """Corrections that wait for approval where the actor may approve, oldest first."""
    seen = cases.visible_to(actor, "cases.approve_correction")
    rows = cases.Correction.objects.filter(state="asked", case__in=seen).select_related("case")
    return page_by_key(rows, _OLDEST, cursor=cursor or None)


def erasures(actor: Actor, state: str, *, cursor: str = "") -> Page[cases.ErasureRequest]:
    """Requests to erase in one state where the actor may erase; those that wait oldest first."""
    scope = actor.scope("cases.erase")
    rows = cases.ErasureRequest.objects.filter(state=state).select_related("report", "case")
    if not scope.everywhere:
        rows = rows.filter(case__community__in=scope.communities)
    return page_by_key(rows, _OLDEST if state == "asked" else _NEWEST, cursor=cursor or None)


def newest_erasure_view(report: cases.Report) -> ErasureView | None:
    """The newest request to erase a report as the reporter sees it, or None."""
    rows = cases.ErasureRequest.objects.filter(report=report.id).order_by("-asked_at", "-id")[:1]
    return next(iter(erasure_views(cases.RESIDENT, rows)), None)


def erasure_views(actor: Actor, rows: Iterable[cases.ErasureRequest]) -> list[ErasureView]:
    """Requests to erase in words; one query for the texts of all."""
    found = list(rows)
    said = said_at(
        key for row in found for key in ((row.case_id, row.asked_seq), (row.case_id, row.decided_seq))
    )
    return [
        ErasureView(
            row,
            post_label(row.asked_post) or _("诉求人"),
            said.get((row.case_id, row.asked_seq), ""),
            said.get((row.case_id, row.decided_seq or 0), ""),
            row.asked_by is not None and row.asked_by == actor.account_id,
        )
        for row in found
    ]
