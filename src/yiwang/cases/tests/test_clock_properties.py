"""Whatever is done to cases, in whatever order: deadlines, owners, times and steps stay what they should be.

A machine does random acts through the real services, lets time pass and the clock fire, and looks after each
at every row. The acts that may move a due instant are those of the table below (architecture §4.7) and no
other.
"""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from random import Random
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from yiwang.cases import public as cases
from yiwang.cases.models import (
    Application,
    Arbitration,
    Case,
    Merge,
    StageClock,
    Supervision,
    Task,
    TaskReturn,
)
from yiwang.cases.replaying import replay_case
from yiwang.cases.services import returning
from yiwang.cases.services.ladders import STEP_TIMER
from yiwang.cases.services.stages import OVERDUE_TIMER, STAGE_OF
from yiwang.cases.states import (
    DISPATCHING,
    HANDLING,
    OPEN_STATES,
    OPEN_TASK_STATES,
    PROMISED_STATES,
    SUSPENDED,
)
from yiwang.cases.tests.factories import AT, City, make_city, receive
from yiwang.cases.tests.loop_acts import ANY_TIME, MOVES, Acts, people
from yiwang.catalog.models import MatterClass, RegisteringCondition
from yiwang.clocks.public import Timer, calendar_at, fire_due
from yiwang.kernel.errors import YiwangError
from yiwang.ledger.public import JournalEntry, bump_now

Key = tuple[str, UUID, str]
#: Models whose rows hold a due instant, and their columns.
DUES: dict[type, tuple[str, ...]] = {
    Case: ("due_at", "legal_due_at"),
    Task: ("due_at", "legal_due_at"),
    StageClock: ("due_at", "legal_due_at"),
    TaskReturn: ("due_at",),
    Arbitration: ("due_at",),
    Application: ("answer_due_at",),
    Supervision: ("reply_due_at", "clock_due_at"),
}
#: Acts that may move a due instant that was given, and whose (architecture §4.7).
MOVERS: dict[str, tuple[str, ...]] = {
    "extension": ("Case", "Task"),
    "suspension": ("Case", "Task"),
    "resumption": ("Case", "Task", "StageClock"),
    "source limit": ("Case", "Task"),
    "correction with a new clock": ("Case", "Task"),
}
#: Acts that may begin a round afresh: the promise is a new one, tasks and clocks that stand keep theirs.
FRESH = frozenset({"dispatch", "fallback", "hand_over", "rework", "failed recheck", "not solved"})
PAUSES = (1, 20, 90, 240, 480, 1440, 3 * 1440, 9 * 1440)
STEPS, EXAMPLES = 30, 12


@dataclass(frozen=True)
class Seen:
    """Every due instant of an example, whose case it is, and where each case stood."""

    dues: dict[Key, datetime | None]
    owner: dict[Key, UUID]
    cases: dict[UUID, Case]


def look() -> Seen:
    """Read every row that the properties are about."""
    dues: dict[Key, datetime | None] = {}
    owner: dict[Key, UUID] = {}
    for model, columns in DUES.items():
        case = "id" if model is Case else "case_id"
        for key, of, *values in model.objects.values_list("id", case, *columns):
            for column, value in zip(columns, values, strict=True):
                dues[model.__name__, key, column] = value
                owner[model.__name__, key, column] = of
    return Seen(dues, owner, {case.id: case for case in Case.objects.order_by("number")})


@dataclass(frozen=True)
class Moved:
    """One due instant before and after an act, and everything else before and after it."""

    old: Any
    new: Any
    before: Seen
    after: Seen


