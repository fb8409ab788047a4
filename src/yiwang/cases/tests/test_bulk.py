"""The bulk path: the same rows as the single path, and histories that replay."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import models

from yiwang.cases.models import Case, CaseSearch, Report, ReportLink, StageClock
from yiwang.cases.public import (
    BulkReport,
    ImportedHistory,
    ReportDraft,
    import_reports,
    receive_report,
)
from yiwang.cases.replaying import replay_case, replay_report
from yiwang.cases.tests.factories import AT, SYSTEM, City, make_city
from yiwang.clocks.public import Timer
from yiwang.kernel.actor import EVERYWHERE, Actor, Scope, system_actor
from yiwang.kernel.canonical import commitment, due_name, entry_hash
from yiwang.kernel.ids import is_number
from yiwang.kernel.search_text import bigrams, normalise
from yiwang.ledger.public import JournalEntry, OutboxEvent, unseal

EARLIER = datetime(2025, 12, 31, 17, 30, tzinfo=UTC)

#: Columns that differ by nature: keys, numbers, salts, what is sealed and what is hashed from them.
_OWN = {"id", "number", "salt", "contact", "journal_head", "report_id", "case_id", "clock", "subject"}


@pytest.fixture
def city(db: None) -> City:
    return make_city()


def drafts(city: City) -> list[ReportDraft]:
    """One draft for each thing the two paths could do differently."""
    part = city.classes["part"].id
    return [
        ReportDraft(channel="12345", text="路灯不亮，请尽快修复。"),
        ReportDraft(channel="12345", text="  前后有空白\n与换行  ", source_number="A-1", title="标题 一  二"),
        ReportDraft(
            channel="12345", text="长" * 300, address="中山路１号", community=city.area("east_1_a"),
            matter_class=part, kind="complaint", urgency="urgent", privacy="confidential",
            contact={"name": "王小明", "phone": " 13900001234 "}, occurred_at=EARLIER,
        ),
        ReportDraft(channel="12345", text="匿名来件", privacy="anonymous", contact={"phone": "13900001234"}),
        ReportDraft(channel="app", text="有坐标", lon=118.8, lat=32.0, contact={"name": " ", "phone": ""}),
        ReportDraft(channel="app", text="另一处", lon=118.801, lat=32.001, community=city.area("west_1_a")),
        ReportDraft(channel="app", text="市外坐标", lon=10.0, lat=50.0),
        ReportDraft(channel="app", text="市外而知社区", lon=10.0, lat=50.0, community=city.area("west_1_a")),
        ReportDraft(
            channel="app", text="敏感件 Emoji 🚧", is_sensitive=True, entered_by_staff=True,
            complained_unit=city.unit("cleaning"),
        ),
        ReportDraft(
            channel="app", text="来源掌握时限", voice="source", rated_by_source=True, source_due_at=AT,
            source_margin="4 work_hour",
        ),
    ]  # fmt: skip


def _draw_grids() -> None:
    """A grid of four cells over 118.7 to 118.9°E and 31.9 to 32.1°N."""
    from yiwang.places.public import create_extent_city

    drawer = system_actor("test", "places.import", "orgs.edit")
    extent = (118.7, 31.9, 118.9, 32.1)
    create_extent_city(
        actor=drawer,
        at=AT,
        code="990000",
        name="格市",
        extent=extent,
        rows=2,
        cols=2,
        valid_from=date(2020, 1, 1),
    )


def columns(row: models.Model) -> dict[str, Any]:
    """A row's columns without those that differ by nature."""
    values = {f.attname: getattr(row, f.attname) for f in row._meta.concrete_fields}
    return {
        name: bytes(value) if isinstance(value, memoryview) else value
        for name, value in values.items()
        if name not in _OWN
    }


