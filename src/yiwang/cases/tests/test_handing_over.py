"""First asked: handle or hand over once; the receiver neither hands on nor returns. Fallback owners."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from yiwang.cases.models import Case, FallbackTaking, Handover, Remark, Task
from yiwang.cases.public import (
    ReturnTerms,
    accept_case,
    ask_arbitration,
    ask_return,
    dispatch_case,
    end_fallback_owner,
    fallback_of,
    fallback_offer,
    hand_over_case,
    mark_first_asked,
    recall_case,
    rule_arbitration,
    set_fallback_owner,
    take_fallback,
)
from yiwang.cases.tests.factories import AT, SYSTEM, City, dispatched, make_city, receive
from yiwang.cases.tests.test_returning import JUDGE, REVIEWER, SETTER, TERMS, hours, ruling, worker
from yiwang.kernel.actor import Actor
from yiwang.kernel.errors import Conflict, Invalid, Refused


@pytest.fixture
def city(db: None) -> City:
    return make_city()


def first_asked(city: City) -> Case:
    """A case that the cleaners were asked first about, and that they work on."""
    _, case = receive(city, matter_class=city.classes["request"].id)
    accept_case(actor=SYSTEM, at=AT, case_id=case.id)
    return dispatch_case(actor=REVIEWER, at=AT, case_id=case.id, host=city.unit("cleaning"), first_asked=True)


def handed_over(city: City) -> Case:
    case = first_asked(city)
    hand_over_case(
        actor=worker(city, "cleaning"), at=AT + hours(1), case_id=case.id, to_unit=city.unit("gardens"),
        reason="树木倾倒，由园林处理。",
    )  # fmt: skip
    return Case.objects.get(pk=case.id)


def test_the_first_asked_unit_hands_over_once_and_keeps_the_promise(city: City) -> None:
    case = first_asked(city)
    promise = case.due_at
    case = handed_over_of(city, case)
    row = Handover.objects.get(case=case)
    assert (row.from_unit, row.to_unit, row.number) == (city.unit("cleaning"), city.unit("gardens"), 1)
    assert (case.host, case.due_at, case.state) == (city.unit("gardens"), promise, "handling")
    states = dict(Task.objects.filter(case=case).values_list("unit", "state"))
    assert states == {city.unit("cleaning"): "handed", city.unit("gardens"): "pending"}
    assert Remark.objects.get(case=case, seq=row.seq).text == "树木倾倒，由园林处理。"


def handed_over_of(city: City, case: Case) -> Case:
    hand_over_case(
        actor=worker(city, "cleaning"), at=AT + hours(1), case_id=case.id, to_unit=city.unit("gardens"),
        reason="树木倾倒，由园林处理。",
    )  # fmt: skip
    return Case.objects.get(pk=case.id)


def test_the_first_asked_unit_can_not_return(city: City) -> None:
    case = first_asked(city)
    with pytest.raises(Conflict, match="首问单位") as refused:
        ask_return(actor=worker(city, "cleaning"), at=AT + hours(1), case_id=case.id, terms=TERMS)
    assert refused.value.code == "cases.first_asked"


def test_the_receiver_neither_hands_on_nor_returns(city: City) -> None:
    case = handed_over(city)
    receiver = worker(city, "gardens")
    with pytest.raises(Conflict, match="不得再转"):
        ask_return(actor=receiver, at=AT + hours(2), case_id=case.id, terms=TERMS)
    for actor in (receiver, worker(city, "cleaning")):
        with pytest.raises(Conflict, match="只能移交 1 次"):
            hand_over_case(
                actor=actor, at=AT + hours(2), case_id=case.id, to_unit=city.unit("street"), reason="再转"
            )


def test_the_receiver_asks_for_a_ruling_and_keeps_working_meanwhile(city: City) -> None:
    case = handed_over(city)
    before = Task.objects.values().get(case=case, unit=city.unit("gardens"))
    row = ask_arbitration(
        actor=worker(city, "gardens"), at=AT + hours(2), case_id=case.id, words="树木属小区业主。"
    )
    assert row.cause == "dispute"
    assert set(row.parties) == {city.unit("cleaning"), city.unit("gardens")}
    assert Task.objects.values().get(case=case, unit=city.unit("gardens")) == before
    rule_arbitration(actor=JUDGE, at=AT + hours(3), arbitration_id=row.id, ruling=ruling(city, "gardens"))
    with pytest.raises(Conflict, match="裁定"):
        ask_arbitration(actor=worker(city, "gardens"), at=AT + hours(4), case_id=case.id, words="仍有异议。")


def test_only_a_receiver_asks_for_a_ruling(city: City) -> None:
    case = dispatched(city)
    with pytest.raises(Conflict, match="接收单位申请"):
        ask_arbitration(actor=worker(city, "cleaning"), at=AT + hours(1), case_id=case.id, words="不归我所。")


def test_nobody_but_the_first_asked_hands_over(city: City) -> None:
    case = first_asked(city)
    with pytest.raises(Refused):
        hand_over_case(
            actor=worker(city, "gardens"), at=AT + hours(1), case_id=case.id, to_unit=city.unit("street"),
            reason="代转",
        )  # fmt: skip
    other = dispatched(city)
    with pytest.raises(Conflict, match="没有首问单位"):
        hand_over_case(
            actor=worker(city, "cleaning"), at=AT + hours(1), case_id=other.id, to_unit=city.unit("street"),
            reason="转出",
        )  # fmt: skip


def test_a_window_notes_itself_as_first_asked_and_hands_over_before_dispatch(city: City) -> None:
    clerk = city.actor("seat_operator", unit="street", area="east_1")
    _, case = receive(city, matter_class=city.classes["request"].id)
    case = mark_first_asked(actor=clerk, at=AT, case_id=case.id)
    assert (case.first_unit, case.first_post) == (city.unit("street"), clerk.post_id)
    with pytest.raises(Conflict, match="首问单位已记为"):
        mark_first_asked(actor=REVIEWER, at=AT, case_id=case.id, unit=city.unit("gardens"))
    accept_case(actor=SYSTEM, at=AT, case_id=case.id)
    hand_over_case(
        actor=worker(city, "street"),
        at=AT + hours(1),
        case_id=case.id,
        to_unit=city.unit("gardens"),
        reason="请办理",
    )
    case.refresh_from_db()
    assert (case.state, case.host, case.transfers) == ("handling", city.unit("gardens"), 1)


def test_a_unit_complained_of_never_receives(city: City) -> None:
    _, case = receive(city, matter_class=city.classes["request"].id, complained_unit=city.unit("gardens"))
    accept_case(actor=SYSTEM, at=AT, case_id=case.id)
    dispatch_case(actor=REVIEWER, at=AT, case_id=case.id, host=city.unit("cleaning"), first_asked=True)
    with pytest.raises(Conflict, match="被投诉"):
        handed_over_of(city, case)


def waiting(city: City) -> Case:
    """A case that waits to be dispatched since `AT`."""
    _, case = receive(city, matter_class=city.classes["request"].id)
    return accept_case(actor=SYSTEM, at=AT, case_id=case.id)


def test_the_narrowest_area_and_the_kind_name_the_fallback_owner(city: City) -> None:
    case = waiting(city)
    assert fallback_of(case, AT) is None
    given = {"actor": SETTER, "at": AT, "basis": "本区兜底办法"}
    set_fallback_owner(area=city.area("city"), unit=city.unit("centre"), **given)  # type: ignore[arg-type]
    set_fallback_owner(area=city.area("east"), unit=city.unit("east_centre"), **given)  # type: ignore[arg-type]
    found = fallback_of(case, AT)
    assert found is not None
    assert found.unit_id == city.unit("east_centre")
    row = set_fallback_owner(
        area=city.area("east"),
        unit=city.unit("street"),
        class_kind="request",
        **given,  # type: ignore[arg-type]
    )
    found = fallback_of(case, AT)
    assert found is not None
    assert found.unit_id == city.unit("street")
    end_fallback_owner(actor=SETTER, at=AT, owner_id=row.id, valid_to=date(2026, 3, 2) + timedelta(days=5))
    found = fallback_of(case, AT + timedelta(days=9))
    assert found is not None
    assert found.unit_id == city.unit("east_centre")


def test_a_case_falls_back_only_after_the_wait_and_with_words(city: City) -> None:
    case = waiting(city)
    given = {"case_id": case.id, "cause": "unlisted", "reason": "清单未列，由街道先行承接。"}
    with pytest.raises(Conflict, match="没有设定兜底单位"):
        take_fallback(actor=REVIEWER, at=AT + timedelta(days=1), **given)  # type: ignore[arg-type]
    set_fallback_owner(
        actor=SETTER, at=AT, area=city.area("east_1"), unit=city.unit("street"), basis="街道兜底办法"
    )
    offer = fallback_offer(case, AT + hours(1))
    assert offer is not None
    with pytest.raises(Conflict, match="尚未到可以兜底"):
        take_fallback(actor=REVIEWER, at=offer.from_at - timedelta(minutes=1), **given)  # type: ignore[arg-type]
    with pytest.raises(Invalid, match="理由"):
        take_fallback(actor=REVIEWER, at=offer.from_at, case_id=case.id, cause="unclear", reason=" ")
    case = take_fallback(actor=REVIEWER, at=offer.from_at, **given)  # type: ignore[arg-type]
    assert (case.state, case.host) == ("handling", city.unit("street"))
    row = FallbackTaking.objects.get(case=case)
    assert (row.unit, row.cause) == (city.unit("street"), "unlisted")
    assert Remark.objects.get(case=case, seq=row.seq).text == "清单未列，由街道先行承接。"


def test_a_recall_starts_the_wait_again(city: City) -> None:
    case = dispatched(city)
    recall_case(actor=REVIEWER, at=AT + hours(2), case_id=case.id, reason="改派")
    offer = fallback_offer(Case.objects.get(pk=case.id), AT + hours(2))
    assert offer is not None
    assert offer.from_at > AT + hours(2)


def test_words_of_a_return_are_needed(city: City) -> None:
    case = dispatched(city)
    with pytest.raises(Invalid, match="理由"):
        ask_return(
            actor=worker(city, "cleaning"),
            at=AT + hours(1),
            case_id=case.id,
            terms=ReturnTerms("repeated", " "),
        )


def test_a_first_asked_unit_that_only_helps_hands_nothing_over(city: City) -> None:
    _, case = receive(city, matter_class=city.classes["request"].id)
    mark_first_asked(actor=window(city), at=AT, case_id=case.id)
    accept_case(actor=SYSTEM, at=AT, case_id=case.id)
    dispatch_case(
        actor=REVIEWER, at=AT, case_id=case.id, host=city.unit("cleaning"), co_units=[city.unit("street")]
    )
    with pytest.raises(Conflict, match="不是本案的主办单位"):
        hand_over_case(
            actor=worker(city, "street"), at=AT + hours(1), case_id=case.id, to_unit=city.unit("gardens"),
            reason="转出",
        )  # fmt: skip
    assert Task.objects.filter(case=case, role="host", state="pending").count() == 1


def window(city: City) -> Actor:
    return city.actor("seat_operator", unit="street", area="east_1")


def test_a_unit_that_was_sent_a_case_can_not_say_then_that_it_was_asked_first(city: City) -> None:
    case = dispatched(city, unit="street")
    with pytest.raises(Conflict, match="请派遣员记录") as refused:
        mark_first_asked(actor=window(city), at=AT + hours(1), case_id=case.id)
    assert refused.value.code == "cases.first_asked_late"
    done = mark_first_asked(actor=SYSTEM, at=AT + hours(1), case_id=case.id, unit=city.unit("street"))
    assert done.first_unit == city.unit("street")