class Loop(Acts, RuleBasedStateMachine):
    """A few cases, six people and a clock."""

    def __init__(self) -> None:
        super().__init__()
        self.now = AT
        self.savepoint = transaction.savepoint()
        self.dice = Random(0)

    def teardown(self) -> None:
        """Look at the journals once, then forget everything."""
        try:
            for case in Case.objects.all():
                entries = list(JournalEntry.objects.filter(stream=case.id).order_by("seq"))
                assert replay_case(case, entries) == []
        finally:
            transaction.savepoint_rollback(self.savepoint)

    # -- what may happen ---------------------------------------------------------------------------
    @initialize(registered=st.booleans())
    def two_cases_are_at_work(self, registered: bool) -> None:
        """Two neighbours' cases, dispatched; the first may go by registering and review."""
        for name in ("reviewed" if registered else "request", "request"):
            case = self.receive(name)
            for step in ("accept", "register", "dispatch"):
                with suppress(YiwangError):
                    getattr(self, f"do_{step}")(Case.objects.get(pk=case.id))

    @rule(seed=st.integers(0, 2**32))
    def somebody_acts(self, seed: int) -> None:
        """One act on one case; refused ones change nothing, and something else is tried."""
        self.dice = Random(seed)
        self.now += timedelta(seconds=self.pick((0, 1, 60)))
        for _ in range(6):
            before = look()
            case = self.pick([c for c in before.cases.values() if c.state in MOVES])
            move = self.pick([*MOVES[case.state], *(ANY_TIME if case.state in OPEN_STATES else ())])
            name, refusal = move, ""
            try:
                name = getattr(self, f"do_{move}")(case) or move
            except YiwangError as error:
                refusal = str(error)
            note(f"  {self.now:%m-%d %H:%M:%S} {case.number} {case.state}: {name} {refusal}")
            self.compare(before, look(), name, refused=bool(refusal))
            if not refusal:
                return

    @rule(minutes=st.sampled_from(PAUSES))
    def time_passes(self, minutes: int) -> None:
        """The clock fires what has fallen due."""
        self.now += timedelta(minutes=minutes)
        before = look()
        fire_due(self.now)
        self.compare(before, look(), "the clock", refused=False)
        failed = list(Timer.objects.exclude(last_error="").values_list("kind", "last_error"))
        assert failed == []

    def compare(self, before: Seen, after: Seen, name: str, refused: bool) -> None:
        """No due instant that was given has moved, but by the acts that may."""
        for key, old in before.dues.items():
            new = after.dues[key]
            if new != old:
                case = before.owner[key]
                assert not refused, f"{name} was refused and moved {key}"
                told = f"{name} moved {key} from {old} to {new}"
                assert self.may_move(
                    key, Moved(old, new, before, after), self.of(name, before.cases[case])
                ), told

    def of(self, name: str, case: Case) -> str:
        """What the clock does to a suspended case is its resumption."""
        return "resumption" if name == "the clock" and case.state == SUSPENDED else name

    def may_move(self, key: Key, moved: Moved, name: str) -> bool:
        """Whether an act may have moved a due instant so."""
        model, row, column = key
        old, new, before, after = moved.old, moved.new, moved.before, moved.after
        if model in MOVERS.get(name, ()):
            return name != "extension" or self.is_one_limit_more(key, old, new, after)
        if model != "Case":
            return False
        case, was = after.cases[row], before.cases[row]
        if name in FRESH and (case.round > was.round or old is None):
            return True
        if name in {"reopen", "not solved"} and was.state == "closed":
            return new is None
        if name == "merge":
            return column == "due_at" and new < old and new in {c.due_at for c in before.cases.values()}
        if name == "unmerge":
            return column == "due_at" and Merge.objects.filter(survivor=row, survivor_due_before=new).exists()
        return False

    def is_one_limit_more(self, key: Key, old: Any, new: Any, after: Seen) -> bool:
        """延期: exactly one original limit from the old due instant, or as far as the source lets it."""
        model, row, _ = key
        thing = after.cases[row] if model == "Case" else Task.objects.get(pk=row)
        due = calendar_at(self.now).add(old, thing.limit_amount, thing.limit_unit).due_at
        return new == due or (after.cases[after.owner[key]].source_due_at is not None and old < new < due)

    # -- what always holds -------------------------------------------------------------------------
    @invariant()
    def each_open_task_has_one_owner(self) -> None:
        """One host while a case is being handled, and no unit twice; no task is open elsewhere."""
        tasks: dict[UUID, list[Task]] = {}
        for task in Task.objects.filter(state__in=OPEN_TASK_STATES):
            tasks.setdefault(task.case_id, []).append(task)
        for case in Case.objects.all():
            found = tasks.get(case.id, [])
            hosts = [task.unit for task in found if task.role == "host"]
            units = Counter(task.unit for task in found)
            assert all(count == 1 for count in units.values()), (case.state, units)
            if case.state in (HANDLING, SUSPENDED):
                assert hosts == [case.host], case.state
            else:
                assert hosts == [], case.state
                assert found == [] or case.state == DISPATCHING, case.state

    @invariant()
    def stages_add_up(self) -> None:
        """One clock runs for each open case, of the stage of its state; the stages cover its time once."""
        rows: dict[UUID, list[StageClock]] = {}
        for row in StageClock.objects.filter(task=None).order_by("started_at", "id"):
            rows.setdefault(row.case_id, []).append(row)
        for case in Case.objects.all():
            found = sorted(
                rows[case.id], key=lambda r: (r.started_at, r.ended_at or self.now, r.ended_at is None)
            )
            running = [row for row in found if row.ended_at is None]
            if case.state in OPEN_STATES:
                assert [(row.id, row.stage) for row in running] == [(case.clock, STAGE_OF[case.state])]
            assert found[0].started_at == case.created_at
            for earlier, later in pairwise(found):
                assert earlier.ended_at == later.started_at, (earlier.stage, later.stage)
            total = (found[-1].ended_at or self.now) - case.created_at
            parts = [(row.ended_at or self.now) - row.started_at for row in found]
            assert sum(parts, timedelta()) == total

    @invariant()
    def each_step_is_taken_once(self) -> None:
        """No step of a ladder twice under one due instant, and one timer at most for a clock."""
        rows = Supervision.objects.filter(subject__isnull=False, slot__isnull=False)
        taken = Counter(rows.values_list("subject", "slot", "clock_due_at"))
        assert all(count == 1 for count in taken.values()), taken.most_common(1)
        timers = Counter(Timer.objects.values_list("subject", "kind"))
        assert all(count == 1 for count in timers.values()), timers.most_common(1)

    @invariant()
    def what_runs_has_its_timer(self) -> None:
        """A running clock that is not due yet is never without a timer, whoever owns the case, if anybody."""
        timers = {(t.subject, t.kind): t.due_at for t in Timer.objects.all()}
        for case in Case.objects.filter(state__in=OPEN_STATES).exclude(state=SUSPENDED):
            if (
                case.state in PROMISED_STATES
                and case.due_at
                and not case.overdue_at
                and case.due_at > self.now
            ):
                assert timers.get((case.id, OVERDUE_TIMER)) == case.due_at, case.state
            clocks = StageClock.objects.filter(case=case, ended_at=None, due_at__gt=self.now)
            for clock in clocks:
                assert (clock.id, STEP_TIMER) in timers, (case.state, clock.stage)
            for task in Task.objects.filter(case=case, state__in=OPEN_TASK_STATES, due_at__gt=self.now):
                assert (task.id, STEP_TIMER) in timers, (case.state, task.role)


