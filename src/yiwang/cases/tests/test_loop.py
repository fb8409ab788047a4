"""The loop, act by act, and its budget of round trips."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from yiwang.cases.models import CallbackRule, Case, Recheck, Task
from yiwang.cases.public import (
    CASE,
    EVIDENCE_OWNER,
    RESIDENT,
    Ending,
    accept_case,
    approve_feedback,
    close_case,
    complete_task,
    dispatch_case,
    rate_case,
    recheck_case,
    register_case,
    rework_case,
    sign_task,
)
from yiwang.cases.replaying import replay_case, replay_report
from yiwang.cases.services import dispatching
from yiwang.cases.tests.factories import AT, SYSTEM, City, dispatched, make_city, picture, receive
from yiwang.clocks.public import Timer, fire_due
from yiwang.files.public import store_file
from yiwang.kernel.errors import Conflict, Invalid, Refused, StaleVersion
from yiwang.ledger.public import JournalEntry, OutboxEvent, acting, bump_now

LATER = AT + timedelta(minutes=30)
ROUND_TRIPS = 8


@pytest.fixture
def city(db: None) -> City:
    return make_city()


def entries(case: Case) -> list[JournalEntry]:
    return list(JournalEntry.objects.filter(stream=case.id).order_by("seq"))


@pytest.mark.django_db(transaction=True)
def test_a_report_is_handled_rechecked_closed_and_rated() -> None:
    city = make_city()
    CallbackRule.objects.update(sample_percent=0)  # a drawn call-back would add its entry
    bump_now("policy")
    report, case = receive(city, matter_class=city.classes["request"].id)
    dispatcher, handler = city.actor("dispatcher", area="city"), city.actor("handler", unit="cleaning")
    grid_worker, chief = city.actor("grid_worker", area="east_1"), city.actor("duty_chief", area="city")
    accept_case(actor=city.actor("seat_operator", area="city"), at=AT, case_id=case.id)
    dispatch_case(actor=dispatcher, at=AT, case_id=case.id, host=city.unit("cleaning"))
    sign_task(actor=handler, at=LATER, case_id=case.id)
    complete_task(actor=handler, at=LATER, case_id=case.id, result="已清运。")
    recheck_case(actor=grid_worker, at=LATER, case_id=case.id, result="passed")
    closed = close_case(actor=chief, at=LATER, case_id=case.id, ending="solved")
    assert (closed.state, closed.ending) == ("closed", Ending.SOLVED)
    rate_case(
        actor=RESIDENT, at=LATER, case_id=case.id, report_id=report.id, outcome="solved",
        satisfaction="satisfied",
    )  # fmt: skip
    stored = Case.objects.get(pk=case.id)
    kinds = [entry.kind for entry in entries(stored)]
    assert kinds == [
        "cases.received", "cases.accept_directly", "cases.dispatch", "cases.signed",
        "cases.feed_back_straight", "cases.task_done", "cases.pass_recheck", "cases.close", "cases.rate",
    ]  # fmt: skip
    assert replay_case(stored, entries(stored)) == []
    report.refresh_from_db()
    assert replay_report(report, list(JournalEntry.objects.filter(stream=report.id))) == []


def test_a_class_that_demands_registering_goes_by_its_condition_and_a_review(city: City) -> None:
    _, case = receive(city, matter_class=city.classes["part"].id)
    chief = city.actor("duty_chief", area="city")
    assert accept_case(actor=SYSTEM, at=AT, case_id=case.id).state == "registering"
    with pytest.raises(Conflict, match="立案条件"):
        register_case(actor=chief, at=AT, case_id=case.id, condition_id=case.id)
    register_case(actor=chief, at=AT, case_id=case.id, condition_id=city.condition.id)
    waiting = dispatch_case(actor=SYSTEM, at=AT, case_id=case.id, host=city.unit("cleaning"))
    # Monday 09:30, four work hours: 2 h 30 to 12:00, then 1 h 30 from 14:00.
    assert waiting.due_at == AT + timedelta(hours=6)


def test_closing_by_the_person_who_handled_it_is_refused(city: City) -> None:
    case = dispatched(city)
    both = city.actor("handler", unit="cleaning")
    complete_task(actor=both, at=LATER, case_id=case.id, result="已清运。")
    everything = type(both)(account_id=both.account_id, grants=SYSTEM.grants)
    with pytest.raises(Conflict, match="本人"):
        recheck_case(actor=everything, at=LATER, case_id=case.id, result="passed")
    recheck_case(actor=SYSTEM, at=LATER, case_id=case.id, result="passed")
    with pytest.raises(Conflict, match="本人"):
        close_case(actor=everything, at=LATER, case_id=case.id, ending="solved")


def test_whoever_registers_for_his_own_area_is_asked_for_the_place_and_refused_elsewhere(city: City) -> None:
    seat = city.actor("seat_operator", area="east")
    with pytest.raises(Refused, match="没有填写地点"):
        receive(city, actor=seat, area=None)
    with pytest.raises(Refused, match="没有在该区域登记"):
        receive(city, actor=seat, area="west_1_a")
    _, case = receive(city, actor=seat)
    assert case.community == city.area("east_1_a")


def test_another_units_handler_cannot_feed_back(city: City) -> None:
    case = dispatched(city)
    with pytest.raises(Refused):
        complete_task(
            actor=city.actor("handler", unit="gardens"), at=LATER, case_id=case.id, result="已清运。"
        )


def test_a_failed_recheck_opens_a_new_round_with_a_new_clock(city: City) -> None:
    case = dispatched(city)
    first_due = case.due_at
    complete_task(actor=city.actor("handler", unit="cleaning"), at=LATER, case_id=case.id, result="已清运。")
    later = AT + timedelta(days=1)
    again = recheck_case(actor=SYSTEM, at=later, case_id=case.id, result="failed", note="仍有垃圾")
    assert (again.state, again.round, again.handlers) == ("handling", 2, [])
    assert again.due_at is not None
    assert first_due is not None
    assert again.due_at > first_due
    assert Task.objects.filter(case=case, round=2, state="pending").count() == 1
    assert Recheck.objects.get(case=case).result == "failed"


def test_the_host_waits_for_its_co_units(city: City) -> None:
    _, case = receive(city, matter_class=city.classes["request"].id)
    accept_case(actor=SYSTEM, at=AT, case_id=case.id)
    dispatch_case(
        actor=SYSTEM, at=AT, case_id=case.id, host=city.unit("cleaning"), co_units=[city.unit("gardens")]
    )
    host, co = city.actor("handler", unit="cleaning"), city.actor("handler", unit="gardens", username="co")
    with pytest.raises(Conflict, match="协办"):
        complete_task(actor=host, at=LATER, case_id=case.id, result="已清运。")
    complete_task(actor=co, at=LATER, case_id=case.id, result="已修剪。")
    assert complete_task(actor=host, at=LATER, case_id=case.id, result="已清运。").state == "rechecking"


def test_a_second_operator_is_told_who_changed_what(city: City) -> None:
    _, case = receive(city, matter_class=city.classes["request"].id)
    accept_case(actor=city.actor("seat_operator", area="city"), at=AT, case_id=case.id, expected=1)
    with pytest.raises(StaleVersion) as caught:
        accept_case(actor=SYSTEM, at=AT, case_id=case.id, expected=1)
    assert [entry.kind for entry in caught.value.changes] == ["cases.accept_directly"]


def test_a_case_that_complains_of_a_unit_is_never_dispatched_to_it(city: City) -> None:
    _, case = receive(city, matter_class=city.classes["request"].id, complained_unit=city.unit("cleaning"))
    accept_case(actor=SYSTEM, at=AT, case_id=case.id)
    with pytest.raises(Conflict, match="被投诉"):
        dispatch_case(actor=SYSTEM, at=AT, case_id=case.id, host=city.unit("cleaning"))


def test_the_overdue_timer_marks_the_case_once(city: City) -> None:
    case = dispatched(city)
    assert case.due_at is not None
    assert Timer.objects.get(subject=case.id).due_at == case.due_at
    late = case.due_at + timedelta(seconds=1)
    assert fire_due(late) > 0
    assert fire_due(late) == 0
    case.refresh_from_db()
    assert case.overdue_at == case.due_at
    assert [entry.kind for entry in entries(case)].count("cases.overdue") == 1


def test_feedback_in_time_leaves_no_timer(city: City) -> None:
    case = dispatched(city)
    complete_task(actor=city.actor("handler", unit="cleaning"), at=LATER, case_id=case.id, result="已清运。")
    assert Timer.objects.filter(subject=case.id).count() == 0


def test_rework_needs_a_reason(city: City) -> None:
    _, case = receive(city, matter_class=city.classes["part"].id)
    accept_case(actor=SYSTEM, at=AT, case_id=case.id)
    register_case(actor=SYSTEM, at=AT, case_id=case.id, condition_id=city.condition.id)
    dispatch_case(actor=SYSTEM, at=AT, case_id=case.id, host=city.unit("cleaning"))
    handler = city.actor("handler", unit="cleaning")
    with pytest.raises(Conflict, match="处置前"):
        complete_task(actor=handler, at=LATER, case_id=case.id, result="已更换。")
    with acting(actor=handler, at=LATER) as act:
        for stage, colour in (("before", "red"), ("after", "green")):
            shot = picture(colour)
            store_file(
                act, owner_type=EVIDENCE_OWNER, owner_id=case.id, stage=stage, stream=shot, filename="a.jpg"
            )
    complete_task(actor=handler, at=LATER, case_id=case.id, result="已更换。")
    with pytest.raises(Invalid, match="理由"):
        rework_case(actor=SYSTEM, at=LATER, case_id=case.id, reason=" ")
    assert approve_feedback(actor=SYSTEM, at=LATER, case_id=case.id).state == "rechecking"


@pytest.mark.django_db(transaction=True)
def test_every_act_of_the_loop_keeps_to_its_budget_of_round_trips() -> None:
    city = make_city()
    handler = city.actor("handler", unit="cleaning")
    dispatched(city)  # warms the caches (calendar and rules too) and the number block
    seen: dict[str, int] = {}

    def counted(name: str, act: object, **given: object) -> object:
        with CaptureQueriesContext(connection) as queries:
            result = act(**given)  # type: ignore[operator]
        seen[name] = len(queries)
        return result

    _, case = counted("receive", receive, city=city, matter_class=city.classes["request"].id)  # type: ignore[misc]
    common = {"case_id": case.id, "at": LATER}
    counted("accept", accept_case, actor=SYSTEM, **common)
    counted("dispatch", dispatch_case, actor=SYSTEM, host=city.unit("cleaning"), **common)
    counted("sign", sign_task, actor=handler, **common)
    counted("complete", complete_task, actor=handler, result="已清运。", **common)
    counted("recheck", recheck_case, actor=SYSTEM, result="passed", **common)
    counted("close", close_case, actor=SYSTEM, ending="solved", **common)
    assert max(seen.values()) <= ROUND_TRIPS, seen


def test_every_pair_of_state_and_action_is_in_the_table_or_refused(city: City) -> None:
    from yiwang.kernel.states import transition

    for state in CASE.states:
        for action in CASE.actions():
            if CASE.find(state, action) is None:
                with pytest.raises(Conflict) as caught:
                    transition(CASE, state, action)
                assert caught.value.code == "case.transition_refused"


def test_events_hold_ids_and_codes_only(city: City) -> None:
    receive(city, text="我叫王小明，住三号楼")
    for event in OutboxEvent.objects.all():
        assert "王小明" not in event.body
    for entry in JournalEntry.objects.all():
        assert "王小明" not in entry.body
        json.loads(entry.body)


def test_a_limit_that_no_clock_can_run_refuses_the_dispatch_and_names_the_class(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, case = receive(city, matter_class=city.classes["event"].id)
    accept_case(actor=SYSTEM, at=AT, case_id=case.id)
    with monkeypatch.context() as patched:  # the database refuses to store such a limit
        patched.setattr(dispatching, "limit_for", lambda _case: (Decimal("0.0011"), "urgent_hour"))
        with pytest.raises(Refused, match=r"暴露垃圾.*0\.0011 紧急工作时.*整秒") as problem:
            dispatch_case(actor=SYSTEM, at=AT, case_id=case.id, host=city.unit("cleaning"))
    assert (problem.value.code, problem.value.status) == ("cases.limit_unusable", 409)
    with pytest.raises(Invalid) as given:
        dispatch_case(
            actor=SYSTEM,
            at=AT,
            case_id=case.id,
            host=city.unit("cleaning"),
            limit=(Decimal("0.5"), "work_day"),
        )
    assert [p.field for p in given.value.problems] == ["limit"]


def test_a_task_keeps_a_limit_of_four_decimals(city: City) -> None:
    _, case = receive(city, matter_class=city.classes["event"].id)
    accept_case(actor=SYSTEM, at=AT, case_id=case.id)
    dispatch_case(
        actor=SYSTEM,
        at=AT,
        case_id=case.id,
        host=city.unit("cleaning"),
        limit=(Decimal("0.0025"), "work_hour"),
    )
    assert Task.objects.get(case=case).limit_amount == Decimal("0.0025")