def written(case: Case) -> dict[str, Any]:
    """All that stands in the database about one case, comparable between two cases."""
    link = ReportLink.objects.get(case=case)
    report = Report.objects.get(pk=link.report_id)
    search = CaseSearch.objects.get(case=case)
    own = {case.number: "C", report.number: "R", str(case.id): "case", str(report.id): "report"}
    own |= {due_name(case.clock): "clock"} if case.clock is not None else {}
    return {
        "case": columns(case),
        "report": columns(report),
        "link": columns(link),
        "contact": _opened(report),
        "clock": columns(StageClock.objects.get(pk=case.clock, case=case)),
        "timers": [columns(row) for row in Timer.objects.filter(subject=case.clock)],
        "search": search.body.replace(normalise(case.number), "C"),
        "grams": sorted(set(search.grams) - set(bigrams(normalise(case.number)))),
        "case journal": _journal(case.id, own, ""),
        "report journal": _journal(report.id, own, commitment(report.text, bytes(report.salt))),
    }


def _opened(report: Report) -> str:
    return unseal(bytes(report.contact), context=report.id.bytes) if report.contact is not None else ""


def _journal(stream: UUID, own: dict[str, str], text: str) -> list[Any]:
    entries = []
    for entry in JournalEntry.objects.filter(stream=stream).order_by("seq"):
        told = json.loads(entry.body)
        dues = {own.get(name, name): due for name, due in told.pop("due", {}).items()}
        body = {key: own.get(value, value) for key, value in told.items()} | {"due": dues}
        if text and body["text"] == text:
            body["text"] = "commitment"
        entries.append((entry.seq, entry.kind, entry.at, entry.actor, entry.post, entry.agent, body))
    return entries


def chain_holds(row: Case | Report) -> bool:
    """Whether the row's journal chains up to its head and version."""
    head = bytes(32)
    entries = list(JournalEntry.objects.filter(stream=row.id).order_by("seq"))
    for entry in entries:
        head = entry_hash(
            head, stream=entry.stream, seq=entry.seq, kind=entry.kind, at=entry.at,
            actor=entry.actor, post=entry.post, agent=entry.agent, body=entry.body,
        )  # fmt: skip
        if head != bytes(entry.hash):
            return False
    return head == bytes(row.journal_head) and row.version == len(entries)


def bulk(*reports: BulkReport, **options: Any) -> list[Any]:
    return import_reports(reports, actor=options.pop("actor", SYSTEM), at=AT, **options)


def test_the_bulk_path_writes_what_the_single_path_writes(city: City) -> None:
    _draw_grids()
    acting = Actor(
        account_id=UUID(int=1), post_id=UUID(int=2), grants={"cases.receive": EVERYWHERE}, name="import"
    )
    for draft in drafts(city):
        report, case = receive_report(actor=acting, at=AT, draft=draft)
        single = written(Case.objects.get(pk=case.id))
        Report.objects.filter(pk=report.id).update(source_number=None)
        outcome = bulk(BulkReport(draft, AT), actor=acting)[0]
        assert outcome.problem is None
        assert written(Case.objects.get(pk=outcome.case_id)) == single, draft.text
    assert Case.objects.exclude(grid=None).count() == 2 * 2


def test_a_batch_keeps_the_order_and_gives_each_report_a_number_of_its_own(city: City) -> None:
    outcomes = bulk(*(BulkReport(draft, AT) for draft in drafts(city)))
    texts = [Report.objects.get(pk=outcome.report_id).text for outcome in outcomes]
    assert texts == [draft.text.strip() for draft in drafts(city)]
    numbers = [
        *Report.objects.values_list("number", flat=True),
        *Case.objects.values_list("number", flat=True),
    ]
    assert len(set(numbers)) == 2 * len(outcomes)
    assert all(is_number(number) for number in numbers)
    assert all(chain_holds(row) for row in [*Report.objects.all(), *Case.objects.all()])


def test_the_number_carries_the_shanghai_day_the_report_was_received(city: City) -> None:
    outcome = bulk(BulkReport(ReportDraft(channel="12345", text="跨年"), EARLIER))[0]
    case = Case.objects.get(pk=outcome.case_id)
    assert (case.number[:8], case.created_at) == ("20260101", EARLIER)


