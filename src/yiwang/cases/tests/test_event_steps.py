"""Ladders of events: what an event opens by itself, once, for whom, and nothing until it is switched on."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from yiwang.cases import event_handlers
from yiwang.cases.models import Case, Ladder, LadderReplan, Report, SameDay, SameDayRule, Supervision
from yiwang.cases.public import (
    RESIDENT,
    LadderEvent,
    LadderTerms,
    Occurrence,
    Stage,
    close_case,
    complete_task,
    end_ladder,
    local_day,
    rate_case,
    recheck_case,
    reopen_by_repeat,
    reply_supervision,
    set_ladder,
    settle_supervision,
    switch_ladder,
    take_event_steps,
)
from yiwang.cases.services.ladders import STEP_TIMER
from yiwang.clocks.models import Timer
from yiwang.clocks.public import fire_due
from yiwang.kernel.errors import Conflict, Invalid, Refused
from yiwang.kernel.working_time import SHANGHAI
from yiwang.ledger.models import JournalEntry, OutboxEvent
from yiwang.ledger.public import bump_now, check_ledger, event_from, relay_once

from .factories import AT, SYSTEM, City, dispatched, make_city, receive

pytestmark = pytest.mark.django_db

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SUPERVISE: dict[str, Any] = {
    "act": "supervise", "anchor": "count", "count": 1, "to": ["host", "supervise"], "reply_amount": 1,
    "reply_unit": "work_day",
}  # fmt: skip


@pytest.fixture
def city() -> City:
    return make_city()


def step(**given: Any) -> dict[str, Any]:
    return {**SUPERVISE, **given}


def heed(city: City, event: str, *steps: dict[str, Any], on: bool = True, **narrow: Any) -> Ladder:
    """Set the ladder of an event from today on and switch it on."""
    admin = city.actor("system_admin")
    terms = LadderTerms(event, "事件", steps or (SUPERVISE,), local_day(AT), **narrow)
    row = set_ladder(actor=admin, at=AT, terms=terms)
    if on and not row.is_on:
        row = switch_ladder(actor=admin, at=AT, ladder_id=row.id, on=True)
    return row


def opened(case: Case) -> list[Supervision]:
    return list(Supervision.objects.filter(case=case, cause="event").order_by("at", "slot"))


def handled(city: City, case: Case, at: datetime) -> None:
    complete_task(actor=city.actor("handler", unit="cleaning"), at=at, case_id=case.id, result="已清运。")
    recheck_case(actor=SYSTEM, at=at, case_id=case.id, result="passed")
    close_case(actor=SYSTEM, at=at, case_id=case.id, ending="solved")


def closed(city: City, **given: Any) -> Case:
    case = dispatched(city, **given)
    handled(city, case, AT + HOUR)
    return case


def rated(case: Case, at: datetime, outcome: str = "unsolved") -> None:
    report = Report.objects.get(links__case=case, links__until=None)
    rate_case(actor=RESIDENT, at=at, case_id=case.id, report_id=report.id, outcome=outcome)
    relay_once(at)


def repeated(city: City, case: Case, at: datetime) -> None:
    _, repeat = receive(city, at=at, matter_class=city.classes["request"].id)
    reopen_by_repeat(actor=SYSTEM, at=at, case_id=case.id, repeat_id=repeat.id, reason="又堆了")
    relay_once(at)


def test_nothing_is_opened_before_a_city_switches_a_ladder_on(city: City) -> None:
    shipped = Ladder.objects.filter(stage__in=LadderEvent.values)
    assert set(shipped.values_list("stage", flat=True)) == set(LadderEvent.values)
    assert set(shipped.values_list("is_on", "is_example")) == {(False, True)}
    assert not Ladder.objects.filter(stage__in=Stage.values, is_on=False).exists()
    case = closed(city)
    rated(case, AT + DAY)
    assert opened(case) == []


def test_a_reporter_who_says_unsolved_has_the_unit_urged_and_the_second_time_supervised(city: City) -> None:
    shipped = Ladder.objects.get(stage="unsolved")
    switch_ladder(actor=city.actor("system_admin"), at=AT, ladder_id=shipped.id, on=True)
    case = closed(city)
    rated(case, AT + DAY)
    handled(city, case, AT + DAY + HOUR)
    rated(case, AT + 2 * DAY)
    first, second = opened(case)
    assert (first.act, first.times, first.state, first.units) == ("urge", 1, "noted", [city.unit("cleaning")])
    assert (second.act, second.times, second.state) == ("supervise", 2, "awaited")
    assert (second.stage, second.addressed_acts) == ("unsolved", ["cases.supervise"])
    assert second.reply_due_at == datetime(2026, 3, 5, 18, 0, tzinfo=SHANGHAI)
    case.refresh_from_db()
    assert (case.urge_count, case.supervised_at) == (1, AT + 2 * DAY)
    entry = JournalEntry.objects.get(stream=case.id, seq=second.seq)
    assert (entry.kind, entry.agent) == ("cases.supervised", "ladders")
    assert '"times":2' in entry.body
    assert check_ledger().problems == []


def test_a_reporter_who_says_solved_opens_nothing(city: City) -> None:
    heed(city, "unsolved")
    case = closed(city)
    rated(case, AT + DAY, "solved")
    assert opened(case) == []


def test_a_case_that_stays_closed_unsolved_is_supervised_answered_and_settled(city: City) -> None:
    heed(city, "still_unsolved")
    case = closed(city)
    for day in (1, 2):
        rated(case, AT + day * DAY)
        handled(city, case, AT + day * DAY + HOUR)
    assert opened(case) == []
    rated(case, AT + 3 * DAY)
    (row,) = opened(case)
    case.refresh_from_db()
    assert (case.state, row.times, row.units) == ("closed", 1, [city.unit("cleaning")])
    worker, boss = city.actor("handler", unit="cleaning"), city.actor("supervisor", area="east")
    reply_supervision(actor=worker, at=AT + 3 * DAY, supervision_id=row.id, text="正与物业协调")
    settle_supervision(actor=boss, at=AT + 3 * DAY, supervision_id=row.id, reason="已核对")
    case.refresh_from_db()
    assert case.supervised_at is None


def test_a_hazard_that_missed_its_day_is_supervised_once_its_cut_off_has_passed(city: City) -> None:
    SameDayRule.objects.create(
        matter_class=city.classes["request"].id, must_confirm=False, valid_from=date(2024, 1, 1)
    )
    bump_now("policy")
    heed(city, "same_day_missed")
    case = dispatched(city)
    due = SameDay.objects.get(case=case).due_at
    relay_once(due - HOUR)
    assert opened(case) == []
    Timer.objects.filter(kind=STEP_TIMER).delete()
    fire_due(due)
    relay_once(due)
    (row,) = opened(case)
    assert (row.act, row.stage, row.times, row.at) == ("supervise", "same_day_missed", 1, due)


def test_a_repeat_that_reopens_a_case_is_counted_and_an_own_wish_is_not(city: City) -> None:
    heed(city, "repeated", step(act="urge"), step(count=2))
    case = closed(city)
    rated(case, AT + DAY)
    handled(city, case, AT + 2 * DAY)
    repeated(city, case, AT + 10 * DAY)
    assert [row.act for row in opened(case)] == ["urge"]
    Case.objects.filter(pk=case.id).update(state="closed", closed_at=AT + 11 * DAY)
    repeated(city, case, AT + 12 * DAY)
    assert [(row.act, row.times) for row in opened(case)] == [("urge", 1), ("supervise", 2)]


def test_an_event_that_is_delivered_twice_opens_once(city: City) -> None:
    heed(city, "unsolved")
    case = closed(city)
    rated(case, AT + DAY)
    (told,) = OutboxEvent.objects.filter(stream=case.id, kind="cases.rated")
    event = event_from(told.kind, told.body)
    for hours in (1, 2):
        event_handlers.unsolved_is_supervised(event, AT + DAY + hours * HOUR)  # type: ignore[arg-type]
    assert len(opened(case)) == 1
    handled(city, case, AT + DAY + 3 * HOUR)
    rated(case, AT + 2 * DAY)
    assert [row.times for row in opened(case)] == [1, 2]


def test_every_step_of_the_last_count_begun_is_taken_and_none_of_the_earlier(city: City) -> None:
    heed(
        city, "unsolved", step(act="urge"), step(count=3, to=["host"]),
        step(act="escalate", count=3, to=["district"], reply_amount=None),
    )  # fmt: skip
    case = dispatched(city)
    for times in (1, 2, 3, 4):
        occurrence = Occurrence("unsolved", case.id, AT + times * HOUR, times)
        take_event_steps(actor=SYSTEM, at=AT + times * HOUR, occurrence=occurrence)
    assert [(row.times, row.act) for row in opened(case)] == [
        (1, "urge"), (2, "urge"), (3, "supervise"), (3, "escalate"), (4, "supervise"), (4, "escalate"),
    ]  # fmt: skip
    case.refresh_from_db()
    assert case.raised_to is not None


def test_the_ladder_of_a_class_goes_before_that_of_its_kind_and_one_that_is_off_gives_way(city: City) -> None:
    request = city.classes["request"].id
    heed(city, "unsolved", step(act="urge"))
    own = heed(city, "unsolved", step(act="list", reply_amount=None), matter_class=request)
    heed(city, "unsolved", step(act="escalate", reply_amount=None), class_kind="event")

    def taken(number: int) -> list[str]:
        case = dispatched(city)
        occurrence = Occurrence("unsolved", case.id, AT + number * HOUR, 1)
        take_event_steps(actor=SYSTEM, at=AT + number * HOUR, occurrence=occurrence)
        return [row.act for row in opened(case)]

    assert taken(1) == ["list"]
    switch_ladder(actor=city.actor("system_admin"), at=AT, ladder_id=own.id, on=False)
    assert taken(2) == ["urge"]


@pytest.mark.parametrize(("urgency", "acts"), [("urgent", ["supervise"]), ("ordinary", [])])
def test_a_ladder_may_be_narrowed_to_an_urgency(city: City, urgency: str, acts: list[str]) -> None:
    heed(city, "unsolved", urgency="urgent")
    case = dispatched(city, urgency=urgency)
    take_event_steps(actor=SYSTEM, at=AT, occurrence=Occurrence("unsolved", case.id, AT, 1))
    assert [row.act for row in opened(case)] == acts


def test_an_event_is_judged_by_the_ladder_of_its_own_day(city: City) -> None:
    row = heed(city, "unsolved")
    case = dispatched(city)
    before, after = AT - DAY, AT + 5 * DAY
    take_event_steps(actor=SYSTEM, at=AT, occurrence=Occurrence("unsolved", case.id, before, 1))
    assert opened(case) == []
    end_ladder(actor=city.actor("system_admin"), at=AT, ladder_id=row.id, valid_to=local_day(AT + 3 * DAY))
    take_event_steps(actor=SYSTEM, at=after, occurrence=Occurrence("unsolved", case.id, after, 1))
    assert opened(case) == []
    take_event_steps(actor=SYSTEM, at=after, occurrence=Occurrence("unsolved", case.id, AT + DAY, 1))
    assert len(opened(case)) == 1


@pytest.mark.parametrize("state", ["merged", "voided", "rejected", "archived"])
def test_a_case_that_is_nobodys_work_any_more_is_left_alone(city: City, state: str) -> None:
    heed(city, "unsolved")
    case = dispatched(city)
    Case.objects.filter(pk=case.id).update(state=state)
    take_event_steps(actor=SYSTEM, at=AT, occurrence=Occurrence("unsolved", case.id, AT, 1))
    assert opened(case) == []


def test_the_unit_complained_of_owes_no_answer_about_itself(city: City) -> None:
    heed(city, "unsolved")
    case = dispatched(city)
    Case.objects.filter(pk=case.id).update(complained_unit=city.unit("cleaning"))
    take_event_steps(actor=SYSTEM, at=AT, occurrence=Occurrence("unsolved", case.id, AT, 1))
    (row,) = opened(case)
    assert (row.units, row.state, row.addressed_acts) == ([], "noted", ["cases.supervise"])


def test_while_nothing_is_switched_on_an_event_reads_no_case(city: City) -> None:
    case = dispatched(city)
    occurrence = Occurrence("unsolved", case.id, AT, 1)
    with CaptureQueriesContext(connection) as asked:
        assert take_event_steps(actor=SYSTEM, at=AT, occurrence=occurrence) == []
    assert [query["sql"] for query in asked if "cases_case" in query["sql"]] == []


def test_what_follows_a_ladder_that_is_on_is_on_and_no_clock_is_planned_anew(city: City) -> None:
    admin = city.actor("system_admin")
    first = heed(city, "unsolved")
    later = LadderTerms("unsolved", "事件", (step(act="urge"),), local_day(AT + DAY))
    second = set_ladder(actor=admin, at=AT, terms=later)
    first.refresh_from_db()
    assert (first.valid_to, second.is_on) == (local_day(AT + DAY), True)
    off = switch_ladder(actor=admin, at=AT, ladder_id=second.id, on=False)
    third = set_ladder(
        actor=admin, at=AT, terms=LadderTerms("unsolved", "事件", (SUPERVISE,), date(2026, 4, 1))
    )
    assert (off.is_on, third.is_on) == (False, False)
    assert not LadderReplan.objects.exists()
    kinds = JournalEntry.objects.filter(stream=second.id).order_by("seq").values_list("kind", flat=True)
    assert list(kinds) == ["cases.ladder_set", "cases.ladder_switched", "cases.ladder_ended"]


def test_only_who_configures_switches_and_only_ladders_of_events(city: City) -> None:
    admin, row = city.actor("system_admin"), Ladder.objects.get(stage="unsolved")
    with pytest.raises(Refused):
        switch_ladder(actor=city.actor("supervisor", area="city"), at=AT, ladder_id=row.id, on=True)
    with pytest.raises(Conflict, match="已经是这个状态"):
        switch_ladder(actor=admin, at=AT, ladder_id=row.id, on=False)
    of_stage = Ladder.objects.get(stage="handle", urgency="")
    with pytest.raises(Conflict, match="始终启用"):
        switch_ladder(actor=admin, at=AT, ladder_id=of_stage.id, on=False)
    end_ladder(actor=admin, at=AT, ladder_id=row.id, valid_to=local_day(AT))
    with pytest.raises(Conflict, match="停用"):
        switch_ladder(actor=admin, at=AT, ladder_id=row.id, on=True)


@pytest.mark.parametrize(
    ("stage", "wrong", "words"),
    [
        ("unsolved", {"act": "remind"}, "只能催办"),
        ("unsolved", {"anchor": "due"}, "没有时限"),
        ("unsolved", {"count": 0}, "1 到 99"),
        ("unsolved", {"count": None}, "1 到 99"),
        ("unsolved", {"count": 100}, "1 到 99"),
        ("unsolved", {"to": ["stage"]}, "没有经办环节"),
        ("unsolved", {"to": []}, "至少一个"),
        ("unsolved", {"reply_unit": "moon"}, "答复时限"),
        ("handle", {}, "只用于事件"),
        ("weather", {}, "或一种事件"),
    ],
)
def test_a_wrong_step_is_named_and_nothing_is_set(
    city: City, stage: str, wrong: dict[str, Any], words: str
) -> None:
    known = Ladder.objects.count()
    terms = LadderTerms(stage, "事件", (step(**wrong),), local_day(AT))
    with pytest.raises(Invalid, match=words):
        set_ladder(actor=city.actor("system_admin"), at=AT, terms=terms)
    assert Ladder.objects.count() == known