@pytest.mark.django_db
def test_no_order_of_acts_moves_a_deadline_loses_an_owner_or_takes_a_step_twice() -> None:
    city = make_city()
    add_classes(city)
    Loop.city, Loop.people = city, people()
    run_state_machine_as_test(
        Loop,
        settings=settings(
            max_examples=EXAMPLES, stateful_step_count=STEPS, deadline=None, database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip


def add_classes(city: City) -> None:
    """A class that is registered and reviewed without pictures, and one with a longer limit."""
    for code, name, more in (
        ("R02", "reviewed", {"demands_registering": True, "review_required": True}),
        ("R03", "slow", {"default_amount": 15}),
    ):
        city.classes[name] = MatterClass.objects.create(
            scheme=city.classes["request"].scheme, code=code, name=name, kind="request", level="small",
            **{"default_amount": 5, "default_unit": "work_day", **more},
        )  # fmt: skip
    RegisteringCondition.objects.create(
        matter_class=city.classes["reviewed"], ordinal=1, text="积水", closing_text="排除", amount=2,
        unit="work_day",
    )  # fmt: skip
    bump_now("catalog")


@pytest.mark.django_db
def test_the_ladder_of_a_co_unit_goes_on_while_the_host_is_being_replaced() -> None:
    city, (first, second, *_, handler) = make_city(), people()
    _, case = receive(city, matter_class=city.classes["request"].id)
    common = {"at": AT, "case_id": case.id}
    cases.accept_case(actor=first, **common)
    gardens = city.unit("gardens")
    cases.dispatch_case(actor=first, host=city.unit("cleaning"), co_units=[gardens], **common)
    task = Task.objects.get(case=case, unit=gardens)
    terms = returning.ReturnTerms(reason="not_our_duty", words="不属本单位职责")
    wish = returning.ask_return(actor=handler, terms=terms, unit=city.unit("cleaning"), **common)
    returning.grant_return(actor=second, at=AT, return_id=wish.id)
    fire_due(task.due_at - timedelta(minutes=1))
    assert Timer.objects.get(subject=task.id).due_at == task.due_at
    fire_due(task.due_at)
    assert Supervision.objects.filter(subject=task.id, act="overdue").count() == 1
