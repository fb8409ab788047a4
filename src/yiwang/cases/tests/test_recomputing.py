"""After an approved calendar correction the deadlines of open cases move, once, with their timers."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from procrastinate.contrib.django import app

from yiwang.cases.models import Case, Report, StageClock, Task
from yiwang.cases.public import accept_case, complete_task, dispatch_case, recall_case, sign_task
from yiwang.cases.replaying import replay_case
from yiwang.cases.services import recomputing, returning
from yiwang.cases.services.recomputing import correct_deadlines, preview_moves
from yiwang.cases.services.stepping import mark_overdue_cases
from yiwang.clocks.models import CalendarCorrection, KeptDeadline
from yiwang.clocks.public import (
    DueTimer,
    Timer,
    approve_correction,
    calendar_as_of,
    note_progress,
    propose_correction,
    set_local_day,
    with_local_day,
)
from yiwang.kernel.actor import EVERYWHERE, Actor
from yiwang.kernel.ids import uuid7
from yiwang.kernel.working_time import SHANGHAI
from yiwang.ledger.public import JournalEntry, OutboxEvent, relay_once

from .factories import AT, SYSTEM, City, dispatched, make_city, receive

GRANTS = {"clocks.edit": EVERYWHERE, "clocks.approve": EVERYWHERE}
PROPOSER, APPROVER = (Actor(account_id=uuid7(), grants=GRANTS) for _ in range(2))
#: Wednesday inside the five working days of a case dispatched on Monday 2 March 2026.
DAY = date(2026, 3, 4)
DUE = datetime(2026, 3, 9, 18, tzinfo=SHANGHAI)
MOVED = datetime(2026, 3, 10, 18, tzinfo=SHANGHAI)
LATER = AT + timedelta(hours=4)


@pytest.fixture
def city(db: None) -> City:
    city = make_city()
    first = propose_correction(actor=PROPOSER, at=AT, reason="首次载入")
    approve_correction(actor=APPROVER, at=AT, correction_id=first.id)
    note_progress(actor=recomputing.CORRECTOR, at=AT, correction_id=first.id, cursor=None)
    return city


def close_the_day() -> UUID:
    """Close the day, propose the correction and have it approved."""
    set_local_day(actor=PROPOSER, at=LATER, day=DAY, intervals=[], name="台风停工")
    row = propose_correction(actor=PROPOSER, at=LATER, reason="台风停工")
    approve_correction(actor=APPROVER, at=LATER, correction_id=row.id)
    return row.id


def carry_out(correction: UUID, *, at: datetime = LATER) -> CalendarCorrection:
    while correct_deadlines(at=at, correction_id=correction):
        pass
    return CalendarCorrection.objects.get(pk=correction)


def test_an_open_deadline_moves_with_its_task_its_timer_and_its_explanation(city: City) -> None:
    case = dispatched(city)
    assert case.due_at == DUE
    done = carry_out(close_the_day())
    assert (done.state, done.found, done.examined, done.moved, done.kept) == ("done", 1, 1, 1, 0)
    case.refresh_from_db()
    task = Task.objects.get(case=case)
    assert (case.due_at, task.due_at, task.calendar_version) == (MOVED, MOVED, 2)
    assert "3月4日休息（台风停工），不计" in task.due_explanation
    timer = Timer.objects.get(subject=case.id)
    assert (timer.due_at, timer.run_at, timer.generation) == (MOVED, MOVED, case.round)


def test_a_deadline_moves_no_further_than_its_source_allows(city: City) -> None:
    case = dispatched(city)
    limit = datetime(2026, 3, 10, 9, tzinfo=SHANGHAI)
    Report.objects.filter(links__case=case).update(source_due_at=limit)
    Case.objects.filter(pk=case.id).update(source_due_at=limit)
    carry_out(close_the_day())
    case.refresh_from_db()
    task = Task.objects.get(case=case)
    assert (case.due_at, task.due_at, case.source_due_at) == (limit, limit, limit)
    assert "来源时限" in task.due_explanation
    assert Timer.objects.get(subject=case.id).due_at == limit


def test_a_deadline_that_its_source_gave_moves_by_no_calendar_of_ours(city: City) -> None:
    case = dispatched(city)
    limit = datetime(2026, 3, 9, 12, tzinfo=SHANGHAI)
    Case.objects.filter(pk=case.id).update(source_due_at=limit, due_at=limit)
    Task.objects.filter(case=case).update(due_at=limit)
    done = carry_out(close_the_day())
    case.refresh_from_db()
    assert (case.due_at, done.moved, done.kept) == (limit, 0, 1)


def test_the_journal_says_from_when_to_when_and_by_which_calendars(city: City) -> None:
    case = dispatched(city)
    correction = close_the_day()
    carry_out(correction)
    entry = JournalEntry.objects.get(stream=case.id, kind="cases.deadline_corrected")
    body = json.loads(entry.body)
    task = Task.objects.get(case=case)
    assert (body["due_before"], body["due_at"]) == (
        "2026-03-09T10:00:00.000000Z", "2026-03-10T10:00:00.000000Z",
    )  # fmt: skip
    assert body["correction"] == str(correction)
    assert [(t["task"], t["version_before"], t["version"]) for t in body["tasks"]] == [(str(task.id), 1, 2)]
    assert entry.agent == "calendar"
    case.refresh_from_db()
    assert replay_case(case, list(JournalEntry.objects.filter(stream=case.id).order_by("seq"))) == []
    assert calendar_as_of(1).add(task.dispatched_at, Decimal(5), "work_day").due_at == DUE


def test_the_preview_says_what_will_move_before_anybody_decides(city: City) -> None:
    cases = [dispatched(city) for _ in range(3)]
    preview = preview_moves(with_local_day(DAY, [], "台风停工"), LATER)
    assert (preview.moved, preview.kept, preview.is_whole) == (3, 0, True)
    assert {(m.subject, m.was, m.becomes) for m in preview.moves} == {(c.number, DUE, MOVED) for c in cases}
    assert preview_moves(with_local_day(date(2026, 3, 20), [], ""), LATER).moved == 0
    assert set(Case.objects.values_list("due_at", flat=True)) == {DUE}


def test_what_is_done_not_touched_on_the_wall_clock_or_newer_stays(city: City) -> None:
    finished, urgent = dispatched(city), dispatched(city)
    host = city.actor("handler", unit="cleaning")
    task = Task.objects.get(case=finished)
    sign_task(actor=host, at=LATER, case_id=finished.id)
    complete_task(actor=host, at=LATER, case_id=finished.id, result="已清运")
    Task.objects.filter(case=urgent).update(limit_amount=200, limit_unit="urgent_hour")
    correction = close_the_day()
    newer = dispatched(city, at=LATER + timedelta(minutes=1))
    assert newer.due_at == MOVED
    done = carry_out(correction, at=LATER + timedelta(hours=1))
    assert (done.moved, done.kept) == (0, 0)
    assert Task.objects.get(pk=task.pk).due_at == DUE
    assert not JournalEntry.objects.filter(kind="cases.deadline_corrected").exists()


def test_an_extended_deadline_is_kept_and_counted(city: City) -> None:
    case = dispatched(city)
    extended = DUE + timedelta(days=3)
    Task.objects.filter(case=case).update(due_at=extended)
    Case.objects.filter(pk=case.pk).update(due_at=extended)
    done = carry_out(close_the_day())
    assert (done.moved, done.kept) == (0, 1)
    case.refresh_from_db()
    assert case.due_at == extended
    (told,) = KeptDeadline.objects.filter(correction=done)
    assert (told.subject, told.due_at, told.would_be) == (case.number, extended, MOVED)
    assert told.reason == "moved_otherwise"


def test_the_earlier_promise_of_a_merged_case_stands(city: City) -> None:
    case = dispatched(city)
    earlier = DUE - timedelta(days=1)
    Case.objects.filter(pk=case.pk).update(due_at=earlier)
    carry_out(close_the_day())
    case.refresh_from_db()
    assert (case.due_at, Task.objects.get(case=case).due_at) == (earlier, MOVED)


def mark_overdue(case: Case, *, at: datetime) -> bool:
    """Fire the timer of the case's promise; whether the case was marked."""
    assert case.due_at is not None
    mark_overdue_cases([DueTimer(uuid7(), case.id, case.round, case.due_at)], actor=SYSTEM, at=at)
    return Case.objects.filter(pk=case.pk, overdue_at__isnull=False).exists()