@pytest.mark.parametrize(
    ("state", "ending", "ended"),
    [
        ("closed", "solved", EARLIER + timedelta(days=2)),
        ("closed", "answered", None),
        ("archived", "solved", EARLIER),
        ("voided", "", EARLIER + timedelta(hours=1)),
        ("rejected", "", None),
        ("received", "", None),
    ],
)
def test_an_imported_end_is_journaled_and_replays(
    city: City, state: str, ending: str, ended: datetime | None
) -> None:
    draft = ReportDraft(channel="old", text="历史件")
    outcome = bulk(BulkReport(draft, EARLIER, ImportedHistory(state, ending, ended)))[0]
    case = Case.objects.get(pk=outcome.case_id)
    report = Report.objects.get(pk=outcome.report_id)
    entries = list(JournalEntry.objects.filter(stream=case.id).order_by("seq"))
    assert (case.state, case.ending) == (state, ending)
    assert case.closed_at == (ended if ending else None)
    assert replay_case(case, entries) == []
    assert replay_report(report, JournalEntry.objects.filter(stream=report.id)) == []
    assert chain_holds(case)
    assert [entry.kind for entry in entries[1:]] == (
        [] if state == "received" else ["cases.history_imported"]
    )
    Case.objects.filter(pk=case.id).update(state="handling")
    assert replay_case(Case.objects.get(pk=case.id), entries) != []


@pytest.mark.parametrize(
    ("history", "field"),
    [
        (ImportedHistory("handling"), "state"),
        (ImportedHistory("closed", ""), "ending"),
        (ImportedHistory("voided", "solved"), "ending"),
        (ImportedHistory("closed", "solved", EARLIER - timedelta(seconds=1)), "closed_at"),
    ],
)
def test_an_impossible_history_is_a_named_problem(city: City, history: ImportedHistory, field: str) -> None:
    outcome = bulk(BulkReport(ReportDraft(channel="old", text="历史件"), EARLIER, history))[0]
    assert outcome.problem is not None
    assert outcome.problem.field == field
    assert Report.objects.count() == 0


def test_a_wrong_report_does_not_keep_the_others_of_its_batch_out(city: City) -> None:
    good = ReportDraft(channel="12345", text="好的")
    outcomes = bulk(
        BulkReport(good, AT),
        BulkReport(ReportDraft(channel="12345", text=" "), AT),
        BulkReport(ReportDraft(channel="12345", text="无此社区", community=UUID(int=7)), AT),
        BulkReport(good, AT),
    )
    assert [o.problem.field if o.problem else None for o in outcomes] == [None, "text", "community", None]
    assert Case.objects.count() == Report.objects.count() == 2


def test_outside_the_city_is_refused_only_when_asked(city: City) -> None:
    away = BulkReport(ReportDraft(channel="app", text="市外", lon=10.0, lat=50.0), AT)
    assert bulk(away, refuse_outside=True)[0].problem.field == "lon"
    kept = bulk(away)[0]
    assert Case.objects.get(pk=kept.case_id).community is None


def test_an_actor_bound_to_an_area_imports_only_into_it(city: City) -> None:
    inside, outside = city.area("east_1_a"), city.area("west_1_a")
    bound = Actor(account_id=UUID(int=1), grants={"cases.receive": Scope(communities=frozenset([inside]))})
    outcomes = bulk(
        BulkReport(ReportDraft(channel="12345", text="内", community=inside), AT),
        BulkReport(ReportDraft(channel="12345", text="外", community=outside), AT),
        BulkReport(ReportDraft(channel="12345", text="不明"), AT),
        actor=bound,
    )
    assert [o.problem.field if o.problem else None for o in outcomes] == [None, "community", "community"]


def test_one_event_tells_of_a_batch_and_seeding_is_silent(city: City) -> None:
    OutboxEvent.objects.all().delete()
    two = [BulkReport(ReportDraft(channel="12345", text="一"), AT)] * 2
    bulk(*two)
    bulk(*two, announce="nothing")
    events = list(OutboxEvent.objects.values_list("kind", "body"))
    assert [kind for kind, _ in events] == ["cases.reports_imported"]
    assert json.loads(events[0][1])["count"] == 2
