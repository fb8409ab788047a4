"""Returns: asked for with a reason, ruled by another; a second one is arbitrated; no clock is touched."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from threading import Barrier, Thread

import pytest
from django.db import connection

from yiwang.cases.models import Arbitration, Case, Task, TaskReturn
from yiwang.cases.public import (
    MeetingView,
    ReturnRuleTerms,
    ReturnTerms,
    Ruling,
    accept_case,
    add_return_reason,
    ask_return,
    claim_case,
    complete_task,
    dispatch_case,
    end_return_reason,
    grant_return,
    recall_case,
    refer_return,
    refuse_return,
    return_limits,
    return_reasons,
    rule_arbitration,
    set_return_rule,
    sign_task,
    take_back_return,
    visible_to,
    void_case,
)
from yiwang.cases.replaying import replay_case
from yiwang.cases.tests.factories import AT, SYSTEM, City, dispatched, make_city, receive
from yiwang.kernel.actor import EVERYWHERE, Actor, Scope
from yiwang.kernel.errors import Conflict, Invalid, NotFound, Refused
from yiwang.kernel.ids import uuid7
from yiwang.ledger.public import JournalEntry

REVIEWER = Actor(
    account_id=uuid7(),
    grants=dict.fromkeys(("cases.view", "cases.review", "cases.dispatch", "cases.void"), EVERYWHERE),
)
JUDGE = Actor(account_id=uuid7(), grants=dict.fromkeys(("cases.view", "cases.arbitrate"), EVERYWHERE))
SETTER = Actor(account_id=uuid7(), grants={"cases.configure": EVERYWHERE})
TERMS = ReturnTerms("not_our_duty", "路灯由市政维护，非我所职责。")


def worker(city: City, unit: str) -> Actor:
    """Somebody of a unit who may handle and return."""
    scope = Scope(units=frozenset({city.unit(unit)}))
    acts = ("cases.view", "cases.handle", "cases.ask_return", "cases.refuse_unlisted")
    grants = dict.fromkeys(acts, scope)
    return Actor(account_id=uuid7(), unit_id=city.unit(unit), grants=grants)


def hours(count: float) -> timedelta:
    return timedelta(hours=count)


def ruling(city: City, host: str, *co: str, **given: object) -> Ruling:
    values = {
        "mode": "designate", "legal_basis": "城市照明管理规定 第四条", "words": "由其主办。",
        "host": city.unit(host), "co_units": tuple(city.unit(name) for name in co), **given,
    }  # fmt: skip
    return Ruling(**values)  # type: ignore[arg-type]


def returned_once(city: City) -> Case:
    """A case that the cleaners returned and the gardens have now."""
    case = dispatched(city)
    row = ask_return(actor=worker(city, "cleaning"), at=AT + hours(1), case_id=case.id, terms=TERMS)
    grant_return(actor=REVIEWER, at=AT + hours(2), return_id=row.id)
    return dispatch_case(actor=REVIEWER, at=AT + hours(3), case_id=case.id, host=city.unit("gardens"))


def returned_twice(city: City) -> tuple[Case, Arbitration]:
    case = returned_once(city)
    terms = ReturnTerms("not_our_duty", "不在绿地范围。", proposed_unit=city.unit("street"))
    ask_return(actor=worker(city, "gardens"), at=AT + hours(4), case_id=case.id, terms=terms)
    return Case.objects.get(pk=case.id), Arbitration.objects.get(case=case.id)


@pytest.fixture
def city(db: None) -> City:
    return make_city()


def test_a_granted_return_takes_the_case_back_to_dispatch_and_keeps_its_promise(city: City) -> None:
    case = dispatched(city)
    promise = case.due_at
    row = ask_return(actor=worker(city, "cleaning"), at=AT + hours(1), case_id=case.id, terms=TERMS)
    assert (row.number, row.state) == (1, "asked")
    assert Case.objects.get(pk=case.id).return_waiting
    case = grant_return(actor=REVIEWER, at=AT + hours(2), return_id=row.id)
    case.refresh_from_db()
    assert (case.state, case.host, case.due_at, case.return_waiting) == ("dispatching", None, promise, False)
    task = Task.objects.get(case=case)
    assert (task.state, task.due_at) == ("returned", promise)
    case = dispatch_case(actor=REVIEWER, at=AT + hours(3), case_id=case.id, host=city.unit("gardens"))
    case.refresh_from_db()
    assert (case.due_at, case.round) == (promise, 1)
    assert replay_case(case, list(JournalEntry.objects.filter(stream=case.id).order_by("seq"))) == []


def test_a_unit_no_longer_sees_the_case_that_it_gave_back(city: City) -> None:
    case = returned_once(city)
    assert not visible_to(worker(city, "cleaning")).filter(pk=case.id).exists()
    assert visible_to(worker(city, "gardens")).filter(pk=case.id).exists()


def test_a_refused_return_leaves_task_and_clock_as_they_were(city: City) -> None:
    case = dispatched(city)
    before = Task.objects.values().get(case=case)
    row = ask_return(actor=worker(city, "cleaning"), at=AT + hours(1), case_id=case.id, terms=TERMS)
    with pytest.raises(Invalid, match="理由"):
        refuse_return(actor=REVIEWER, at=AT + hours(2), return_id=row.id, words=" ")
    refuse_return(actor=REVIEWER, at=AT + hours(2), return_id=row.id, words="清单已列明。")
    assert Task.objects.values().get(case=case) == before
    assert TaskReturn.objects.get(pk=row.id).state == "refused"


def test_who_asked_can_not_decide_and_only_who_asked_takes_back(city: City) -> None:
    case = dispatched(city)
    asker = worker(city, "cleaning")
    row = ask_return(actor=asker, at=AT + hours(1), case_id=case.id, terms=TERMS)
    both = Actor(account_id=asker.account_id, grants={**REVIEWER.grants, **asker.grants})
    with pytest.raises(Conflict, match="申请人以外的人"):
        grant_return(actor=both, at=AT + hours(2), return_id=row.id)
    with pytest.raises(Refused):
        grant_return(actor=asker, at=AT + hours(2), return_id=row.id)
    with pytest.raises(Conflict, match="只有申请人"):
        take_back_return(actor=worker(city, "cleaning"), at=AT + hours(2), return_id=row.id)
    take_back_return(actor=asker, at=AT + hours(2), return_id=row.id)
    assert Case.objects.get(pk=case.id).return_count == 0


def test_a_task_can_be_returned_for_24_hours_and_not_a_minute_longer(city: City) -> None:
    case = dispatched(city)
    sent = Task.objects.get(case=case).dispatched_at
    with pytest.raises(Conflict, match="期限"):
        ask_return(
            actor=worker(city, "cleaning"),
            at=sent + hours(24) + timedelta(minutes=1),
            case_id=case.id,
            terms=TERMS,
        )
    row = ask_return(actor=worker(city, "cleaning"), at=sent + hours(24), case_id=case.id, terms=TERMS)
    assert row.number == 1


def test_the_limits_are_data_of_the_day(city: City) -> None:
    case = dispatched(city)
    terms = ReturnRuleTerms(
        valid_from=AT.date() + timedelta(days=1), class_kind="request", ask=(Decimal(2), "urgent_hour"),
        arbitrate_from=3, basis="本市试行办法",
    )  # fmt: skip
    set_return_rule(actor=SETTER, at=AT, terms=terms)
    assert return_limits(case, AT).ask == (Decimal(24), "urgent_hour")
    assert return_limits(case, AT + timedelta(days=1)).ask == (Decimal(2), "urgent_hour")
    assert return_limits(case, AT + timedelta(days=1)).arbitrate_from == 3
    with pytest.raises(Refused):
        set_return_rule(actor=REVIEWER, at=AT, terms=terms)


def test_a_reason_that_ended_can_not_be_given_any_more(city: City) -> None:
    made = add_return_reason(actor=SETTER, at=AT, code="closed_road", label="道路封闭", basis="本市办法")
    assert [r.code for r in return_reasons(AT)][-1] == "closed_road"
    end_return_reason(actor=SETTER, at=AT, reason_id=made.id, valid_to=AT.date())
    case = dispatched(city)
    with pytest.raises(Invalid, match="退单理由"):
        ask_return(
            actor=worker(city, "cleaning"), at=AT + hours(1), case_id=case.id,
            terms=ReturnTerms("closed_road", "道路封闭，无法到场。"),
        )  # fmt: skip


def test_a_task_that_a_colleague_has_taken_up_is_released_first(city: City) -> None:
    case = dispatched(city)
    colleague = city.actor("handler", unit="cleaning")
    claim_case(actor=colleague, at=AT + hours(1), case_id=case.id)
    with pytest.raises(Conflict, match="认领"):
        ask_return(actor=worker(city, "cleaning"), at=AT + hours(2), case_id=case.id, terms=TERMS)
    claim_case(actor=colleague, at=AT + hours(2), case_id=case.id, release=True)
    assert ask_return(actor=worker(city, "cleaning"), at=AT + hours(2), case_id=case.id, terms=TERMS)


def test_a_case_just_returned_can_not_be_voided_but_is_dispatched_again(city: City) -> None:
    case = dispatched(city)
    row = ask_return(actor=worker(city, "cleaning"), at=AT + hours(1), case_id=case.id, terms=TERMS)
    grant_return(actor=REVIEWER, at=AT + hours(2), return_id=row.id)
    with pytest.raises(Conflict, match="刚被承办单位退回"):
        void_case(actor=REVIEWER, at=AT + hours(3), case_id=case.id, reason="不办了")
    dispatch_case(actor=REVIEWER, at=AT + hours(3), case_id=case.id, host=city.unit("gardens"))
    recall_case(actor=REVIEWER, at=AT + hours(4), case_id=case.id, reason="另派")
    assert void_case(actor=REVIEWER, at=AT + hours(5), case_id=case.id, reason="误报").state == "voided"


def test_a_co_unit_returns_its_own_task_and_the_host_goes_on(city: City) -> None:
    case = dispatched(city)
    recall_case(actor=REVIEWER, at=AT + hours(1), case_id=case.id, reason="加派协办")
    dispatch_case(
        actor=REVIEWER, at=AT + hours(1), case_id=case.id, host=city.unit("cleaning"),
        co_units=[city.unit("gardens")],
    )  # fmt: skip
    host = worker(city, "cleaning")
    row = ask_return(actor=worker(city, "gardens"), at=AT + hours(2), case_id=case.id, terms=TERMS)
    with pytest.raises(Conflict, match="协办单位未反馈"):
        complete_task(actor=host, at=AT + hours(2), case_id=case.id, result="已清理。")
    case = grant_return(actor=REVIEWER, at=AT + hours(3), return_id=row.id)
    assert (case.state, case.host) == ("handling", city.unit("cleaning"))
    assert (
        complete_task(actor=host, at=AT + hours(4), case_id=case.id, result="已清理。").state == "rechecking"
    )


@pytest.mark.parametrize(
    ("keeps", "states"), [(True, ["returned", "pending"]), (False, ["returned", "recalled"])]
)
def test_co_units_stay_or_are_taken_back_as_the_dispatcher_says(
    city: City, keeps: bool, states: list[str]
) -> None:
    case = dispatched(city)
    recall_case(actor=REVIEWER, at=AT + hours(1), case_id=case.id, reason="加派协办")
    dispatch_case(
        actor=REVIEWER, at=AT + hours(1), case_id=case.id, host=city.unit("cleaning"),
        co_units=[city.unit("gardens")],
    )  # fmt: skip
    row = ask_return(actor=worker(city, "cleaning"), at=AT + hours(2), case_id=case.id, terms=TERMS)
    grant_return(actor=REVIEWER, at=AT + hours(3), return_id=row.id, keeps_co_units=keeps)
    tasks = Task.objects.filter(case=case, dispatched_at=AT + hours(1))
    assert [t.state for t in sorted(tasks, key=lambda t: t.role != "host")] == states
    units = [city.unit("street"), city.unit("gardens")]
    dispatch_case(actor=REVIEWER, at=AT + hours(4), case_id=case.id, host=units[0], co_units=units[1:])
    open_ones = Task.objects.filter(case=case, state__in=("pending", "working")).values_list(
        "unit", flat=True
    )
    assert sorted(open_ones) == sorted(units)


def test_feedback_makes_the_units_own_return_lapse(city: City) -> None:
    case = dispatched(city)
    host = worker(city, "cleaning")
    row = ask_return(actor=host, at=AT + hours(1), case_id=case.id, terms=TERMS)
    complete_task(actor=host, at=AT + hours(2), case_id=case.id, result="还是去清理了。")
    row.refresh_from_db()
    assert row.state == "lapsed"
    assert not Case.objects.get(pk=case.id).return_waiting


def test_the_second_return_goes_to_arbitration_and_the_task_goes_on_meanwhile(city: City) -> None:
    case, dispute = returned_twice(city)
    assert (case.state, case.return_count, case.arbitration) == ("handling", 2, dispute.id)
    assert set(dispute.parties) == {city.unit("cleaning"), city.unit("gardens"), city.unit("street")}
    assert REVIEWER.account_id in dispute.dispatchers
    task = Task.objects.get(case=case, unit=city.unit("gardens"))
    assert task.state == "pending"
    with pytest.raises(Conflict, match="裁定前不能撤回"):
        recall_case(actor=REVIEWER, at=AT + hours(5), case_id=case.id, reason="另派")


def test_the_dispatcher_may_refer_the_first_return(city: City) -> None:
    case = dispatched(city)
    row = ask_return(actor=worker(city, "cleaning"), at=AT + hours(1), case_id=case.id, terms=TERMS)
    case = refer_return(actor=REVIEWER, at=AT + hours(2), return_id=row.id, words="职责交叉。")
    assert Arbitration.objects.get(case=case).cause == "referred"


def test_who_dispatched_or_works_for_a_party_can_not_rule(city: City) -> None:
    _, dispute = returned_twice(city)
    all_acts = {**REVIEWER.grants, **JUDGE.grants}
    for judge, said in (
        (Actor(account_id=REVIEWER.account_id, grants=all_acts), "派遣或审核过"),
        (Actor(account_id=uuid7(), unit_id=city.unit("street"), grants=all_acts), "争议一方"),
    ):
        with pytest.raises(Conflict, match=said):
            rule_arbitration(
                actor=judge, at=AT + hours(5), arbitration_id=dispute.id, ruling=ruling(city, "street")
            )
    with pytest.raises(Refused):
        rule_arbitration(
            actor=REVIEWER, at=AT + hours(5), arbitration_id=dispute.id, ruling=ruling(city, "street")
        )


def test_a_ruling_gives_the_tasks_at_once_and_keeps_the_promise(city: City) -> None:
    case, dispute = returned_twice(city)
    promise = case.due_at
    made = ruling(
        city, "street", "cleaning", mode="meeting",
        views=(
            MeetingView(city.unit("gardens"), "办公室主任", "不在绿地范围。"),
            MeetingView(city.unit("street"), "城管科科长", "可以牵头。"),
        ),
    )  # fmt: skip
    rule_arbitration(actor=JUDGE, at=AT + hours(5), arbitration_id=dispute.id, ruling=made)
    case.refresh_from_db()
    assert (case.state, case.host, case.due_at) == ("handling", city.unit("street"), promise)
    assert (case.final_owner, case.arbitration) == (city.unit("street"), None)
    open_ones = Task.objects.filter(case=case, state="pending").values_list("unit", "role")
    assert set(open_ones) == {(city.unit("street"), "host"), (city.unit("cleaning"), "co")}
    assert Task.objects.get(case=case, unit=city.unit("gardens")).state == "returned"
    entry = JournalEntry.objects.get(stream=case.id, kind="cases.arbitrate")
    assert json.loads(entry.body)["host"] == str(city.unit("street"))
    entries = list(JournalEntry.objects.filter(stream=case.id).order_by("seq"))
    assert not any("绿地" in e.body or "主任" in e.body for e in entries)
    assert replay_case(case, entries) == []
    assert list(TaskReturn.objects.order_by("number").values_list("state", flat=True)) == [
        "approved",
        "ruled",
    ]


def test_a_unit_that_the_ruling_confirms_goes_on_with_its_own_clock(city: City) -> None:
    case, dispute = returned_twice(city)
    before = Task.objects.values().get(case=case, unit=city.unit("gardens"))
    rule_arbitration(actor=JUDGE, at=AT + hours(5), arbitration_id=dispute.id, ruling=ruling(city, "gardens"))
    assert Task.objects.values().get(case=case, unit=city.unit("gardens")) == before
    assert Task.objects.filter(case=case).count() == 2


def test_after_a_ruling_nobody_returns_the_case(city: City) -> None:
    case, dispute = returned_twice(city)
    rule_arbitration(
        actor=JUDGE, at=AT + hours(5), arbitration_id=dispute.id, ruling=ruling(city, "street", "cleaning")
    )
    for unit in ("street", "cleaning"):
        with pytest.raises(Conflict, match="不得再退单") as refused:
            ask_return(actor=worker(city, unit), at=AT + hours(6), case_id=case.id, terms=TERMS)
        assert refused.value.code == "cases.final_owner"


def test_a_meeting_needs_two_units_and_a_ruling_its_basis(city: City) -> None:
    _, dispute = returned_twice(city)
    alone = (MeetingView(city.unit("street"), "城管科科长", "可以牵头。"),)
    for made, field in (
        (ruling(city, "street", mode="meeting", views=alone), "views"),
        (ruling(city, "street", legal_basis=" "), "legal_basis"),
        (ruling(city, "street", "street"), "co_units"),
        (ruling(city, "street", mode="vote"), "mode"),
    ):
        with pytest.raises(Invalid) as refused:
            rule_arbitration(actor=JUDGE, at=AT + hours(5), arbitration_id=dispute.id, ruling=made)
        assert [p.field for p in refused.value.problems] == [field]


def test_done_work_ends_the_dispute(city: City) -> None:
    case, dispute = returned_twice(city)
    complete_task(actor=worker(city, "gardens"), at=AT + hours(5), case_id=case.id, result="先行处置完毕。")
    dispute.refresh_from_db()
    assert dispute.state == "lapsed"
    assert Case.objects.get(pk=case.id).arbitration is None
    with pytest.raises(Conflict):
        rule_arbitration(
            actor=JUDGE, at=AT + hours(6), arbitration_id=dispute.id, ruling=ruling(city, "street")
        )


def test_the_system_grants_nothing_that_it_was_not_given(city: City) -> None:
    case = dispatched(city)
    with pytest.raises(Refused):
        ask_return(actor=SYSTEM, at=AT + hours(1), case_id=case.id, terms=TERMS)


def test_counted_from_signing_a_task_is_returned_for_24_hours_after_it(city: City) -> None:
    case = dispatched(city)
    terms = ReturnRuleTerms(valid_from=AT.date(), ask_from="sign", basis="本市规定")
    set_return_rule(actor=SETTER, at=AT, terms=terms)
    host = worker(city, "cleaning")
    sign_task(actor=host, at=AT + hours(20), case_id=case.id)
    with pytest.raises(Conflict, match="已过申请退单的期限"):
        ask_return(actor=host, at=AT + hours(44.1), case_id=case.id, terms=TERMS)
    row = ask_return(actor=host, at=AT + hours(43.9), case_id=case.id, terms=TERMS)
    assert row.state == "asked"
    with pytest.raises(Invalid, match="dispatch、sign"):
        set_return_rule(actor=SETTER, at=AT, terms=replace(terms, ask_from="never"))


def test_a_return_that_waits_is_decided_and_not_got_round_by_a_recall(city: City) -> None:
    case = dispatched(city)
    row = ask_return(actor=worker(city, "cleaning"), at=AT + hours(1), case_id=case.id, terms=TERMS)
    with pytest.raises(Conflict, match="退单申请待审核"):
        recall_case(actor=REVIEWER, at=AT + hours(2), case_id=case.id, reason="另派")
    refuse_return(actor=REVIEWER, at=AT + hours(3), return_id=row.id, words="属你所职责。")
    assert (
        recall_case(actor=REVIEWER, at=AT + hours(4), case_id=case.id, reason="另派").state == "dispatching"
    )


def test_the_dispatcher_does_not_overturn_a_ruling_by_a_recall(city: City) -> None:
    case, dispute = returned_twice(city)
    rule_arbitration(actor=JUDGE, at=AT + hours(5), arbitration_id=dispute.id, ruling=ruling(city, "street"))
    recall_case(actor=REVIEWER, at=AT + hours(6), case_id=case.id, reason="补充派遣意见")
    with pytest.raises(Conflict, match="由争议裁定确定"):
        dispatch_case(actor=REVIEWER, at=AT + hours(7), case_id=case.id, host=city.unit("gardens"))
    done = dispatch_case(
        actor=REVIEWER, at=AT + hours(7), case_id=case.id, host=city.unit("street"),
        co_units=[city.unit("gardens")],
    )  # fmt: skip
    assert done.host == city.unit("street")


def test_a_ruling_never_names_the_unit_complained_of(city: City) -> None:
    case, dispute = returned_twice(city)
    Case.objects.filter(pk=case.id).update(complained_unit=city.unit("street"))
    for made in (ruling(city, "street"), ruling(city, "gardens", "street")):
        with pytest.raises(Conflict, match="被投诉"):
            rule_arbitration(actor=JUDGE, at=AT + hours(5), arbitration_id=dispute.id, ruling=made)


def test_while_it_is_arbitrated_no_other_return_is_granted(city: City) -> None:
    _, case = receive(city, matter_class=city.classes["request"].id)
    accept_case(actor=SYSTEM, at=AT, case_id=case.id)
    dispatch_case(
        actor=REVIEWER, at=AT, case_id=case.id, host=city.unit("cleaning"), co_units=[city.unit("gardens")]
    )
    first = ask_return(actor=worker(city, "cleaning"), at=AT + hours(1), case_id=case.id, terms=TERMS)
    ask_return(actor=worker(city, "gardens"), at=AT + hours(1), case_id=case.id, terms=TERMS)
    dispute = Arbitration.objects.get(case=case)
    with pytest.raises(Conflict, match="随裁定一并了结"):
        grant_return(actor=REVIEWER, at=AT + hours(2), return_id=first.id)
    rule_arbitration(actor=JUDGE, at=AT + hours(3), arbitration_id=dispute.id, ruling=ruling(city, "street"))
    assert set(TaskReturn.objects.filter(case=case).values_list("state", flat=True)) == {"lapsed", "ruled"}


@pytest.mark.django_db(transaction=True)
def test_of_two_rulings_at_once_one_stands() -> None:
    city = make_city()
    case, dispute = returned_twice(city)
    judges = [(Actor(account_id=uuid7(), grants=JUDGE.grants), name) for name in ("street", "other_street")]
    gate, ends = Barrier(2), []

    def rule(judge: Actor, host: str) -> None:
        gate.wait()
        try:
            rule_arbitration(
                actor=judge, at=AT + hours(5), arbitration_id=dispute.id, ruling=ruling(city, host)
            )
            ends.append(host)
        except Conflict:
            ends.append("")
        finally:
            connection.close()

    threads = [Thread(target=rule, args=pair) for pair in judges]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    won = next(name for name in ends if name)
    assert sorted(ends) == ["", won]
    case.refresh_from_db()
    assert case.final_owner == city.unit(won)
    assert Task.objects.filter(case=case, state="pending").count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_return_asked_while_the_task_is_fed_back_leaves_no_question_open() -> None:
    city = make_city()
    case, host, gate = dispatched(city), worker(city, "cleaning"), Barrier(2)

    def run(act: Callable[[], object]) -> None:
        gate.wait()
        try:
            act()
        except (Conflict, NotFound):
            pass
        finally:
            connection.close()

    acts: list[Callable[[], object]] = [
        lambda: ask_return(actor=host, at=AT + hours(1), case_id=case.id, terms=TERMS),
        lambda: complete_task(actor=host, at=AT + hours(1), case_id=case.id, result="已清理。"),
    ]
    threads = [Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    case.refresh_from_db()
    assert (case.state, case.return_waiting) == ("rechecking", False)
    assert not TaskReturn.objects.filter(case=case, state="asked").exists()