def test_a_case_that_was_overdue_by_the_old_calendar_alone_is_so_no_more(city: City) -> None:
    case = dispatched(city)
    night = DUE + timedelta(hours=3)
    assert mark_overdue(case, at=night)
    carry_out(close_the_day(), at=night)
    case.refresh_from_db()
    assert (case.overdue_at, case.due_at) == (None, MOVED)
    assert Timer.objects.get(subject=case.id).due_at == MOVED
    much_later = dispatched(city)
    assert mark_overdue(much_later, at=MOVED + timedelta(days=1))


def test_batches_go_on_where_the_last_one_stopped_and_nothing_moves_twice(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recomputing, "BATCH", 2)
    cases = [dispatched(city) for _ in range(5)]
    correction = close_the_day()
    assert correct_deadlines(at=LATER, correction_id=correction)
    halfway = CalendarCorrection.objects.get(pk=correction)
    assert (halfway.state, halfway.moved) == ("approved", 2)
    done = carry_out(correction)
    assert (done.state, done.examined, done.moved) == ("done", 5, 5)
    assert not correct_deadlines(at=LATER, correction_id=correction)
    entries = JournalEntry.objects.filter(kind="cases.deadline_corrected")
    assert sorted(e.stream for e in entries) == sorted(c.id for c in cases)


