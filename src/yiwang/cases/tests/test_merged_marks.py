"""Merging gets nobody round a return, a ruling or the first asked; undoing a merge restores what it gave."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yiwang.cases.models import Arbitration, Case, Merge
from yiwang.cases.public import (
    absorbed_keys,
    accept_case,
    ask_return,
    dispatch_case,
    grant_return,
    hand_over_case,
    mark_first_asked,
    merge_cases,
    refuse_return,
    rule_arbitration,
    unmerge_cases,
    void_case,
)
from yiwang.cases.replaying import replay_case
from yiwang.cases.services.merged_marks import _passing
from yiwang.cases.tests.factories import AT, SYSTEM, City, dispatched, make_city, receive
from yiwang.cases.tests.test_returning import (
    JUDGE,
    REVIEWER,
    TERMS,
    hours,
    returned_once,
    returned_twice,
    ruling,
    worker,
)
from yiwang.kernel.actor import EVERYWHERE, Actor
from yiwang.kernel.errors import Conflict
from yiwang.kernel.ids import uuid7
from yiwang.ledger.models import JournalEntry

LATER = AT + hours(6)


@pytest.fixture
def city(db: None) -> City:
    return make_city()


def merge(into: Case, gone: Case) -> Case:
    merge_cases(actor=SYSTEM, at=LATER, survivor=into.id, absorbed=gone.id, reason="同一处")
    return Case.objects.get(pk=into.id)


def undo(into: Case, gone: Case) -> Case:
    unmerge_cases(actor=SYSTEM, at=LATER + hours(1), absorbed=gone.id, reason="不是一处")
    for case in (into, gone):
        row = Case.objects.get(pk=case.id)
        entries = list(JournalEntry.objects.filter(stream=case.id).order_by("seq"))
        assert replay_case(row, entries) == []
    return Case.objects.get(pk=into.id)


def waiting(city: City) -> Case:
    """A case that waits to be dispatched."""
    _, case = receive(city, matter_class=city.classes["request"].id)
    return accept_case(actor=SYSTEM, at=AT, case_id=case.id)


def ruled(city: City, host: str = "street") -> Case:
    """A case that a ruling has given to a unit."""
    case, dispute = returned_twice(city)
    rule_arbitration(actor=JUDGE, at=AT + hours(5), arbitration_id=dispute.id, ruling=ruling(city, host))
    return Case.objects.get(pk=case.id)


def returned(city: City) -> Case:
    """A case that its host has just given back."""
    case = dispatched(city)
    row = ask_return(actor=worker(city, "cleaning"), at=AT + hours(1), case_id=case.id, terms=TERMS)
    return grant_return(actor=REVIEWER, at=AT + hours(2), return_id=row.id)


def handed(city: City) -> Case:
    """The cleaners were asked first and have handed the case over to the gardens."""
    case = dispatched(city)
    mark_first_asked(actor=SYSTEM, at=AT, case_id=case.id, unit=city.unit("cleaning"))
    hand_over_case(
        actor=worker(city, "cleaning"), at=AT + hours(1), case_id=case.id, to_unit=city.unit("gardens"),
        reason="属园林",
    )  # fmt: skip
    return Case.objects.get(pk=case.id)


def test_a_ruling_passes_to_a_survivor_without_a_host_and_nobody_overturns_it(city: City) -> None:
    gone, into = ruled(city), waiting(city)
    assert merge(into, gone).final_owner == city.unit("street")
    with pytest.raises(Conflict, match="由争议裁定确定"):
        dispatch_case(actor=REVIEWER, at=LATER, case_id=into.id, host=city.unit("gardens"))
    dispatch_case(actor=REVIEWER, at=LATER, case_id=into.id, host=city.unit("street"))
    with pytest.raises(Conflict, match="不得再退单"):
        ask_return(actor=worker(city, "street"), at=LATER, case_id=into.id, terms=TERMS)


def test_a_ruling_passes_to_a_survivor_of_the_same_host_and_undoing_takes_it_back(city: City) -> None:
    gone, into = ruled(city), dispatched(city, unit="street", at=AT + hours(5))
    assert merge(into, gone).final_owner == city.unit("street")
    with pytest.raises(Conflict, match="不得再退单"):
        ask_return(actor=worker(city, "street"), at=LATER, case_id=into.id, terms=TERMS)
    assert undo(into, gone).final_owner is None
    assert Case.objects.get(pk=gone.id).final_owner == city.unit("street")
    row = ask_return(actor=worker(city, "street"), at=LATER + hours(1), case_id=into.id, terms=TERMS)
    assert (row.number, row.state) == (1, "asked")


def test_a_ruled_case_is_not_merged_away_to_another_host_but_the_other_into_it(city: City) -> None:
    gone, other = ruled(city), dispatched(city, unit="gardens")
    with pytest.raises(Conflict, match="请以已裁定的案件为主案合并") as refused:
        merge(other, gone)
    assert refused.value.code == "cases.merge_loses_ruling"
    merged = merge(gone, other)
    assert (merged.final_owner, merged.host) == (city.unit("street"), city.unit("street"))


def test_two_rulings_for_different_units_stay_two_cases(city: City) -> None:
    one, other = ruled(city), ruled(city, "gardens")
    for into, gone in ((one, other), (other, one)):
        with pytest.raises(Conflict, match="请分别办理"):
            merge(into, gone)
    same = ruled(city)
    assert merge(one, same).final_owner == city.unit("street")


def test_a_ruling_does_not_pass_over_a_question_that_waits(city: City) -> None:
    gone, into = ruled(city), dispatched(city, unit="street", at=AT + hours(5))
    ask_return(actor=worker(city, "street"), at=LATER, case_id=into.id, terms=TERMS)
    with pytest.raises(Conflict, match="请先作出决定"):
        merge(into, gone)


def test_a_return_or_dispute_that_waits_is_decided_before_the_merge(city: City) -> None:
    into, gone = dispatched(city), dispatched(city)
    row = ask_return(actor=worker(city, "cleaning"), at=AT + hours(1), case_id=gone.id, terms=TERMS)
    disputed, dispute = returned_twice(city)
    for case in (gone, disputed):
        with pytest.raises(Conflict, match="决定之前不能并入他案"):
            merge(into, case)
    refuse_return(actor=REVIEWER, at=AT + hours(2), return_id=row.id, words="属你所职责。")
    merge(into, gone)
    merge(disputed, into)
    dispute.refresh_from_db()
    assert dispute.state == "asked"


def test_returns_of_both_cases_count_and_their_units_are_parties(city: City) -> None:
    gone, into = returned_once(city), dispatched(city, unit="gardens", at=AT + hours(5))
    assert merge(into, gone).return_count == 1
    row = ask_return(actor=worker(city, "gardens"), at=LATER, case_id=into.id, terms=TERMS)
    assert (row.number, row.state) == (2, "arbitrating")
    dispute = Arbitration.objects.get(case=into)
    assert set(dispute.parties) == {city.unit("cleaning"), city.unit("gardens")}
    assert REVIEWER.account_id in dispute.dispatchers
    grants = dict.fromkeys(("cases.view", "cases.arbitrate"), EVERYWHERE)
    for partial in (
        Actor(REVIEWER.account_id, grants=grants),
        Actor(uuid7(), unit_id=city.unit("cleaning"), grants=grants),
    ):
        with pytest.raises(Conflict):
            rule_arbitration(
                actor=partial, at=LATER, arbitration_id=dispute.id, ruling=ruling(city, "street")
            )


def test_undoing_a_merge_takes_its_returns_out_of_the_count(city: City) -> None:
    gone, into = returned_once(city), dispatched(city, unit="gardens", at=AT + hours(5))
    merge(into, gone)
    assert absorbed_keys(into.id) == [gone.id]
    assert undo(into, gone).return_count == 0
    assert absorbed_keys(into.id) == []
    row = ask_return(actor=worker(city, "gardens"), at=LATER + hours(1), case_id=into.id, terms=TERMS)
    assert (row.number, row.state) == (1, "asked")


def test_returns_count_through_two_merges(city: City) -> None:
    first, second, third = (
        returned_once(city),
        dispatched(city),
        dispatched(city, unit="gardens", at=AT + hours(5)),
    )
    merge(second, first)
    merge(third, second)
    assert set(absorbed_keys(third.id)) == {first.id, second.id}
    row = ask_return(actor=worker(city, "gardens"), at=LATER, case_id=third.id, terms=TERMS)
    assert row.number == 2


def test_a_case_that_was_just_given_back_does_not_end_through_a_merge(city: City) -> None:
    gone, into = returned(city), waiting(city)
    _, new = receive(city, matter_class=city.classes["request"].id)
    with pytest.raises(Conflict, match="请以退回的案件为主案合并"):
        merge(new, gone)
    merge(into, gone)
    with pytest.raises(Conflict, match="刚被承办单位退回"):
        void_case(actor=REVIEWER, at=LATER, case_id=into.id, reason="不再需要")
    assert undo(into, gone).returned_at is None
    void_case(actor=REVIEWER, at=LATER + hours(2), case_id=into.id, reason="不再需要")
    with pytest.raises(Conflict, match="刚被承办单位退回"):
        void_case(actor=REVIEWER, at=LATER + hours(2), case_id=gone.id, reason="不再需要")


def test_the_receiver_of_a_handover_may_not_return_after_a_merge_either(city: City) -> None:
    gone, into = handed(city), dispatched(city, unit="gardens", at=AT + hours(5))
    merged = merge(into, gone)
    assert (merged.first_unit, merged.transfers) == (city.unit("cleaning"), 1)
    with pytest.raises(Conflict, match="首问移交的接收单位"):
        ask_return(actor=worker(city, "gardens"), at=LATER, case_id=into.id, terms=TERMS)
    back = undo(into, gone)
    assert (back.first_unit, back.first_post, back.first_at, back.transfers) == (None, None, None, 0)
    ask_return(actor=worker(city, "gardens"), at=LATER + hours(1), case_id=into.id, terms=TERMS)


def test_the_first_asked_of_the_survivor_stay_and_the_greater_number_of_handovers_holds(city: City) -> None:
    gone, into = handed(city), dispatched(city, unit="gardens", at=AT + hours(5))
    mark_first_asked(actor=SYSTEM, at=AT + hours(5), case_id=into.id, unit=city.unit("street"))
    merged = merge(into, gone)
    assert (merged.first_unit, merged.transfers) == (city.unit("street"), 1)
    assert undo(into, gone).transfers == 0


def test_where_another_unit_has_the_survivor_its_own_marks_stay(city: City) -> None:
    gone, into = handed(city), dispatched(city, unit="street", at=AT + hours(5))
    merged = merge(into, gone)
    assert (merged.first_unit, merged.transfers) == (None, 0)
    assert Merge.objects.get(absorbed=gone).marks == {}


def test_a_mark_that_two_absorbed_cases_give_goes_with_the_last(city: City) -> None:
    one, two, into = ruled(city), ruled(city), dispatched(city, unit="street", at=AT + hours(5))
    merge(into, one)
    merge(into, two)
    assert undo(into, one).final_owner == city.unit("street")
    assert undo(into, two).final_owner is None


def test_what_was_settled_on_the_survivor_since_is_not_undone(city: City) -> None:
    gone, into = handed(city), dispatched(city, unit="gardens", at=AT + hours(5))
    merge(into, gone)
    Case.objects.filter(pk=into.id).update(transfers=2)
    back = undo(into, gone)
    assert (back.first_unit, back.transfers) == (None, 2)


def test_the_entry_of_the_survivor_names_what_passed(city: City) -> None:
    gone, into = ruled(city), waiting(city)
    merge(into, gone)
    entry = JournalEntry.objects.get(stream=into.id, kind="cases.absorbed")
    assert str(city.unit("street")) in entry.body


HOSTS = st.sampled_from(("", "a", "b"))
UNITS = {name: uuid7() for name in ("a", "b")}


@given(
    hosts=st.tuples(HOSTS, HOSTS),
    first=st.tuples(HOSTS, HOSTS),
    moved=st.tuples(st.integers(0, 2), st.integers(0, 2)),
)
@settings(max_examples=200, suppress_health_check=list(HealthCheck))
def test_no_merge_lets_the_host_of_both_do_what_either_case_refused(
    hosts: tuple[str, str], first: tuple[str, str], moved: tuple[int, int]
) -> None:
    into, gone = (
        Case(
            state="handling" if host else "dispatching", host=UNITS.get(host), first_unit=UNITS.get(unit),
            transfers=times,
        )
        for host, unit, times in zip(hosts, first, moved, strict=True)
    )  # fmt: skip
    given = _passing(into, gone, gone.state)
    after = {"first_unit": into.first_unit, "transfers": into.transfers, **given}
    assert after["transfers"] >= into.transfers
    assert into.first_unit in {None, after["first_unit"]}
    if hosts[0] in {"", hosts[1]}:
        assert after["transfers"] >= gone.transfers
        assert (after["first_unit"] is None) == (into.first_unit is None and gone.first_unit is None)
    else:
        assert given == {}
