"""Calendar corrections beside what else moves deadlines: extensions, rests, each other; a killed worker."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from yiwang.cases.models import Case, StageClock, Task
from yiwang.cases.replaying import replay_case
from yiwang.cases.services import recomputing
from yiwang.cases.services.recomputing import correct_deadlines, preview_moves
from yiwang.cases.services.suspending import resume_case
from yiwang.clocks.models import CalendarCorrection, KeptDeadline
from yiwang.clocks.public import (
    Timer,
    approve_correction,
    clear_local_day,
    preview_correction,
    propose_correction,
    set_local_day,
)
from yiwang.ledger.public import JournalEntry

from .factories import AT, City, dispatched, make_city
from .test_applications import approve_all, ask, dispatcher, shanghai
from .test_recomputing import APPROVER, DUE, MOVED, PROPOSER

#: Wednesday inside the five working days of a case that is dispatched on Monday 2 March 2026.
DAY = date(2026, 3, 4)
MONDAY = shanghai(2026, 3, 2, 14)


@pytest.fixture
def city(db: None) -> City:
    city = make_city()
    correct(AT, reason="首次载入")
    return city


def correct(at: datetime, *, reason: str = "台风停工") -> CalendarCorrection:
    """Propose, approve and carry out what has changed in the calendar."""
    row = propose_correction(actor=PROPOSER, at=at, reason=reason)
    approve_correction(actor=APPROVER, at=at, correction_id=row.id)
    while correct_deadlines(at=at, correction_id=row.id):
        pass
    return CalendarCorrection.objects.get(pk=row.id)


def close(day: date, at: datetime) -> None:
    set_local_day(actor=PROPOSER, at=at, day=day, intervals=[], name="台风停工")


def dues(case: Case) -> tuple[datetime | None, datetime | None, datetime]:
    """Of the promise, of the host's task, and of the timer of the promise; the journal must agree."""
    case.refresh_from_db()
    entries = list(JournalEntry.objects.filter(stream=case.id).order_by("seq"))
    assert replay_case(case, entries) == []
    timer = Timer.objects.get(subject=case.id, kind="cases.overdue")
    return case.due_at, Task.objects.get(case=case, role="host").due_at, timer.due_at


def corrections(case: Case) -> list[dict[str, Any]]:
    found = JournalEntry.objects.filter(stream=case.id, kind="cases.deadline_corrected").order_by("seq")
    return [json.loads(entry.body) for entry in found]


# -- extensions ------------------------------------------------------------------------------------
def test_a_day_off_before_the_instant_that_was_extended_is_given_back_too(city: City) -> None:
    case = dispatched(city)
    approve_all(city, ask(city, case, at=MONDAY), at=MONDAY)
    assert dues(case)[0] == shanghai(2026, 3, 16, 18)
    close(DAY, shanghai(2026, 3, 3, 9))
    done = correct(shanghai(2026, 3, 3, 9))
    assert (done.moved, done.kept) == (1, 0)
    assert dues(case) == (shanghai(2026, 3, 17, 18),) * 3
    assert Task.objects.get(case=case).counted_from == MOVED


def test_an_extension_between_the_change_and_its_correction_loses_nothing(city: City) -> None:
    case = dispatched(city)
    close(DAY, MONDAY)
    approve_all(city, ask(city, case, at=MONDAY), at=MONDAY + timedelta(minutes=5))
    assert dues(case)[0] == shanghai(2026, 3, 16, 18), "from the old due instant, as the law has it"
    change, preview = preview_correction(MONDAY) or pytest.fail("the calendar has changed")
    assert [move.becomes for move in preview_moves(change, MONDAY).moves] == [shanghai(2026, 3, 17, 18)]
    assert preview.kept == 0
    correct(MONDAY + timedelta(hours=1))
    assert dues(case) == (shanghai(2026, 3, 17, 18),) * 3


def test_a_second_extension_follows_from_the_first_start_as_well(city: City) -> None:
    case = dispatched(city)
    for number in range(2):
        at = MONDAY + timedelta(minutes=10 * number)
        approve_all(city, ask(city, case, at=at), at=at)
    assert dues(case)[0] == shanghai(2026, 3, 23, 18)
    close(DAY, shanghai(2026, 3, 3, 9))
    correct(shanghai(2026, 3, 3, 9))
    assert dues(case) == (shanghai(2026, 3, 24, 18),) * 3


# -- one correction after another ------------------------------------------------------------------
def test_two_corrections_in_a_row_give_what_the_last_calendar_gives(city: City) -> None:
    case = dispatched(city)
    close(DAY, MONDAY)
    correct(MONDAY)
    close(date(2026, 3, 5), MONDAY + timedelta(hours=1))
    correct(MONDAY + timedelta(hours=1))
    assert dues(case) == (shanghai(2026, 3, 11, 18),) * 3
    clear_local_day(actor=PROPOSER, at=MONDAY + timedelta(hours=2), day=DAY)
    done = correct(MONDAY + timedelta(hours=2))
    assert dues(case) == (MOVED,) * 3
    assert (done.moved, done.kept) == (1, 0)
    versions = [(t["version_before"], t["version"]) for body in corrections(case) for t in body["tasks"]]
    assert versions == [(1, 2), (2, 3), (3, 4)]