def test_an_approval_puts_the_work_in_the_queue(city: City) -> None:
    dispatched(city)
    correction = close_the_day()
    relay_once(LATER)
    assert not OutboxEvent.objects.filter(kind="clocks.correction_approved", delivered_at=None).exists()
    jobs = app.job_manager.list_jobs(task=recomputing.CORRECTION_TASK)
    assert any(str(correction) in str(job.task_kwargs) for job in jobs)


def test_a_running_stage_clock_moves_too_and_tells_its_steps_by_the_new_calendar(city: City) -> None:
    case = dispatched(city)
    late = datetime(2026, 3, 3, 17, tzinfo=SHANGHAI)
    recall_case(actor=SYSTEM, at=late, case_id=case.id, reason="派错单位")
    row = StageClock.objects.get(case=case, stage="dispatch", ended_at=None)
    assert row.due_at == datetime(2026, 3, 4, 11, tzinfo=SHANGHAI)  # 4 工作时: one that day, three the next
    set_local_day(actor=PROPOSER, at=late, day=DAY, intervals=[], name="台风停工")
    correction = propose_correction(actor=PROPOSER, at=late, reason="台风停工")
    preview = preview_moves(with_local_day(DAY, []), late)
    assert {move.becomes for move in preview.moves} >= {datetime(2026, 3, 5, 11, tzinfo=SHANGHAI)}
    approve_correction(actor=APPROVER, at=late, correction_id=correction.id)
    carry_out(correction.id, at=late)
    row.refresh_from_db()
    assert (row.due_at, row.calendar_version) == (datetime(2026, 3, 5, 11, tzinfo=SHANGHAI), 2)


def test_the_promise_of_a_case_that_was_dispatched_again_moves_by_its_own_start(city: City) -> None:
    case = dispatched(city)
    late = datetime(2026, 3, 3, 17, tzinfo=SHANGHAI)
    recall_case(actor=SYSTEM, at=late, case_id=case.id, reason="派错单位")
    dispatch_case(actor=SYSTEM, at=late, case_id=case.id, host=city.unit("gardens"))
    set_local_day(actor=PROPOSER, at=late, day=DAY, intervals=[], name="台风停工")
    correction = propose_correction(actor=PROPOSER, at=late, reason="台风停工")
    approve_correction(actor=APPROVER, at=late, correction_id=correction.id)
    carry_out(correction.id, at=late)
    case.refresh_from_db()
    task = Task.objects.get(case=case, state="pending")
    assert (case.due_at, case.legal_due_at) == (MOVED, MOVED)
    assert task.due_at == datetime(2026, 3, 11, 18, tzinfo=SHANGHAI)
    assert Timer.objects.get(subject=case.id, kind="cases.overdue").due_at == MOVED


def test_a_co_units_task_moves_too_while_the_host_is_being_replaced(city: City) -> None:
    case = waiting_for_a_host(city)
    done = carry_out(close_the_day())
    case.refresh_from_db()
    task = Task.objects.get(case=case, unit=city.unit("gardens"))
    assert (case.state, task.due_at, case.due_at) == ("dispatching", MOVED, MOVED)
    assert (done.found, done.moved, done.kept) == (1, 1, 0)


def waiting_for_a_host(city: City) -> Case:
    """A case whose host was given leave to return it; the co-unit works on."""
    _, case = receive(city, matter_class=city.classes["request"].id)
    common = {"at": AT, "case_id": case.id}
    accept_case(actor=SYSTEM, **common)
    units = {"host": city.unit("cleaning"), "co_units": [city.unit("gardens")]}
    dispatch_case(actor=SYSTEM, **units, **common)
    handler = city.actor("handler", unit="cleaning", username="returning")
    terms = returning.ReturnTerms(reason="not_our_duty", words="不属本单位职责")
    wish = returning.ask_return(actor=handler, terms=terms, unit=city.unit("cleaning"), **common)
    dispatcher = city.actor("dispatcher", area="city", username="granting")
    returning.grant_return(actor=dispatcher, at=AT, return_id=wish.id)
    return case
