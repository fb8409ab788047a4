"""Properties: whatever sequence of returns, rulings and handovers, no deadline moves and one unit answers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from yiwang.cases.models import Arbitration, Case, Task, TaskReturn
from yiwang.cases.public import (
    OPEN_TASK_STATES,
    accept_case,
    ask_arbitration,
    ask_return,
    complete_task,
    dispatch_case,
    grant_return,
    hand_over_case,
    recall_case,
    refer_return,
    refuse_return,
    refuse_unlisted,
    rule_arbitration,
    take_back_return,
)
from yiwang.cases.replaying import replay_case
from yiwang.cases.tests.factories import AT, BEGIN, SYSTEM, City, dispatched, make_city, receive
from yiwang.cases.tests.test_admitting import keep_lists
from yiwang.cases.tests.test_handing_over import first_asked
from yiwang.cases.tests.test_returning import JUDGE, REVIEWER, TERMS, returned_once, ruling, worker
from yiwang.kernel.errors import YiwangError
from yiwang.ledger.public import JournalEntry, bump_now
from yiwang.orgs.models import Unit

UNITS = ("cleaning", "gardens", "street", "other_street", "committee")
ACTS = (
    "ask", "grant", "grant_alone", "refuse", "refer", "take_back", "rule", "dispatch", "recall", "hand_over",
    "dispute", "complete", "refuse_unlisted",
)  # fmt: skip
#: What moves a case on comes oftener, and so does its host.
LIKELY = (*ACTS, "ask", "ask", "grant", "rule", "dispatch", "hand_over")
WHO = ("host", "host", "host", *UNITS)
steps = st.lists(
    st.tuples(st.sampled_from(LIKELY), st.sampled_from(WHO), st.sampled_from(UNITS)), min_size=4, max_size=12
)


def with_committee() -> City:
    """The small city with a community committee that has lists to refuse by."""
    city = make_city()
    city.units["committee"] = Unit.objects.create(
        code="K1", name="梅园社区居委会", kind="community_committee", home_area=city.areas["east_1_a"],
        valid_from=BEGIN,
    )  # fmt: skip
    bump_now("units")
    keep_lists(city)
    return city


def at_a_community(city: City) -> Case:
    """A case that a community handles with the cleaners' help."""
    _, case = receive(city, matter_class=city.classes["request"].id)
    accept_case(actor=SYSTEM, at=AT, case_id=case.id)
    return dispatch_case(
        actor=REVIEWER, at=AT, case_id=case.id, host=city.unit("committee"), co_units=[city.unit("cleaning")]
    )


def meant(city: City, case: Case, unit: str) -> str:
    """The short name of a unit; `host` is whoever has the case now."""
    host = Case.objects.values_list("host", flat=True).get(pk=case.id)
    return next((name for name in UNITS if unit == "host" and city.unit(name) == host), unit)


def try_act(city: City, case: Case, step: tuple[str, str, str], at: datetime) -> bool:
    """One act as somebody of `unit`, the dispatcher or the judge; False when it is refused."""
    name, unit, other = step
    waiting = TaskReturn.objects.filter(case=case, state="asked").first()
    dispute = Arbitration.objects.filter(case=case, state="asked").first()
    actor = worker(city, unit)
    one: dict[str, Any] = {"actor": actor, "at": at, "case_id": case.id}
    decision: dict[str, Any] = {"actor": REVIEWER, "at": at, "return_id": waiting.id if waiting else case.id}
    co = [city.unit(other)] if other != unit else []
    acts: dict[str, Callable[[], Any]] = {
        "ask": lambda: ask_return(terms=TERMS, **one),
        "grant": lambda: grant_return(**decision),
        "grant_alone": lambda: grant_return(keeps_co_units=False, **decision),
        "refuse": lambda: refuse_return(words="不同意。", **decision),
        "refer": lambda: refer_return(words="请裁定。", **decision),
        "take_back": lambda: take_back_return(**{**decision, "actor": actor}),
        "rule": lambda: rule_arbitration(
            actor=JUDGE, at=at, arbitration_id=dispute.id if dispute else case.id,
            ruling=ruling(city, unit, *([other] if co else [])),
        ),
        "dispatch": lambda: dispatch_case(
            actor=REVIEWER, at=at, case_id=case.id, host=city.unit(unit), co_units=co
        ),
        "recall": lambda: recall_case(actor=REVIEWER, at=at, case_id=case.id, reason="改派"),
        "hand_over": lambda: hand_over_case(to_unit=city.unit(other), reason="移交", **one),
        "dispute": lambda: ask_arbitration(words="有争议。", **one),
        "complete": lambda: complete_task(result="已处置。", **one),
        "refuse_unlisted": lambda: refuse_unlisted(**one),
    }  # fmt: skip
    try:
        acts[name]()
    except YiwangError:
        return False
    return True


def deadlines(case: Case) -> dict[Any, Any]:
    """The instants that must not move: of each task, and the promise."""
    found: dict[Any, Any] = dict(Task.objects.filter(case=case).values_list("id", "due_at"))
    found["promise"] = Case.objects.values_list("due_at", flat=True).get(pk=case.id)
    return found


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("start", "must"),
    [
        (dispatched, {"ask", "refuse", "recall"}),
        (returned_once, {"ask", "rule"}),
        (first_asked, {"hand_over"}),
        (at_a_community, {"refuse_unlisted", "dispatch"}),
    ],
)
def test_no_sequence_moves_a_deadline_and_one_unit_answers(
    start: Callable[[City], Case], must: set[str]
) -> None:
    city, reached = with_committee(), set[str]()

    @settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
    @given(steps=steps)
    @example(steps=[("ask", "host", UNITS[0]), ("refuse", "host", UNITS[0]), ("recall", "host", UNITS[0])])
    @example(steps=[("ask", "host", UNITS[0]), ("rule", "host", UNITS[0])])
    @example(steps=[("hand_over", "host", name) for name in UNITS])
    @example(steps=[("refuse_unlisted", "committee", UNITS[0]), ("dispatch", "gardens", "cleaning")])
    def run(steps: list[tuple[str, str, str]]) -> None:
        case = start(city)
        for number, (name, asked, other) in enumerate(steps, start=1):
            unit = meant(city, case, asked)
            if unit == "host":
                continue
            before = deadlines(case)
            done = try_act(city, case, (name, unit, other), AT + timedelta(hours=3, minutes=20 * number))
            reached.add(name if done else "")
            after = deadlines(case)
            assert {key: after[key] for key in before} == before, (name, unit, other)
            check(city, case, name if done else "", unit)
        row = Case.objects.get(pk=case.id)
        entries = list(JournalEntry.objects.filter(stream=case.id).order_by("seq"))
        assert replay_case(row, entries) == []

    run()
    assert must <= reached


def check(city: City, case: Case, done: str, unit: str) -> None:
    """One host while the units are at work, one open task a unit, and no return after a ruling."""
    row = Case.objects.get(pk=case.id)
    tasks = list(Task.objects.filter(case=case, state__in=OPEN_TASK_STATES))
    assert len({task.unit for task in tasks}) == len(tasks)
    hosts = [task for task in tasks if task.role == "host"]
    if row.state == "handling":
        assert [task.unit for task in hosts] == [row.host]
    else:
        assert hosts == []
    assert (row.arbitration is not None) == Arbitration.objects.filter(case=case, state="asked").exists()
    assert row.return_waiting == TaskReturn.objects.filter(case=case, state="asked").exists()
    if row.final_owner is not None:
        assert done != "ask"
    if row.transfers:
        assert not (done == "ask" and city.unit(unit) == row.host)
    assert row.transfers <= 1
