"""A changed calendar reaches stored deadlines only by two people; old instants keep their day's calendar."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiwang.clocks import holders
from yiwang.clocks.handlers import replay_correction
from yiwang.clocks.models import CalendarCorrection
from yiwang.clocks.official import official_calendar
from yiwang.clocks.public import (
    CalendarChange,
    DeadlineKept,
    DeadlineMove,
    KeptReason,
    Preview,
    StoredDeadline,
    approve_correction,
    calendar_as_of,
    calendar_at,
    clear_local_day,
    corrected_due,
    corrected_start,
    due_at,
    load_calendar,
    note_progress,
    preview_change,
    preview_correction,
    propose_correction,
    register_holder,
    reject_correction,
    set_local_day,
    set_working_hours,
    with_local_day,
)
from yiwang.clocks.states import CALENDAR_CORRECTION
from yiwang.kernel.actor import EVERYWHERE, Actor, system_actor
from yiwang.kernel.errors import Conflict, Invalid, Refused, StaleVersion
from yiwang.kernel.ids import uuid7
from yiwang.kernel.working_time import SHANGHAI, UNITS, WorkCalendar
from yiwang.ledger.public import JournalEntry, OutboxEvent

AT = datetime(2026, 2, 13, 7, 20, tzinfo=UTC)
LATER = AT + timedelta(days=5)
DAY = date(2026, 3, 3)
GRANTS = {"clocks.edit": EVERYWHERE, "clocks.approve": EVERYWHERE}
PROPOSER, APPROVER = (Actor(account_id=uuid7(), post_id=uuid7(), grants=GRANTS) for _ in range(2))
WORKER = system_actor("calendar", "clocks.carry_out")


def local(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=SHANGHAI)


@pytest.fixture(autouse=True)
def _no_holders(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(holders, "_HOLDERS", {})


def closed_day() -> CalendarCorrection:
    """A loaded calendar, corrected once, then a day that is closed later on, and that proposed."""
    load_calendar(actor=PROPOSER, at=AT, years=(2026,))
    first = propose_correction(actor=PROPOSER, at=AT, reason="首次载入")
    approve_correction(actor=APPROVER, at=AT, correction_id=first.id)
    note_progress(actor=WORKER, at=AT, correction_id=first.id, cursor=None)
    set_local_day(actor=PROPOSER, at=LATER, day=DAY, intervals=[], name="台风停工")
    return propose_correction(actor=PROPOSER, at=LATER, reason="台风停工，时限顺延")


# -- the calendar of the day ---------------------------------------------------------------------
@pytest.mark.django_db
def test_a_deadline_is_computed_with_the_calendar_of_the_acts_own_day() -> None:
    load_calendar(actor=PROPOSER, at=AT, years=(2026,))
    set_local_day(actor=PROPOSER, at=LATER, day=DAY, intervals=[], name="台风停工")
    clear_local_day(actor=PROPOSER, at=LATER + timedelta(days=1), day=DAY)
    start = local("2026-03-02 17:00")
    at = [AT, LATER - timedelta(seconds=1), LATER, LATER + timedelta(days=1)]
    assert [due_at(start, 2, "work_hour", at=instant).due_at for instant in at] == [
        local("2026-03-03 09:00"), local("2026-03-03 09:00"), local("2026-03-04 09:00"),
        local("2026-03-03 09:00"),
    ]  # fmt: skip
    assert [calendar_at(instant).version for instant in at] == [1, 1, 2, 3]


@pytest.mark.django_db
def test_before_the_first_calendar_was_loaded_the_first_one_holds() -> None:
    load_calendar(actor=PROPOSER, at=AT, years=(2026,))
    set_local_day(actor=PROPOSER, at=LATER, day=DAY, intervals=[], name="台风停工")
    assert calendar_at(AT - timedelta(days=400)).version == 1
    with pytest.raises(ValueError, match="no version 9"):
        calendar_as_of(9)


# -- the rule ------------------------------------------------------------------------------------
OLD = official_calendar()
NEW = WorkCalendar(
    OLD.days_off, OLD.make_up_days, known_from=OLD.known_from, known_to=OLD.known_to,
    names=OLD.names, overrides={DAY: ()}, version=7,
)  # fmt: skip
START = local("2026-03-02 17:00")
WAS, BECOMES = local("2026-03-03 09:00"), local("2026-03-04 09:00")
STAYS = DeadlineKept("20260302-00000002-3", WAS, BECOMES, KeptReason.WOULD_BE_LATE)


@pytest.mark.parametrize(
    ("stored", "at", "expected"),
    [
        (StoredDeadline(START, Decimal(2), "work_hour", WAS), START, (BECOMES, None)),
        (StoredDeadline(START, Decimal(2), "urgent_hour", local("2026-03-02 19:00")), START, (None, None)),
        (StoredDeadline(local("2026-03-04 09:00"), Decimal(1), "work_hour", local("2026-03-04 10:00")),
         START, (None, None)),
        (StoredDeadline(START, Decimal(2), "work_hour", local("2026-03-09 18:00")), START,
         (None, KeptReason.MOVED_OTHERWISE)),
    ],
    ids=["moves", "wall clock", "not touched", "extended meanwhile"],
)  # fmt: skip
def test_only_what_the_old_calendar_explains_moves(
    stored: StoredDeadline, at: datetime, expected: tuple[datetime | None, KeptReason | None]
) -> None:
    found = corrected_due(stored, old=OLD, new=NEW, at=at)
    assert (found.moves.due_at if found.moves else None, found.kept) == expected


def test_a_correction_makes_nothing_late_that_is_in_time() -> None:
    stored = StoredDeadline(START, Decimal(2), "work_hour", BECOMES)
    between = local("2026-03-03 15:00")
    found = corrected_due(stored, old=NEW, new=OLD, at=between)
    assert (found.moves, found.kept) == (None, KeptReason.WOULD_BE_LATE)
    assert found.due is not None, "what it would have been is told"
    late_already = corrected_due(stored, old=NEW, new=OLD, at=local("2026-03-05 15:00")).moves
    assert late_already is not None
    assert late_already.due_at == WAS


@given(st.integers(0, 18 * 86_400), st.integers(1, 40), st.sampled_from(UNITS))
def test_a_corrected_deadline_is_what_the_new_calendar_gives_from_the_start(
    seconds: int, amount: int, unit: str
) -> None:
    begun = local("2026-02-20 00:00") + timedelta(seconds=seconds)
    before, after = (c.add(begun, amount, unit).due_at for c in (OLD, NEW))
    stored = StoredDeadline(begun, Decimal(amount), unit, before)
    found = corrected_due(stored, old=OLD, new=NEW, at=begun)
    assert found.kept is None
    assert (found.moves.due_at if found.moves else before) == after


@given(
    st.integers(0, 18 * 86_400),
    st.integers(1, 40),
    st.sampled_from(["work_hour", "work_day"]),
    st.integers(1, 3),
)
def test_an_extended_deadline_is_counted_anew_from_its_first_start(
    seconds: int, amount: int, unit: str, times: int
) -> None:
    begun = local("2026-02-20 00:00") + timedelta(seconds=seconds)
    before, after = ([begun], [begun])
    for _ in range(times + 1):
        before.append(OLD.add(before[-1], amount, unit).due_at)
        after.append(NEW.add(after[-1], amount, unit).due_at)
    stored = StoredDeadline(before[-2], Decimal(amount), unit, before[-1], extended_from=begun)
    start = corrected_start(stored, [NEW, OLD], NEW)
    found = corrected_due(stored, old=OLD, new=NEW, at=begun, start=start)
    assert (found.moves.due_at if found.moves else before[-1]) == after[-1]


def test_an_instant_that_no_calendar_explains_stays_the_start() -> None:
    stored = StoredDeadline(WAS + timedelta(minutes=1), Decimal(2), "work_hour", BECOMES, extended_from=START)
    assert corrected_start(stored, [OLD, NEW], NEW) == stored.start


# -- two people ----------------------------------------------------------------------------------
@pytest.mark.django_db
def test_a_correction_is_proposed_approved_by_another_person_and_journaled() -> None:
    row = closed_day()
    assert (row.state, row.calendar_version, row.first_day, row.last_day) == ("proposed", 2, DAY, DAY)
    with pytest.raises(Conflict, match="提请人以外的人"):
        approve_correction(actor=PROPOSER, at=LATER, correction_id=row.id)
    approve_correction(actor=APPROVER, at=LATER, correction_id=row.id, expected=1)
    row.refresh_from_db()
    assert (row.state, row.decided_by, row.version) == ("approved", APPROVER.account_id, 2)
    assert [e.kind for e in OutboxEvent.objects.filter(stream=row.id)] == ["clocks.correction_approved"]
    entries = JournalEntry.objects.filter(stream=row.id).order_by("seq")
    assert [e.kind for e in entries] == ["clocks.correction_proposed", "clocks.correction_approved"]
    assert "台风" not in "".join(e.body for e in entries)


@pytest.mark.django_db
def test_a_rejected_correction_may_be_proposed_anew() -> None:
    row = closed_day()
    with pytest.raises(Invalid, match="请填写理由"):
        reject_correction(actor=APPROVER, at=LATER, correction_id=row.id, reason=" ")
    reject_correction(actor=APPROVER, at=LATER, correction_id=row.id, reason="日期不对")
    assert not OutboxEvent.objects.filter(kind="clocks.correction_approved", stream=row.id).exists()
    again = propose_correction(actor=PROPOSER, at=LATER, reason="再次提请")
    assert again.first_day == DAY


@pytest.mark.django_db
def test_one_correction_at_a_time_and_none_without_a_change() -> None:
    row = closed_day()
    set_local_day(actor=PROPOSER, at=LATER, day=DAY, intervals=[("09:00", "12:00")], name="半日")
    with pytest.raises(Conflict, match="等它结束"):
        propose_correction(actor=PROPOSER, at=LATER, reason="又一次")
    approve_correction(actor=APPROVER, at=LATER, correction_id=row.id)
    note_progress(
        actor=WORKER, at=LATER, correction_id=row.id, cursor=None, examined=3, moved=2, kept=[STAYS] * 1
    )
    found = preview_correction(LATER)
    assert found is not None
    assert (found[0].calendar.version, found[0].first_day) == (3, DAY)
    second = propose_correction(actor=PROPOSER, at=LATER, reason="又一次")
    approve_correction(actor=APPROVER, at=LATER, correction_id=second.id)
    note_progress(actor=WORKER, at=LATER, correction_id=second.id, cursor=None)
    with pytest.raises(Conflict, match="没有需要更正"):
        propose_correction(actor=PROPOSER, at=LATER, reason="多余")


@pytest.mark.django_db
def test_the_changed_days_enclose_local_days_years_and_hours() -> None:
    closed_day()
    CalendarCorrection.objects.update(state="rejected")
    set_working_hours(
        actor=PROPOSER, at=LATER, intervals=[("09:00", "17:00")], valid_from=date(2026, 7, 1),
        valid_to=date(2026, 9, 1),
    )  # fmt: skip
    found = preview_correction(LATER)
    assert found is not None
    assert (found[0].first_day, found[0].last_day) == (date(2026, 1, 1), date(2026, 12, 31))


@pytest.mark.django_db
def test_only_who_may_decide_decides_and_only_the_worker_reports() -> None:
    row = closed_day()
    with pytest.raises(Refused):
        approve_correction(actor=Actor(account_id=uuid7()), at=LATER, correction_id=row.id)
    with pytest.raises(Refused):
        propose_correction(actor=Actor(account_id=uuid7()), at=LATER, reason="x")
    with pytest.raises(Refused):
        note_progress(actor=APPROVER, at=LATER, correction_id=row.id, cursor=None)
    with pytest.raises(Conflict):
        note_progress(actor=WORKER, at=LATER, correction_id=row.id, cursor=None)
    with pytest.raises(StaleVersion):
        approve_correction(actor=APPROVER, at=LATER, correction_id=row.id, expected=0)


@pytest.mark.django_db
@pytest.mark.parametrize("state", CALENDAR_CORRECTION.states)
@pytest.mark.parametrize("action", ["approve", "reject", "finish"])
def test_every_state_and_action_is_in_the_table_or_refused(state: str, action: str) -> None:
    row = closed_day()
    CalendarCorrection.objects.filter(pk=row.pk).update(state=state)
    acts = {
        "approve": lambda: approve_correction(actor=APPROVER, at=LATER, correction_id=row.id),
        "reject": lambda: reject_correction(actor=APPROVER, at=LATER, correction_id=row.id, reason="不对"),
        "finish": lambda: note_progress(actor=WORKER, at=LATER, correction_id=row.id, cursor=None),
    }
    known = CALENDAR_CORRECTION.find(state, action)
    if known is None:
        with pytest.raises(Conflict):
            acts[action]()
    else:
        assert acts[action]().state == known.target


@pytest.mark.django_db
def test_the_journal_replays_a_correction_and_tells_when_the_row_was_changed() -> None:
    row = closed_day()
    approve_correction(actor=APPROVER, at=LATER, correction_id=row.id)
    note_progress(
        actor=WORKER, at=LATER, correction_id=row.id, cursor=None, examined=3, moved=2, kept=[STAYS] * 1
    )
    row.refresh_from_db()
    entries = list(JournalEntry.objects.filter(stream=row.id).order_by("seq"))
    assert replay_correction(row, entries) == []
    row.moved, row.first_day, row.state = 3, date(2026, 1, 1), "rejected"
    assert len(replay_correction(row, entries)) == 2
    row.state = "done"
    assert "3 deadlines moved" in replay_correction(row, entries)[-1]
    assert replay_correction(row, []) == ["the correction has no journal"]


# -- previews ------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_a_preview_adds_up_what_every_holder_says_and_lists_the_first_fifty() -> None:
    load_calendar(actor=PROPOSER, at=AT, years=(2026,))
    move = DeadlineMove("20260302-00000001-5", WAS, BECOMES)
    asked: list[CalendarChange] = []

    def thirty(change: CalendarChange, at: datetime) -> Preview:
        asked.append(change)
        return Preview(30, 2, (move,) * 30)

    register_holder("one", thirty)
    register_holder("two", thirty)
    change = with_local_day(DAY, [], "台风停工")
    found = preview_change(change, AT)
    assert (found.moved, found.kept, len(found.moves), found.is_whole) == (60, 4, 50, True)
    assert asked[0].calendar.plan(DAY) == ()
    assert asked[0].calendar.version == 2
    taken_back = with_local_day(DAY, None)
    assert taken_back.calendar.plan(DAY) == ((28800, 43200), (50400, 64800))
