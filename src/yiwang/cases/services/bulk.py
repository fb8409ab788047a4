"""Bulk receiving 批量登记: thousands of reports in one transaction, by the rules of `receiving`.

The single path writes one report with one statement; this one builds the same rows as tuples and sends them
by COPY, table by table. `tests/test_bulk.py` puts the same drafts through both and compares every column,
journal entry and body. Reports of an older system may bring the end they came to; it is journaled as
`cases.history_imported`, never as an act that somebody here did.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any
from uuid import UUID

import numpy as np
from django.db import connection, models, transaction
from django.db.models.fields import NOT_PROVIDED

from ...clocks.public import Timer
from ...kernel.actor import Actor
from ...kernel.canonical import GENESIS, canonical_text, commitment, due_name, entry_hash, new_salt
from ...kernel.copy_format import CopyTable
from ...kernel.errors import FieldProblem, Invalid
from ...kernel.ids import format_number, uuid7
from ...kernel.search_text import index_grams, normalise
from ...ledger.public import JournalEntry, acting
from ...orgs.public import area_index
from ...places.public import Place, place_locator
from ..enums import Ending, Stage
from ..events import CaseReceived, ReportsImported
from ..models import Case, CaseSearch, Report, ReportLink, StageClock
from ..policy import local_day
from ..stage_limits import stage_rule
from ..states import ARCHIVED, CLOSED, RECEIVED, REJECTED, VOIDED, WITHDRAWN
from ..steps import RunningClock
from .ladders import STEP_TIMER, first_step
from .numbers import take
from .receiving import (
    ReportDraft,
    check_draft,
    find_place,
    is_reachable,
    limit_body,
    sealed_contact,
    title_of,
)
from .stages import limits_from

#: States in which an older system may have left a case; in all others somebody here would have to work on it.
IMPORTED_STATES = (RECEIVED, CLOSED, ARCHIVED, REJECTED, VOIDED, WITHDRAWN)
_ENDED_WELL = (CLOSED, ARCHIVED)
_ENDINGS = Ending.values
_NO_PLACE = Place(None, None, None, None)


@dataclass(frozen=True, slots=True)
class ImportedHistory:
    """The end a case came to in an older system 历史办结.

    Attributes:
        state: one of `IMPORTED_STATES`.
        ending: an `Ending` value when the state is closed or archived, else empty.
        ended_at: when; None when the source does not say.
    """

    state: str
    ending: str = ""
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class BulkReport:
    """One report to receive: what a door hands over, when it was said, and how it ended elsewhere."""

    draft: ReportDraft
    received_at: datetime
    history: ImportedHistory | None = None


@dataclass(frozen=True, slots=True)
class BulkOutcome:
    """What became of one report: its keys, or the field that is wrong."""

    report_id: UUID | None = None
    case_id: UUID | None = None
    problem: FieldProblem | None = None


class _Columns:
    """Rows of one model: the columns that are named vary, all others hold the default of a new row."""

    def __init__(self, model: type[models.Model], *varying: str) -> None:
        self._table = _table(model, varying)
        self.rows: list[tuple[Any, ...]] = []

    def write(self) -> None:
        """Send the rows by COPY."""
        with connection.cursor() as cursor, cursor.copy(self._table.statement) as copy:
            for chunk in self._table.stream(self.rows):
                copy.write(chunk)


@cache
def _table(model: type[models.Model], varying: tuple[str, ...]) -> CopyTable:
    fields: dict[str, Any] = {field.attname: field for field in model._meta.concrete_fields}
    same = {field.column: _default_of(field) for name, field in fields.items() if name not in varying}
    ordered = [*(fields[name] for name in varying), *(f for n, f in fields.items() if n not in varying)]
    types = {field.column: str(field.db_type(connection)) for field in ordered}
    return CopyTable(model._meta.db_table, types, same)


def _default_of(field: models.Field) -> Any:
    if field.default is NOT_PROVIDED:
        return None
    return field.get_default() if not callable(field.default) or field.default is list else None


def import_reports(
    reports: Sequence[BulkReport],
    *,
    actor: Actor,
    at: datetime,
    refuse_outside: bool = False,
    announce: str = "batch",
) -> list[BulkOutcome]:
    """Receive many reports 批量登记 in one transaction; one outcome for each, in order.

    Effects: for every report without a problem the rows and journal entries of `receive_report` at its
    `received_at`, located on the map of `at`; with a history one more entry `cases.history_imported`, which
    the case's state follows.

    Args:
        reports: at most some twenty thousand; the caller cuts batches.
        refuse_outside: make a report whose coordinates lie outside the city a problem of its field `lon`;
            otherwise it is received without a place.
        announce: `batch` for one event `ReportsImported`; `each` for one `CaseReceived` a case, as live
            channels need; `nothing` for none (seeding).
    """
    problems = [_problem_of(report) for report in reports]
    places = _places_of(reports, problems, at)
    outcomes: list[BulkOutcome] = []
    batch = _Batch(actor)
    numbers = take(2 * len(reports))
    with transaction.atomic():
        for index, report in enumerate(reports):
            place, problem = places[index], problems[index]
            if problem is None:
                problem = _placed_wrongly(report.draft, place, actor, refuse_outside)
            if problem is not None:
                outcomes.append(BulkOutcome(problem=problem))
            else:
                outcomes.append(batch.add(report, place, numbers[2 * index], numbers[2 * index + 1]))
        batch.write()
        if batch.count:
            _announce(announce, outcomes, actor=actor, at=at)
    return outcomes


def _announce(how: str, outcomes: Sequence[BulkOutcome], *, actor: Actor, at: datetime) -> None:
    received = [outcome for outcome in outcomes if outcome.report_id is not None]
    with acting(actor=actor, at=at) as act:
        if how == "batch":
            act.announce(ReportsImported(batch_id=uuid7(), at=at, count=len(received)))
        elif how == "each":
            for outcome in received:
                assert outcome.case_id is not None
                assert outcome.report_id is not None
                act.announce(CaseReceived(case_id=outcome.case_id, at=at, report_id=outcome.report_id))


def _problem_of(report: BulkReport) -> FieldProblem | None:
    try:
        check_draft(report.draft)
    except Invalid as error:
        return error.problems[0]
    history = report.history
    if history is None:
        return None
    if history.state not in IMPORTED_STATES:
        return FieldProblem("state", history.state, f"导入的状态只能是 {'、'.join(IMPORTED_STATES)} 之一。")
    endings = _ENDINGS if history.state in _ENDED_WELL else [""]
    if history.ending not in endings:
        return FieldProblem("ending", history.ending, f"该状态的办结方式只能是 {'、'.join(endings)} 之一。")
    if history.ended_at is not None and history.ended_at < report.received_at:
        return FieldProblem("closed_at", history.ended_at.isoformat(), "办结时间早于接收时间，请核对。")
    return None


def _places_of(
    reports: Sequence[BulkReport], problems: list[FieldProblem | None], at: datetime
) -> list[Place | None]:
    """The place of each report, points by array; a community that does not exist becomes a problem."""
    found: list[Place | None] = [None] * len(reports)
    located = _located([report.draft for report in reports], problems, at)
    for index, report in enumerate(reports):
        if problems[index] is not None:
            continue
        if index in located:
            found[index] = located[index]
        elif report.draft.lon is not None or report.draft.community is not None:
            try:
                found[index] = find_place(report.draft, at)
            except Invalid as error:
                problems[index] = error.problems[0]
    return found


def _located(
    drafts: Sequence[ReportDraft], problems: Sequence[FieldProblem | None], at: datetime
) -> Mapping[int, Place]:
    """Index to place of those drafts whose point lies in a grid."""
    chosen = [i for i, draft in enumerate(drafts) if problems[i] is None and draft.lon is not None]
    if not chosen:
        return {}
    lons = np.array([drafts[i].lon for i in chosen], dtype=np.float64)
    lats = np.array([drafts[i].lat for i in chosen], dtype=np.float64)
    finder, areas = place_locator(at), area_index()
    hits = finder.locate(lons, lats)
    known: dict[int, Place] = {}
    for hit in np.unique(hits[hits >= 0]).tolist():
        chain = areas.chain(finder.areas[hit])
        known[hit] = Place(chain.district_id, chain.street_id, chain.community_id, chain.grid_id)
    return {i: known[hit] for i, hit in zip(chosen, hits.tolist(), strict=True) if hit >= 0}


def _placed_wrongly(
    draft: ReportDraft, place: Place | None, actor: Actor, refuse_outside: bool
) -> FieldProblem | None:
    if refuse_outside and place is None and draft.lon is not None:
        return FieldProblem("lon", f"{draft.lon},{draft.lat}", "坐标不在辖区内，请核对坐标和坐标系。")
    community = place.community_id if place else None
    if not actor.may("cases.receive", community=community):
        return FieldProblem("community", str(community or ""), "您没有在该区域登记诉求的权限。")
    return None


class _Batch:
    """The rows of one batch, table by table, in the order in which they are written."""

    def __init__(self, actor: Actor) -> None:
        self._actor = actor
        self._probe = Case()
        self._reports = _Columns(
            Report, "id", "version", "journal_head", "number", "channel", "source_number", "kind", "urgency",
            "privacy", "text", "salt", "address", "lon", "lat", "contact", "contact_index", "entered_by",
            "complained_unit", "occurred_at", "received_at", "voice", "rated_by_source", "source_due_at",
            "source_margin",
        )  # fmt: skip
        self._cases = _Columns(
            Case, "id", "version", "journal_head", "number", "state", "ending", "title", "channel", "kind",
            "urgency", "privacy", "is_sensitive", "matter_class", "district", "street", "community", "grid",
            "address", "lon", "lat", "complained_unit", "source_due_at", "created_at", "closed_at", "clock",
            "is_reachable",
        )  # fmt: skip
        self._clocks = _Columns(
            StageClock, "id", "case_id", "stage", "started_at", "limit_amount", "limit_unit", "due_at",
            "calendar_version", "legal_due_at", "legal_words", "basis",
        )  # fmt: skip
        self._timers = _Columns(Timer, "id", "due_at", "run_at", "subject", "kind", "generation")
        self._links = _Columns(ReportLink, "id", "report_id", "case_id", "since")
        self._searches = _Columns(CaseSearch, "case_id", "body", "grams")
        self._entries = _Columns(
            JournalEntry, "stream", "seq", "kind", "at", "actor", "post", "agent", "body", "hash"
        )

    @property
    def count(self) -> int:
        """How many reports it holds."""
        return len(self._reports.rows)

    def write(self) -> None:
        """Send all tables."""
        if self.count:
            for columns in (
                self._reports, self._cases, self._links, self._searches, self._clocks, self._timers,
                self._entries,
            ):  # fmt: skip
                columns.write()

    def add(
        self, report: BulkReport, place: Place | None, report_number: int, case_number: int
    ) -> BulkOutcome:
        """Add one report with its case; returns their keys."""
        at = report.received_at.astimezone(UTC)
        day = local_day(at)
        report_id, case_id = uuid7(), uuid7()
        number = format_number(day, report_number, "R")
        has_contact = self._add_report(report.draft, at, report_id, case_id, number)
        self._add_case(
            report, place, at=at, report_id=report_id, case_id=case_id,
            number=format_number(day, case_number),
            is_reachable=is_reachable(report.draft, has_contact=has_contact),
        )  # fmt: skip
        self._links.rows.append((uuid7(), report_id, case_id, at))
        return BulkOutcome(report_id, case_id)

    def _add_report(
        self, draft: ReportDraft, at: datetime, report_id: UUID, case_id: UUID, number: str
    ) -> bool:
        """Add the report; whether it has a contact."""
        text, salt = draft.text.strip(), new_salt()
        contact, contact_index = sealed_contact(draft, report_id) if draft.contact else (None, None)
        head = self._record(
            report_id, seq=1, head=GENESIS, kind="cases.report_received", at=at,
            body={
                "number": number, "channel": draft.channel, "kind": draft.kind, "case": case_id,
                "text": commitment(text, salt), **limit_body(draft.source_due_at, draft.source_margin),
            },
        )  # fmt: skip
        self._reports.rows.append((
            report_id, 1, head, number, draft.channel, draft.source_number, draft.kind, draft.urgency,
            draft.privacy, text, salt, draft.address, draft.lon, draft.lat, contact, contact_index,
            self._actor.account_id if draft.entered_by_staff else None, draft.complained_unit,
            draft.occurred_at, at, draft.voice, draft.rated_by_source, draft.source_due_at,
            draft.source_margin,
        ))  # fmt: skip
        return contact is not None

    def _add_case(
        self,
        report: BulkReport,
        place: Place | None,
        *,
        at: datetime,
        report_id: UUID,
        case_id: UUID,
        number: str,
        is_reachable: bool,
    ) -> None:
        draft, title = report.draft, title_of(report.draft)
        where, ended = place or _NO_PLACE, report.history
        is_open = ended is None or ended.state == RECEIVED
        clock, due = self._add_clock(draft, case_id, at) if is_open else (None, None)
        head = self._record(
            case_id, seq=1, head=GENESIS, kind="cases.received", at=at,
            body={
                "number": number, "state": RECEIVED, "report": report_id, "class": draft.matter_class,
                "community": where.community_id, "grid": where.grid_id,
                **({} if draft.source_due_at is None else {"source_due_at": draft.source_due_at}),
                **({} if clock is None or due is None else {"due": {due_name(clock): due}}),
            },
        )  # fmt: skip
        version = 1
        if ended is not None and ended.state != RECEIVED:
            version = 2
            head = self._record(
                case_id, seq=2, head=head, kind="cases.history_imported", at=ended.ended_at or at,
                body={"state": ended.state, "ending": ended.ending, "closed_at": ended.ended_at},
            )  # fmt: skip
        well = ended is not None and ended.state in _ENDED_WELL
        self._cases.rows.append((
            case_id, version, head, number, ended.state if ended else RECEIVED,
            ended.ending if ended else "", title, draft.channel, draft.kind, draft.urgency, draft.privacy,
            draft.is_sensitive, draft.matter_class, where.district_id, where.street_id, where.community_id,
            where.grid_id, draft.address, draft.lon, draft.lat, draft.complained_unit, draft.source_due_at,
            at, ended.ended_at if ended is not None and well else None,
            clock, is_reachable,
        ))  # fmt: skip
        body = normalise(f"{number} {title} {draft.text} {draft.address}")
        grams = index_grams(body, (where.district_id, where.street_id, where.community_id))
        self._searches.rows.append((case_id, body, grams))

    def _add_clock(self, draft: ReportDraft, case_id: UUID, at: datetime) -> tuple[UUID, datetime | None]:
        """Start 受理 of a case that is open here, with its first reminder; its key and due instant."""
        rule = stage_rule(Stage.ACCEPT, matter_class=draft.matter_class, urgency=draft.urgency, at=at)
        limits, key = limits_from(rule, at, at), uuid7()
        due = limits.due.due_at if limits.due else None
        self._clocks.rows.append((
            key, case_id, Stage.ACCEPT.value, at, limits.amount, limits.unit, due,
            limits.due.calendar_version if limits.due else None, limits.legal_due_at, limits.legal_words,
            limits.basis,
        ))  # fmt: skip
        self._probe.matter_class, self._probe.urgency = draft.matter_class, draft.urgency
        clock = RunningClock(Stage.ACCEPT.value, at, limits.amount, limits.unit, due)
        planned = first_step(self._probe, clock, at=at)
        if planned is not None:
            slot = planned.step.slot
            self._timers.rows.append((uuid7(), planned.at, planned.at, key, STEP_TIMER, slot))
        return key, due

    def _record(
        self, stream: UUID, *, seq: int, head: bytes, kind: str, at: datetime, body: Mapping[str, Any]
    ) -> bytes:
        """Add a journal entry and return the stream's new head."""
        text = canonical_text(body)
        digest = entry_hash(
            head, stream=stream, seq=seq, kind=kind, at=at, actor=self._actor.account_id,
            post=self._actor.post_id, agent=self._actor.name, body=text,
        )  # fmt: skip
        who = (self._actor.account_id, self._actor.post_id, self._actor.name)
        self._entries.rows.append((stream, seq, kind, at, *who, text, digest))
        return digest


def reports_by_source_number(channel: str, numbers: Iterable[str]) -> dict[str, UUID]:
    """A channel's source numbers that some report has, with the report."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT source_number, id FROM cases_report WHERE channel = %s AND source_number = ANY(%s)",
            [channel, list(numbers)],
        )
        return dict(cursor.fetchall())


def known_source_numbers(channel: str, numbers: Iterable[str]) -> set[str]:
    """Those of a channel's source numbers that some report already has."""
    return set(reports_by_source_number(channel, numbers))
