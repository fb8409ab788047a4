"""Properties of applications: deadlines move by these rules alone, and what is left is kept to the second."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yiwang.cases.application_rules import (
    AskFacts,
    Left,
    RuleInForce,
    extended_due,
    left_of,
    resumed_due,
    resumed_from,
    why_not,
)
from yiwang.cases.models import Application, Case, Task
from yiwang.cases.services.applying import ApplicationTerms, Paper, ask_application, take_back_application
from yiwang.cases.services.deciding import approve_application, refuse_application
from yiwang.cases.services.suspending import resume_case
from yiwang.cases.tests.factories import AT, City, dispatched, make_city, picture
from yiwang.clocks.public import current_calendar, fire_due
from yiwang.kernel.actor import Actor
from yiwang.kernel.errors import YiwangError
from yiwang.kernel.working_time import SHANGHAI, WorkCalendar, interval

#: National Day 2026 with its make-up Saturday, a lunch break, and one day that is closed by a local act.
CALENDAR = WorkCalendar(
    days_off=[datetime(2026, 10, day, tzinfo=SHANGHAI).date() for day in range(1, 8)],
    make_up_days=[datetime(2026, 10, 10, tzinfo=SHANGHAI).date()],
    intervals=(interval("08:30", "12:00"), interval("14:00", "17:45")),
    overrides={datetime(2026, 9, 17, tzinfo=SHANGHAI).date(): ()},
)
BEGIN = datetime(2026, 9, 1, tzinfo=SHANGHAI)
seconds = st.integers(0, 45 * 86_400)
units = st.sampled_from(["work_hour", "work_day", "urgent_hour", "urgent_day"])


@given(start=seconds, amount=st.integers(1, 9), unit=units, used=st.integers(1, 999), rest=seconds)
@settings(max_examples=400, deadline=None)
def test_what_is_left_is_conserved_to_the_second(
    start: int, amount: int, unit: str, used: int, rest: int
) -> None:
    begun = BEGIN + timedelta(seconds=start)
    due = CALENDAR.add(begun, amount, unit).due_at
    at = begun + timedelta(seconds=int((due - begun).total_seconds()) * used // 1000)
    left = left_of(CALENDAR, due, unit, at)
    since = at + timedelta(seconds=rest)
    again = resumed_due(CALENDAR, since, left)
    assert left.seconds is not None
    if left.on_wall:
        assert again.due_at - since == due - at == timedelta(seconds=left.seconds)
    else:
        assert CALENDAR.between(since, again.due_at) == CALENDAR.between(at, due)
        assert CALENDAR.between(at, due) == timedelta(seconds=left.seconds)
    # Resting twice with nothing done in between keeps it too.
    assert left_of(CALENDAR, again.due_at, unit, since) == left


@given(start=seconds, amount=st.integers(1, 9), unit=units)
@settings(max_examples=200, deadline=None)
def test_extensions_add_up_to_so_many_limits_from_the_start(start: int, amount: int, unit: str) -> None:
    begun = BEGIN + timedelta(seconds=start)
    first = CALENDAR.add(begun, amount, unit).due_at
    second = extended_due(CALENDAR, first, Decimal(amount), unit).due_at
    third = extended_due(CALENDAR, second, Decimal(amount), unit).due_at
    assert second == CALENDAR.add(begun, 2 * amount, unit).due_at
    assert third == CALENDAR.add(begun, 3 * amount, unit).due_at


def test_a_limit_that_has_passed_leaves_nothing_and_night_counts_on_the_wall() -> None:
    noon = datetime(2026, 9, 2, 12, tzinfo=SHANGHAI)
    assert left_of(CALENDAR, noon, "work_hour", noon) == Left(None)
    night = datetime(2026, 9, 2, 23, tzinfo=SHANGHAI)
    assert left_of(CALENDAR, night, "work_hour", night - timedelta(hours=3)) == Left(3 * 3600, on_wall=True)


def test_a_clock_that_was_out_does_not_eat_the_rest() -> None:
    assert resumed_from(AT, AT + timedelta(seconds=40)) == AT
    assert resumed_from(AT, AT + timedelta(hours=3)) == AT + timedelta(hours=3)


@given(times=st.integers(0, 4), most=st.integers(1, 3), late=st.booleans(), allowed=st.booleans())
def test_an_application_is_allowed_when_its_rule_has_nothing_against_it(
    times: int, most: int, late: bool, allowed: bool
) -> None:
    rule = RuleInForce(
        None, "extension", frozenset({"handling"}), most, False, allowed, None, 0, ("a",), None
    )
    facts = AskFacts("extension", "handling", AT, times=times, is_overdue=late)
    assert (why_not(facts, rule) is None) == (times < most and (allowed or not late))


_STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ["ask extension", "ask suspension", "endorse", "approve", "refuse", "take back", "resume", "wait"]
        ),
        st.integers(1, 30),
    ),
    min_size=4,
    max_size=14,
)


class Play:
    """One case, the acts on it, and an independent account of when it is due."""

    def __init__(self, city: City, people: dict[str, Actor]) -> None:
        self.people = people
        self.case = dispatched(city)
        self.now = AT + timedelta(minutes=10)
        assert self.case.due_at is not None
        self.due: datetime = self.case.due_at
        self.left: timedelta | None = None
        self.until: datetime | None = None

    def act(self, name: str, hours: int) -> None:
        """Do one thing a while later; what is refused changes nothing."""
        self.advance(self.now + timedelta(hours=hours))
        waiting = Application.objects.filter(case=self.case, state="asked").order_by("asked_at").first()
        try:
            with transaction.atomic():
                self.do(name, waiting)
        except YiwangError:
            return

    def advance(self, until: datetime) -> None:
        """Let the clock run; a suspension that ends counts on from its day."""
        fire_due(until)
        if self.left is not None and self.until is not None and self.until <= until:
            self.go_on(self.until)
        self.now = until

    def do(self, name: str, waiting: Application | None) -> None:
        if name.startswith("ask"):
            self.ask(name.split()[1])
        elif name == "resume":
            resume_case(actor=self.people["worker"], at=self.now, case_id=self.case.id, reason="条件具备")
            self.go_on(self.now)
        elif waiting is None:
            return
        elif name == "refuse":
            who = "head" if waiting.approved_steps == 0 else "dispatcher"
            refuse_application(
                actor=self.people[who], at=self.now, application_id=waiting.id, reason="不同意"
            )
        elif name == "take back":
            take_back_application(actor=self.people["worker"], at=self.now, application_id=waiting.id)
        elif name in {"endorse", "approve"}:
            who = "head" if name == "endorse" else "dispatcher"
            row = approve_application(actor=self.people[who], at=self.now, application_id=waiting.id)
            if row.state == "approved":
                self.note(row)

    def ask(self, kind: str) -> None:
        code, until = "material", None
        if kind == "suspension":
            code, until = "season", (self.now + timedelta(days=6)).astimezone(SHANGHAI).date()
        terms = ApplicationTerms(kind, code, "说明", until=until)
        papers = [] if kind == "extension" else [Paper(picture(), "证.jpg")]
        worker = self.people["worker"]
        ask_application(actor=worker, at=self.now, case_id=self.case.id, terms=terms, papers=papers)

    def note(self, row: Application) -> None:
        calendar = current_calendar()
        if row.kind == "extension":
            self.due = calendar.add(self.due, 5, "work_day").due_at
        elif self.due > self.now:
            self.left = calendar.between(self.now, self.due)
        if row.kind == "suspension":
            self.until = datetime.fromisoformat(f"{row.until}T00:00:00+08:00")

    def go_on(self, since: datetime) -> None:
        if self.left is not None:
            calendar = current_calendar()
            whole = int(self.left.total_seconds())
            self.due = resumed_due(calendar, since, Left(whole)).due_at
            assert calendar.between(since, self.due) == self.left
        self.left = self.until = None

    def check(self) -> None:
        case, task = Case.objects.get(pk=self.case.pk), Task.objects.get(case=self.case.pk)
        assert case.due_at == task.due_at == (None if self.left is not None else self.due)
        if case.overdue_at is not None:
            assert case.overdue_at <= self.now


@pytest.mark.django_db
@given(steps=_STEPS)
@settings(
    max_examples=25, deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
def test_no_sequence_of_applications_moves_a_deadline_otherwise(
    stage: tuple[City, dict[str, Actor]], steps: list[tuple[str, int]]
) -> None:
    with transaction.atomic():
        play = Play(*stage)
        for name, hours in steps:
            play.act(name, hours)
            play.check()
        transaction.set_rollback(True)


@pytest.fixture
def stage(db: None) -> tuple[City, dict[str, Actor]]:
    city = make_city()
    return city, {
        "worker": city.actor("handler", unit="cleaning", username="worker"),
        "head": city.actor("unit_leader", unit="cleaning", username="head"),
        "dispatcher": city.actor("dispatcher", area="city"),
    }