def test_a_change_that_is_taken_back_before_anybody_corrected_moves_nothing(city: City) -> None:
    case = dispatched(city)
    close(DAY, MONDAY)
    clear_local_day(actor=PROPOSER, at=MONDAY, day=DAY)
    done = correct(MONDAY)
    assert (done.moved, done.kept) == (0, 0)
    assert dues(case) == (DUE,) * 3


def test_a_day_that_is_worked_after_all_makes_nothing_late_that_is_in_time(city: City) -> None:
    case = dispatched(city)
    close(DAY, MONDAY)
    correct(MONDAY)
    late = shanghai(2026, 3, 10, 9)
    clear_local_day(actor=PROPOSER, at=late, day=DAY)
    done = correct(late)
    assert dues(case) == (MOVED,) * 3
    (kept,) = KeptDeadline.objects.filter(correction=done)
    assert (kept.subject, kept.due_at, kept.would_be, kept.reason) == (
        case.number,
        MOVED,
        DUE,
        "would_be_late",
    )


# -- a case that rests -----------------------------------------------------------------------------
def rest(city: City, case: Case, at: datetime, until: date) -> None:
    wish = ask(city, case, "suspension", at=at, until=until)
    approve_all(city, wish, at=at)


def test_a_case_that_rests_goes_on_by_the_corrected_calendar(city: City) -> None:
    case = dispatched(city)
    rest(city, case, shanghai(2026, 3, 2, 18), date(2026, 3, 4))
    close(DAY, shanghai(2026, 3, 3, 9))
    done = correct(shanghai(2026, 3, 3, 9))
    case.refresh_from_db()
    assert (case.due_at, Task.objects.get(case=case).due_at, done.moved, done.kept) == (None, None, 0, 0)
    resume_case(actor=dispatcher(city), at=shanghai(2026, 3, 3, 18), case_id=case.id, reason="条件具备")
    assert dues(case) == (shanghai(2026, 3, 11, 18),) * 3, "five working days were left, and Wednesday is off"


def test_what_was_left_after_a_rest_moves_with_a_later_correction(city: City) -> None:
    case = dispatched(city)
    rest(city, case, shanghai(2026, 3, 2, 18), date(2026, 3, 20))
    resume_case(actor=dispatcher(city), at=shanghai(2026, 3, 2, 18), case_id=case.id, reason="条件具备")
    assert dues(case) == (DUE,) * 3
    close(DAY, shanghai(2026, 3, 3, 9))
    correct(shanghai(2026, 3, 3, 9))
    assert dues(case) == (MOVED,) * 3
    assert Task.objects.get(case=case).counted_from == shanghai(2026, 3, 2, 18)


def test_the_clock_of_signing_rests_and_is_not_corrected_meanwhile(city: City) -> None:
    case = dispatched(city)
    clock = StageClock.objects.get(case=case, stage="sign")
    rest(city, case, AT + timedelta(minutes=10), date(2026, 3, 20))
    set_local_day(actor=PROPOSER, at=MONDAY, day=AT.date(), intervals=[("09:00", "10:00")], name="提前下班")
    correct(MONDAY)
    assert StageClock.objects.get(pk=clock.pk).due_at == clock.due_at


# -- a worker that is killed -----------------------------------------------------------------------
def test_a_worker_that_is_killed_in_a_batch_has_done_nothing_of_it(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recomputing, "BATCH", 2)
    found = sorted((dispatched(city) for _ in range(5)), key=lambda case: case.id)
    close(DAY, MONDAY)
    row = propose_correction(actor=PROPOSER, at=MONDAY, reason="台风停工")
    approve_correction(actor=APPROVER, at=MONDAY, correction_id=row.id)
    assert correct_deadlines(at=MONDAY, correction_id=row.id)
    with monkeypatch.context() as patched:
        patched.setattr(recomputing, "note_progress", _killed)
        with pytest.raises(KeyboardInterrupt):
            correct_deadlines(at=MONDAY, correction_id=row.id)
    assert _moved(found) == [True, True, False, False, False]
    while correct_deadlines(at=MONDAY, correction_id=row.id):
        pass
    row.refresh_from_db()
    assert (row.state, row.examined, row.moved, row.kept) == ("done", 5, 5, 0)
    assert [len(corrections(case)) for case in found] == [1] * 5
    assert [dues(case) for case in found] == [(MOVED,) * 3] * 5


def _killed(**given: object) -> None:
    raise KeyboardInterrupt


def _moved(found: Sequence[Case]) -> list[bool]:
    return [Case.objects.get(pk=case.pk).due_at == MOVED for case in found]
