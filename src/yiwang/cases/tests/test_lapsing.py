"""Applications lapse with their task: by whatever ends it, in its act, and nobody decides them after."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yiwang.cases.models import Application, Case, Task
from yiwang.cases.public import (
    OPEN_TASK_STATES,
    Ruling,
    accept_case,
    ask_return,
    complete_task,
    dispatch_case,
    grant_return,
    hand_over_case,
    mark_first_asked,
    merge_cases,
    recall_case,
    refer_return,
    reopen_case,
    rule_arbitration,
    unmerge_cases,
)
from yiwang.cases.replaying import replay_case
from yiwang.cases.services.applying import take_back_application
from yiwang.cases.services.deciding import approve_application, refuse_application
from yiwang.cases.tests.factories import AT, SYSTEM, City, dispatched, make_city, receive
from yiwang.cases.tests.test_applications import approve_all, ask, closed_late, head, worker
from yiwang.cases.tests.test_returning import JUDGE, REVIEWER, TERMS
from yiwang.kernel.errors import Conflict, YiwangError
from yiwang.kernel.working_time import SHANGHAI
from yiwang.ledger.models import JournalEntry, OutboxEvent

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
UNTIL = date(2026, 5, 2)


@pytest.fixture
def city() -> City:
    return make_city()


def asked_twice(city: City, case: Case) -> list[Application]:
    """An extension and a suspension of the host, both waiting."""
    return [ask(city, case, at=AT + HOUR), ask(city, case, "suspension", at=AT + HOUR, until=UNTIL)]


def states_of(case: Case) -> list[tuple[str, str, str]]:
    rows = Application.objects.filter(case=case).order_by("asked_seq")
    return [(row.kind, row.state, row.lapse_cause) for row in rows]


def feed_back(city: City, case: Case, at: datetime) -> None:
    complete_task(actor=worker(city), at=at, case_id=case.id, result="已清运。")


def recall(city: City, case: Case, at: datetime) -> None:
    recall_case(actor=SYSTEM, at=at, case_id=case.id, reason="改派")


def give_back(city: City, case: Case, at: datetime) -> None:
    asked = ask_return(actor=worker(city), at=at, case_id=case.id, terms=TERMS)
    grant_return(actor=REVIEWER, at=at, return_id=asked.id)


def hand_on(city: City, case: Case, at: datetime) -> None:
    mark_first_asked(actor=SYSTEM, at=at, case_id=case.id, unit=city.unit("cleaning"))
    hand_over_case(actor=worker(city), at=at, case_id=case.id, to_unit=city.unit("gardens"), reason="属园林")


def merge(city: City, case: Case, at: datetime) -> None:
    merge_cases(actor=SYSTEM, at=at, survivor=dispatched(city).id, absorbed=case.id, reason="同一处")


def rule_away(city: City, case: Case, at: datetime) -> None:
    asked = ask_return(actor=worker(city), at=at, case_id=case.id, terms=TERMS)
    refer_return(actor=REVIEWER, at=at, return_id=asked.id, words="难以认定")
    dispute = case.arbitrations.get()
    ruling = Ruling("designate", city.unit("gardens"), "城市绿化条例第二十条", "由其主办")
    rule_arbitration(actor=JUDGE, at=at, arbitration_id=dispute.id, ruling=ruling)


@pytest.mark.parametrize(
    ("end", "cause", "words"),
    [
        (feed_back, "done", "承办单位已反馈"),
        (recall, "recalled", "任务已被撤回"),
        (give_back, "returned", "任务已退回"),
        (hand_on, "handed", "任务已移交其他单位"),
        (merge, "merged", "案件已并入他案"),
        (rule_away, "returned", "任务已退回"),
    ],
)
def test_what_ends_a_task_lets_its_applications_lapse_and_says_why(
    city: City, end: Callable[[City, Case, datetime], None], cause: str, words: str
) -> None:
    case = dispatched(city)
    wishes = asked_twice(city, case)
    approve_application(actor=head(city), at=AT + HOUR, application_id=wishes[0].id)
    assert Case.objects.get(pk=case.id).application_waiting
    ended = AT + 2 * HOUR
    end(city, case, ended)
    assert states_of(case) == [("extension", "lapsed", cause), ("suspension", "lapsed", cause)]
    case.refresh_from_db()
    assert not case.application_waiting
    for wish in wishes:
        wish.refresh_from_db()
        assert (wish.decided_at, wish.decided_by, wish.waits_for) == (ended, None, "")
        entry = JournalEntry.objects.get(stream=case.id, seq=wish.decided_seq)
        assert (entry.kind, json.loads(entry.body)["cause"]) == ("cases.application_lapsed", cause)
        with pytest.raises(Conflict, match=f"已失效：{words}"):
            approve_application(actor=head(city), at=ended + HOUR, application_id=wish.id)
        with pytest.raises(Conflict, match="已失效"):
            refuse_application(actor=head(city), at=ended + HOUR, application_id=wish.id, reason="不同意")
        with pytest.raises(Conflict):
            take_back_application(actor=worker(city), at=ended + HOUR, application_id=wish.id)
    told = OutboxEvent.objects.filter(stream=case.id, kind="cases.application_decided")
    assert [json.loads(row.body)["outcome"] for row in told] == ["lapsed", "lapsed"]
    entries = list(JournalEntry.objects.filter(stream=case.id).order_by("seq"))
    assert replay_case(case, entries) == []


def test_a_unit_whose_extension_lapsed_asks_anew_when_it_is_sent_the_case_again(city: City) -> None:
    case = dispatched(city)
    ask(city, case, at=AT + HOUR)
    recall(city, case, AT + 2 * HOUR)
    dispatch_case(actor=SYSTEM, at=AT + 3 * HOUR, case_id=case.id, host=city.unit("cleaning"))
    again = ask(city, case, at=AT + 4 * HOUR)
    approve_all(city, again, at=AT + 5 * HOUR)
    again.refresh_from_db()
    assert again.state == "approved"


def test_what_a_co_unit_asked_goes_on_while_the_hosts_lapses(city: City) -> None:
    _, case = receive(city, matter_class=city.classes["request"].id)
    accept_case(actor=SYSTEM, at=AT, case_id=case.id)
    dispatch_case(
        actor=SYSTEM, at=AT, case_id=case.id, host=city.unit("cleaning"), co_units=[city.unit("gardens")]
    )
    gardener = city.actor("handler", unit="gardens", username="gardener")
    ask(city, case, at=AT + HOUR)
    ask(city, case, at=AT + HOUR, actor=gardener)
    give_back(city, case, AT + 2 * HOUR)
    assert sorted(state for _, state, _ in states_of(case)) == ["asked", "lapsed"]
    assert Case.objects.get(pk=case.id).application_waiting
    dispatch_case(actor=SYSTEM, at=AT + 3 * HOUR, case_id=case.id, host=city.unit("gardens"))
    complete_task(actor=gardener, at=AT + 4 * HOUR, case_id=case.id, result="已修剪。")
    assert {state for _, state, _ in states_of(case)} == {"lapsed"}
    assert not Case.objects.get(pk=case.id).application_waiting


def test_a_host_that_a_ruling_makes_a_co_unit_cannot_lay_the_case_to_rest(city: City) -> None:
    case = dispatched(city)
    asked_twice(city, case)
    asked = ask_return(actor=worker(city), at=AT + HOUR, case_id=case.id, terms=TERMS)
    refer_return(actor=REVIEWER, at=AT + HOUR, return_id=asked.id, words="难以认定")
    units = city.unit("gardens"), (city.unit("cleaning"),)
    ruling = Ruling("designate", units[0], "城市绿化条例第二十条", "由其主办，环卫配合", units[1])
    dispute = case.arbitrations.get()
    rule_arbitration(actor=JUDGE, at=AT + 2 * HOUR, arbitration_id=dispute.id, ruling=ruling)
    assert states_of(case) == [("extension", "asked", ""), ("suspension", "lapsed", "not_host")]
    assert Case.objects.get(pk=case.id).application_waiting


def test_what_is_about_the_record_waits_on_whatever_becomes_of_the_case(city: City) -> None:
    case = closed_late(city)
    late = case.closed_at + HOUR  # type: ignore[operator]
    ask(city, case, "appeal", at=late)
    ask(city, case, "exclusion", at=late)
    reopen_case(actor=SYSTEM, at=late + HOUR, case_id=case.id, reason="没有解决")
    dispatch_case(actor=SYSTEM, at=late + HOUR, case_id=case.id, host=city.unit("cleaning"))
    ask(city, case, at=late + 2 * HOUR)
    recall(city, case, late + 3 * HOUR)
    merge(city, case, late + 3 * HOUR)
    assert states_of(case) == [
        ("appeal", "asked", ""), ("exclusion", "asked", ""), ("extension", "lapsed", "recalled"),
    ]  # fmt: skip


def test_undoing_a_merge_lets_what_it_made_lapse_wait_again_at_its_step(city: City) -> None:
    case, ended = dispatched(city), AT + 2 * HOUR
    extension, _ = asked_twice(city, case)
    approve_application(actor=head(city), at=AT + HOUR, application_id=extension.id)
    merge(city, case, ended)
    assert {state for _, state, _ in states_of(case)} == {"lapsed"}
    unmerge_cases(actor=SYSTEM, at=ended + HOUR, absorbed=case.id, reason="不是一处")
    assert states_of(case) == [("extension", "asked", ""), ("suspension", "asked", "")]
    extension.refresh_from_db()
    assert (extension.waits_for, extension.decided_at, extension.decided_seq) == ("cases.review", None, None)
    assert Case.objects.get(pk=case.id).application_waiting
    dispatcher = city.actor("dispatcher", area="city")
    approve_application(actor=dispatcher, at=ended + 2 * HOUR, application_id=extension.id)
    assert Task.objects.get(case=case).due_at == datetime(2026, 3, 16, 18, tzinfo=SHANGHAI)


def test_undoing_a_merge_brings_nothing_back_that_had_lapsed_before(city: City) -> None:
    case = dispatched(city)
    ask(city, case, at=AT + HOUR)
    recall(city, case, AT + 2 * HOUR)
    merge(city, case, AT + 2 * HOUR)
    unmerge_cases(actor=SYSTEM, at=AT + 3 * HOUR, absorbed=case.id, reason="不是一处")
    assert states_of(case) == [("extension", "lapsed", "recalled")]
    assert not Case.objects.get(pk=case.id).application_waiting


def test_a_case_knows_whether_anything_waits_after_each_decision(city: City) -> None:
    def waits() -> bool:
        return bool(Case.objects.get(pk=case.id).application_waiting)

    case = dispatched(city)
    ask(city, case, "exclusion", at=AT + HOUR)
    assert not waits()
    extension, suspension = asked_twice(city, case)
    take_back_application(actor=worker(city), at=AT + 2 * HOUR, application_id=suspension.id)
    assert waits()
    approve_application(actor=head(city), at=AT + 2 * HOUR, application_id=extension.id)
    assert waits()
    refuse_application(
        actor=city.actor("dispatcher", area="city"), at=AT + 3 * HOUR, application_id=extension.id,
        reason="可按期完成",
    )  # fmt: skip
    assert not waits()


_ENDS = (feed_back, recall, give_back, hand_on, merge)
_STEPS: tuple[str | int, ...] = ("ask", "suspend", "dispatch", *range(len(_ENDS)))


@given(steps=st.lists(st.sampled_from(_STEPS), min_size=3, max_size=8))
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_nothing_ever_waits_about_a_task_that_is_over(city: City, steps: list[str | int]) -> None:
    worker(city)  # the people outlive an example
    with transaction.atomic():
        case = dispatched(city)
        for number, step in enumerate(steps, start=1):
            try:
                with transaction.atomic():
                    try_step(city, case, step, AT + number * timedelta(minutes=20))
            except YiwangError:
                continue
            waiting = list(Application.objects.filter(case=case, state="asked").select_related("task"))
            assert [w for w in waiting if w.task is None or w.task.state not in OPEN_TASK_STATES] == []
            assert Case.objects.get(pk=case.id).application_waiting == bool(waiting)
        transaction.set_rollback(True)


def try_step(city: City, case: Case, step: str | int, at: datetime) -> None:
    if step == "ask":
        ask(city, case, at=at)
    elif step == "suspend":
        ask(city, case, "suspension", at=at, until=UNTIL)
    elif step == "dispatch":
        dispatch_case(actor=SYSTEM, at=at, case_id=case.id, host=city.unit("cleaning"))
    else:
        _ENDS[int(step)](city, case, at)
