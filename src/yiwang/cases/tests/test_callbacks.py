"""Call-backs: opened at closing, tried by a plan, and what is not solved goes back to the same host."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from yiwang.cases.models import (
    Callback,
    CallbackAttempt,
    CallbackRule,
    Case,
    Rating,
    Remark,
    Report,
    Task,
)
from yiwang.cases.public import (
    RESIDENT,
    Said,
    answer_directly,
    callbacks_for,
    close_case,
    complete_task,
    demand_redo,
    dispatch_case,
    finish_callback,
    rate_case,
    recheck_case,
    record_message,
    reopen_by_repeat,
    reopen_case,
    try_callback,
)
from yiwang.cases.rules import is_sampled
from yiwang.cases.services.sampling import draw_of
from yiwang.cases.tests.factories import AT, SYSTEM, City, dispatched, make_city, receive
from yiwang.kernel.errors import Conflict, Invalid, Refused
from yiwang.kernel.ids import uuid7
from yiwang.ledger.models import JournalEntry, OutboxEvent
from yiwang.ledger.public import bump_now, check_ledger

HOUR = timedelta(hours=1)
DONE = AT + HOUR


@pytest.fixture
def city(db: None) -> City:
    city = make_city()
    CallbackRule.objects.update(sample_percent=100)
    bump_now("policy")
    return city


def share(percent: int) -> None:
    CallbackRule.objects.update(sample_percent=percent)
    bump_now("policy")


def handled(city: City, case: Case, *, at: object = DONE, ending: str = "solved") -> Case:
    complete_task(
        actor=city.actor("handler", unit="cleaning"), at=DONE if at is None else at, case_id=case.id,  # type: ignore[arg-type]
        result="已清运。",
    )  # fmt: skip
    recheck_case(actor=SYSTEM, at=at, case_id=case.id, result="passed")  # type: ignore[arg-type]
    return close_case(actor=SYSTEM, at=at, case_id=case.id, ending=ending)  # type: ignore[arg-type]


def closed(city: City, *, ending: str = "solved", **given: object) -> tuple[Report, Case]:
    case = handled(city, dispatched(city, **given), ending=ending)  # type: ignore[arg-type]
    return Report.objects.get(links__case=case), case


def test_a_call_back_waits_for_the_reporter_to_rate_first(city: City) -> None:
    report, case = closed(city)
    row = Callback.objects.get(case=case)
    assert (row.report_id, row.cause, row.state) == (report.id, "sample", "waiting")
    assert row.next_at == DONE + timedelta(hours=24)
    rate_case(actor=RESIDENT, at=DONE + HOUR, case_id=case.id, report_id=report.id, outcome="solved")
    row.refresh_from_db()
    assert (row.state, row.rating.outcome if row.rating else "") == ("done", "solved")
    assert CallbackAttempt.objects.get(callback=row).way == "link"


def test_nobody_is_called_whose_source_calls_or_who_left_no_contact(city: City) -> None:
    for given in ({"rated_by_source": True}, {"contact": None}, {"privacy": "anonymous"}):
        _, case = closed(city, **given)
        assert not Callback.objects.filter(case=case).exists(), given


def test_the_unsolved_are_all_called_and_the_others_by_their_share(city: City) -> None:
    share(0)
    _, solved = closed(city)
    _, answered = closed(city, ending="answered")
    assert not Callback.objects.filter(case=solved).exists()
    assert Callback.objects.get(case=answered).cause == "answered"


def test_three_calls_without_an_answer_are_an_invalid_contact(city: City) -> None:
    _, case = closed(city)
    row, clerk = Callback.objects.get(case=case), city.actor("callback_clerk", area="city")
    start = row.next_at
    for number in range(2):
        row = try_callback(actor=clerk, at=start + number * 5 * HOUR, callback_id=row.id, result="no_answer")
        assert (row.state, row.next_at) == ("waiting", start + number * 5 * HOUR + 4 * HOUR)
    row = try_callback(actor=clerk, at=start + 12 * HOUR, callback_id=row.id, result="busy")
    assert (row.state, row.attempts, row.ended_at) == ("unreached", 3, start + 12 * HOUR)
    with pytest.raises(Conflict, match="已经结束"):
        try_callback(actor=clerk, at=start, callback_id=row.id, result="busy")
    assert check_ledger().problems == []


def test_a_wrong_number_ends_it_at_once_and_a_message_is_recorded_not_sent(city: City) -> None:
    _, case = closed(city)
    row, clerk = Callback.objects.get(case=case), city.actor("callback_clerk", area="city")
    record_message(
        actor=clerk, at=row.next_at, callback_id=row.id, words="您反映的问题已办结，请点链接评价。"
    )
    assert CallbackAttempt.objects.get(callback=row).result == "recorded"
    assert Callback.objects.get(pk=row.id).attempts == 0
    assert try_callback(actor=clerk, at=row.next_at, callback_id=row.id, result="wrong").state == "unreached"


def test_the_handler_never_calls_about_their_own_work(city: City) -> None:
    _, case = closed(city)
    row = Callback.objects.get(case=case)
    with pytest.raises(Refused):
        try_callback(actor=city.actor("handler", unit="cleaning"), at=DONE, callback_id=row.id, result="busy")
    clerk = city.actor("callback_clerk", area="city")
    Case.objects.filter(pk=case.id).update(handlers=[clerk.account_id])
    with pytest.raises(Conflict, match="他人"):
        try_callback(actor=clerk, at=DONE, callback_id=row.id, result="busy")


def unsolved(city: City, case: Case, at: object) -> None:
    row = Callback.objects.get(case=case, state="waiting")
    finish_callback(
        actor=city.actor("callback_clerk", area="city"), at=at, callback_id=row.id,  # type: ignore[arg-type]
        said=Said("unsolved", "dissatisfied", answers={"contacted": "no"}, comment="又堆了"),
    )  # fmt: skip


def test_not_solved_goes_back_to_the_same_host_with_a_fresh_clock_and_a_mark(city: City) -> None:
    _, case = closed(city)
    old = Task.objects.get(case=case)
    when = DONE + timedelta(days=2)
    unsolved(city, case, when)
    again = Case.objects.get(pk=case.id)
    assert (again.state, again.host, again.round) == ("handling", city.unit("cleaning"), 2)
    assert (again.redo_count, again.redo_cause, again.ending, again.closed_at) == (1, "unsatisfied", "", None)
    fresh = Task.objects.get(case=case, round=2)
    old.refresh_from_db()
    assert (fresh.unit, fresh.dispatched_at) == (old.unit, when)
    assert again.due_at == fresh.due_at
    assert (again.due_at or AT) > (old.due_at or when)
    assert Callback.objects.get(case=case).answers == {"contacted": "no"}


def test_after_the_second_time_it_does_not_go_back_but_to_supervision(city: City) -> None:
    _, case = closed(city)
    when = DONE
    for count in (1, 2):
        when += timedelta(days=1)
        unsolved(city, case, when)
        assert Case.objects.get(pk=case.id).redo_count == count
        handled(city, case, at=when + HOUR)
        assert Callback.objects.get(case=case, state="waiting").cause == "redone"
    unsolved(city, case, when + timedelta(days=1))
    last = Case.objects.get(pk=case.id)
    assert (last.state, last.redo_count) == ("closed", 2)
    assert OutboxEvent.objects.filter(stream=case.id, kind="cases.unsolved").count() == 1
    assert check_ledger().problems == []


def test_a_short_answer_that_did_not_help_goes_to_dispatch(city: City) -> None:
    report, case = receive(city, matter_class=city.classes["request"].id, kind="consult")
    answer_directly(actor=city.actor("seat_operator", area="city"), at=AT, case_id=case.id, answer="周六办。")
    rate_case(actor=RESIDENT, at=DONE, case_id=case.id, report_id=report.id, outcome="unsolved")
    assert Case.objects.get(pk=case.id).state == "dispatching"


def test_after_the_window_a_bad_rating_is_kept_but_reopens_nothing(city: City) -> None:
    report, case = closed(city)
    rate_case(
        actor=RESIDENT, at=DONE + timedelta(days=16), case_id=case.id, report_id=report.id, outcome="unsolved"
    )
    assert Case.objects.get(pk=case.id).state == "closed"


def test_an_answer_outside_the_script_is_refused(city: City) -> None:
    _, case = closed(city)
    row = Callback.objects.get(case=case)
    clerk = city.actor("callback_clerk", area="city")
    with pytest.raises(Invalid):
        finish_callback(
            actor=clerk, at=DONE, callback_id=row.id, said=Said("solved", answers={"weather": "yes"})
        )
    with pytest.raises(Invalid):
        finish_callback(actor=clerk, at=DONE, callback_id=row.id, said=Said("splendid"))
    assert Callback.objects.get(case=case).state == "waiting"


def test_a_repeat_within_the_days_reopens_the_closed_case_and_joins_it(city: City) -> None:
    _, case = closed(city)
    new, repeat = receive(city, at=DONE + timedelta(days=29), matter_class=city.classes["request"].id)
    again = reopen_by_repeat(
        actor=SYSTEM,
        at=DONE + timedelta(days=29),
        case_id=case.id,
        repeat_id=repeat.id,
        reason="同一处又堆了",
    )
    assert (again.state, again.redo_cause, again.redo_count) == ("dispatching", "repeated", 1)
    assert Case.objects.get(pk=repeat.id).merged_into == case.id
    assert new.links.get(until=None).case_id == case.id
    assert Callback.objects.get(case=case).state == "cancelled"


def test_a_repeat_too_late_or_of_another_place_reopens_nothing(city: City) -> None:
    _, case = closed(city)
    late = DONE + timedelta(days=30, seconds=1)
    _, repeat = receive(city, at=late, matter_class=city.classes["request"].id)
    with pytest.raises(Conflict, match="期限"):
        reopen_by_repeat(actor=SYSTEM, at=late, case_id=case.id, repeat_id=repeat.id, reason="又来")
    _, elsewhere = receive(city, area="east_1_b", matter_class=city.classes["request"].id)
    with pytest.raises(Conflict, match="类别或社区"):
        reopen_by_repeat(actor=SYSTEM, at=DONE, case_id=case.id, repeat_id=elsewhere.id, reason="又来")
    assert CallbackRule.objects.get().valid_from == date(2024, 1, 1)


def test_whoever_handled_it_the_first_time_does_not_ask_about_the_second(city: City) -> None:
    _, case = closed(city)
    clerk = city.actor("callback_clerk", area="city")
    Task.objects.filter(case=case).update(handler=clerk.account_id)
    row = Callback.objects.get(case=case)
    assert not callbacks_for(clerk).filter(pk=row.id).exists()
    with pytest.raises(Conflict, match="他人"):
        finish_callback(actor=clerk, at=DONE, callback_id=row.id, said=Said("solved"))


def test_the_handler_does_not_rate_for_the_reporter_either(city: City) -> None:
    report, case = closed(city)
    clerk = city.actor("callback_clerk", area="city")
    Case.objects.filter(pk=case.id).update(handlers=[clerk.account_id])
    with pytest.raises(Conflict, match="代录评价"):
        rate_case(actor=clerk, at=DONE, case_id=case.id, report_id=report.id, outcome="solved")


def test_three_clicks_in_a_minute_do_not_make_a_reporter_unreachable(city: City) -> None:
    _, case = closed(city)
    row, clerk = Callback.objects.get(case=case), city.actor("callback_clerk", area="city")
    try_callback(actor=clerk, at=row.next_at, callback_id=row.id, result="no_answer")
    for result in ("no_answer", "busy"):
        with pytest.raises(Conflict, match="之后再次联系"):
            try_callback(actor=clerk, at=row.next_at + HOUR, callback_id=row.id, result=result)
    assert Callback.objects.get(pk=row.id).attempts == 1


def test_nobody_foretells_from_a_number_whether_it_will_be_drawn() -> None:
    keys = [uuid7() for _ in range(400)]
    drawn = [is_sampled(draw_of(key, 1, purpose="callback"), 50) for key in keys]
    guessed = [is_sampled(key, 50) for key in keys]
    agreed = sum(one == other for one, other in zip(drawn, guessed, strict=True))
    assert 120 < agreed < 280
    assert 120 < sum(drawn) < 280
    assert drawn == [is_sampled(draw_of(key, 1, purpose="callback"), 50) for key in keys]
    assert drawn != [is_sampled(draw_of(key, 2, purpose="callback"), 50) for key in keys]


def test_repeats_do_not_use_up_what_an_unsatisfied_reporter_may_have_done_again(city: City) -> None:
    _, case = closed(city)
    at = DONE
    for _number in range(2):
        at += HOUR
        reopen_case(actor=RESIDENT, at=at, case_id=case.id, reason="又堆了")
        dispatch_case(actor=SYSTEM, at=at, case_id=case.id, host=city.unit("cleaning"))
        handled(city, case, at=at)
    assert Case.objects.get(pk=case.id).redo_count == 2
    unsolved(city, case, at + HOUR)
    assert Case.objects.get(pk=case.id).state == "handling"


def test_a_rating_that_a_clerk_enters_was_said_on_the_phone(city: City) -> None:
    report, case = closed(city)
    clerk = city.actor("callback_clerk", area="city")
    rate_case(actor=clerk, at=DONE, case_id=case.id, report_id=report.id, outcome="solved")
    row = Callback.objects.get(case=case)
    assert (row.state, row.by, row.tries.get().way) == ("done", clerk.account_id, "phone")


def demanded(case: Case, report: Report, at: datetime) -> bool:
    return demand_redo(actor=RESIDENT, at=at, case_id=case.id, report_id=report.id, words="又堆了")


def demanded_thrice(city: City) -> tuple[Report, Case, datetime]:
    """A case that its reporter has had done again as often as the rule allows."""
    report, case = closed(city)
    at = DONE
    for _number in range(3):
        at += HOUR
        assert demanded(case, report, at)
        dispatch_case(actor=SYSTEM, at=at, case_id=case.id, host=city.unit("cleaning"))
        handled(city, case, at=at)
    return report, case, at + HOUR


def test_after_the_rules_number_of_demands_a_person_calls_and_the_case_stays_closed(city: City) -> None:
    report, case, at = demanded_thrice(city)
    assert not demanded(case, report, at)
    last = Case.objects.get(pk=case.id)
    assert (last.state, last.redo_count) == ("closed", 3)
    row = Callback.objects.get(case=case, round=last.round)
    assert (row.cause, row.state, row.next_at) == ("demanded", "waiting", at)
    entry = JournalEntry.objects.get(stream=case.id, kind="cases.unsolved")
    assert Remark.objects.get(case=case, seq=entry.seq).text == "又堆了"
    assert OutboxEvent.objects.filter(stream=case.id, kind="cases.unsolved").count() == 1
    with pytest.raises(Conflict, match="已经转给工作人员"):
        demanded(case, report, at + HOUR)
    assert JournalEntry.objects.filter(stream=case.id, kind="cases.unsolved").count() == 1
    clerk = city.actor("callback_clerk", area="city")
    finish_callback(actor=clerk, at=at + HOUR, callback_id=row.id, said=Said("solved", comment="已说明"))
    assert Case.objects.get(pk=case.id).state == "closed"
    assert check_ledger().problems == []


def test_what_staff_reopen_does_not_use_up_what_the_reporter_may_demand(city: City) -> None:
    report, case = closed(city)
    at = DONE
    for _number in range(3):
        at += HOUR
        reopen_case(actor=SYSTEM, at=at, case_id=case.id, reason="抽查发现未办好")
        dispatch_case(actor=SYSTEM, at=at, case_id=case.id, host=city.unit("cleaning"))
        handled(city, case, at=at)
    assert demanded(case, report, at + HOUR)


def test_how_often_a_reporter_may_demand_is_data(city: City) -> None:
    CallbackRule.objects.update(reopen_most=0)
    bump_now("policy")
    report, case = closed(city)
    assert not demanded(case, report, DONE + HOUR)
    assert Case.objects.get(pk=case.id).state == "closed"


def test_a_demand_needs_words_and_its_own_case(city: City) -> None:
    report, case = closed(city)
    other, _ = receive(city, matter_class=city.classes["request"].id)
    with pytest.raises(Invalid):
        demand_redo(actor=RESIDENT, at=DONE, case_id=case.id, report_id=report.id, words=" ")
    with pytest.raises(Conflict, match="不属于"):
        demanded(case, other, DONE)
    with pytest.raises(Conflict, match="期限"):
        demanded(case, report, DONE + timedelta(days=16))


def test_bad_ratings_beyond_the_rule_go_to_a_person_who_notes_what_was_said(city: City) -> None:
    CallbackRule.objects.update(redo_most=0)
    bump_now("policy")
    report, case = closed(city)
    rate_case(actor=RESIDENT, at=DONE + HOUR, case_id=case.id, report_id=report.id, outcome="unsolved")
    row = Callback.objects.get(case=case)
    assert (row.cause, row.state, row.next_at) == ("demanded", "waiting", DONE + HOUR)
    clerk = city.actor("callback_clerk", area="city")
    with pytest.raises(Invalid):
        finish_callback(actor=clerk, at=DONE + HOUR, callback_id=row.id, said=Said("splendid"))
    said = Said("unsolved", comment="仍不满意，已上报")
    rating = finish_callback(actor=clerk, at=DONE + 2 * HOUR, callback_id=row.id, said=said)
    row.refresh_from_db()
    assert (row.state, row.by, row.rating_id) == ("done", clerk.account_id, rating.id)
    assert Rating.objects.filter(case=case).count() == 1
    assert Case.objects.get(pk=case.id).state == "closed"
    assert check_ledger().problems == []


def test_who_was_called_by_a_clerk_is_not_called_again_by_another(city: City) -> None:
    CallbackRule.objects.update(redo_most=0)
    bump_now("policy")
    _, case = closed(city)
    unsolved(city, case, DONE + timedelta(days=1))
    assert Callback.objects.get(case=case).state == "done"
    assert OutboxEvent.objects.filter(stream=case.id, kind="cases.unsolved").count() == 1


def test_where_the_source_makes_the_call_no_person_of_ours_calls(city: City) -> None:
    CallbackRule.objects.update(reopen_most=0)
    bump_now("policy")
    report, case = closed(city)
    Callback.objects.filter(case=case).delete()
    Report.objects.filter(pk=report.id).update(rated_by_source=True)
    assert not demanded(case, report, DONE + HOUR)
    assert not Callback.objects.filter(case=case).exists()
