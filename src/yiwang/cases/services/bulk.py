"""Bulk receiving 批量登记: thousands of reports in one transaction, by the rules of `receiving`.

The single path writes one report with one statement; this one builds the same rows as tuples and sends them
by COPY, table by table. `tests/test_bulk.py` puts the same drafts through both and compares every column,
journal entry and body. Reports of an older system may bring the end they came to; it is journaled as
`cases.history_imported`, never as an act that somebody here did.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
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
from ...kernel.ids import format_number, uuid7, uuid7s
from ...kernel.search_text import many_index_grams, normalise
from ...ledger.public import JournalEntry, acting, indexer, sealer
from ...orgs.public import area_index
from ...places.public import Place, place_locator
from ..enums import Ending, Stage
from ..events import CaseReceived, ReportsImported
from ..models import Case, CaseSearch, Report, ReportLink, StageClock
from ..policy import local_day
from ..states import ARCHIVED, CLOSED, RECEIVED, REJECTED, VOIDED, WITHDRAWN
from .bulk_clocks import FirstClock, FirstClocks
from .ladders import STEP_TIMER
from .numbers import take
from .receiving import (
    BY_PHONE,
    ReportDraft,
    check_draft,
    find_place,
    is_reachable,
    limit_body,
    sealed_contact,
    title_of,
)

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
    batch = _Batch(actor, len(reports))
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


@dataclass(slots=True)
class _New:
    """A report that is received, with the keys and numbers it gets.

    Attributes:
        at, day: when it was received, in UTC, and the Shanghai day of that.
        is_open: whether its case has to be worked on here.
    """

    report: BulkReport
    place: Place
    at: datetime
    day: date
    numbers: tuple[int, int]
    report_id: UUID
    case_id: UUID
    link_id: UUID
    clock_id: UUID

    @property
    def is_open(self) -> bool:
        return self.report.history is None or self.report.history.state == RECEIVED


class _Batch:
    """The rows of one batch, table by table, in the order in which they are written."""

    def __init__(self, actor: Actor, size: int) -> None:
        self._actor = actor
        self._who = (actor.account_id, actor.post_id, actor.name)
        self._keys = zip(*(uuid7s(size) for _ in range(4)), strict=True)
        self._sealed, self._indexed = sealer(), indexer(BY_PHONE)
        self._new: list[_New] = []
        self._started = FirstClocks()
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
        return len(self._new)

    def add(
        self, report: BulkReport, place: Place | None, report_number: int, case_number: int
    ) -> BulkOutcome:
        """Add one report with its case; returns their keys."""
        at = report.received_at.astimezone(UTC)
        new = _New(
            report, place or _NO_PLACE, at, local_day(at), (report_number, case_number), *next(self._keys)
        )
        self._new.append(new)
        if new.is_open:
            draft = report.draft
            self._started.add(matter_class=draft.matter_class, urgency=draft.urgency, at=at, day=new.day)
        return BulkOutcome(new.report_id, new.case_id)

    def write(self) -> None:
        """Make the rows and send all tables."""
        if not self.count:
            return
        clocks = iter(self._started.reckoned())
        for new in self._new:
            self._put(new, next(clocks) if new.is_open else None)
        self._put_searches()
        for columns in (
            self._reports, self._cases, self._links, self._searches, self._clocks, self._timers,
            self._entries,
        ):  # fmt: skip
            columns.write()

    def _put(self, new: _New, clock: FirstClock | None) -> None:
        """The rows of one report and its case, all but the one for searching."""
        has_contact = self._put_report(new, new.report.draft)
        self._put_case(new, new.report.draft, clock, has_contact=has_contact)
        self._links.rows.append((new.link_id, new.report_id, new.case_id, new.at))
        if clock is not None:
            *limits, slot, step_at = clock
            key = new.clock_id
            self._clocks.rows.append((key, new.case_id, Stage.ACCEPT.value, new.at, *limits))
            if slot is not None:
                self._timers.rows.append((uuid7(), step_at, step_at, key, STEP_TIMER, slot))

    def _put_report(self, new: _New, draft: ReportDraft) -> bool:
        """The report and its entry; whether it has a contact."""
        report_id, at = new.report_id, new.at
        text, salt = draft.text.strip(), new_salt()
        number = format_number(new.day, new.numbers[0], "R")
        contact, contact_index = self._contact(draft, report_id)
        head = self._record(
            report_id, seq=1, head=GENESIS, kind="cases.report_received", at=at,
            body={
                "number": number, "channel": draft.channel, "kind": draft.kind, "case": new.case_id,
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

    def _contact(self, draft: ReportDraft, report_id: UUID) -> tuple[bytes | None, bytes | None]:
        if not draft.contact:
            return None, None
        return sealed_contact(draft, report_id, sealed=self._sealed, indexed=self._indexed)

    def _put_case(
        self, new: _New, draft: ReportDraft, clock: FirstClock | None, *, has_contact: bool
    ) -> None:
        number, title, where = format_number(new.day, new.numbers[1]), title_of(draft), new.place
        version, head = self._record_case(new, number, clock)
        ended = new.report.history
        well = ended is not None and ended.state in _ENDED_WELL
        self._cases.rows.append((
            new.case_id, version, head, number, ended.state if ended else RECEIVED,
            ended.ending if ended else "", title, draft.channel, draft.kind, draft.urgency, draft.privacy,
            draft.is_sensitive, draft.matter_class, where.district_id, where.street_id, where.community_id,
            where.grid_id, draft.address, draft.lon, draft.lat, draft.complained_unit, draft.source_due_at,
            new.at, ended.ended_at if ended is not None and well else None,
            None if clock is None else new.clock_id, is_reachable(draft, has_contact=has_contact),
        ))  # fmt: skip
        body = normalise(f"{number} {title} {draft.text} {draft.address}")
        self._searches.rows.append((new.case_id, body, ()))

    def _record_case(self, new: _New, number: str, clock: FirstClock | None) -> tuple[int, bytes]:
        """The entries of a case; its version and the head of its stream."""
        draft, where, ended = new.report.draft, new.place, new.report.history
        head = self._record(
            new.case_id, seq=1, head=GENESIS, kind="cases.received", at=new.at,
            body={
                "number": number, "state": RECEIVED, "report": new.report_id, "class": draft.matter_class,
                "community": where.community_id, "grid": where.grid_id,
                **({} if draft.source_due_at is None else {"source_due_at": draft.source_due_at}),
                **_due_body(new.clock_id, clock),
            },
        )  # fmt: skip
        if ended is None or ended.state == RECEIVED:
            return 1, head
        head = self._record(
            new.case_id, seq=2, head=head, kind="cases.history_imported", at=ended.ended_at or new.at,
            body={"state": ended.state, "ending": ended.ending, "closed_at": ended.ended_at},
        )  # fmt: skip
        return 2, head

    def _put_searches(self) -> None:
        """What the texts of all cases are found by."""
        rows = self._searches.rows
        areas = [(n.place.district_id, n.place.street_id, n.place.community_id) for n in self._new]
        found = many_index_grams([body for _, body, _ in rows], areas)
        self._searches.rows = [(*row[:2], grams) for row, grams in zip(rows, found, strict=True)]

    def _record(
        self, stream: UUID, *, seq: int, head: bytes, kind: str, at: datetime, body: Mapping[str, Any]
    ) -> bytes:
        """Add a journal entry and return the stream's new head."""
        text = canonical_text(body)
        actor, post, agent = self._who
        digest = entry_hash(
            head, stream=stream, seq=seq, kind=kind, at=at, actor=actor, post=post, agent=agent, body=text
        )
        self._entries.rows.append((stream, seq, kind, at, actor, post, agent, text, digest))
        return digest


def _due_body(key: UUID, clock: FirstClock | None) -> dict[str, object]:
    """What the entry of a new case tells of its clock's due instant."""
    return {} if clock is None or clock.due_at is None else {"due": {due_name(key): clock.due_at}}


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
