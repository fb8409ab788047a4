"""Administrative corrections: two people, one act, clocks only when asked for."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal

import pytest

from yiwang.cases.models import Case, CaseSearch, Correction, Remark, Task
from yiwang.cases.public import (
    CaseFilter,
    CorrectionTerms,
    approve_correction,
    ask_correction,
    list_cases,
    refuse_correction,
    take_back_correction,
)
from yiwang.cases.replaying import replay_case
from yiwang.cases.tests.factories import AT, SYSTEM, City, dispatched, make_city, receive
from yiwang.clocks.public import Timer
from yiwang.kernel.actor import EVERYWHERE, Actor
from yiwang.kernel.errors import Conflict, Invalid, Refused
from yiwang.kernel.ids import uuid7
from yiwang.ledger.public import JournalEntry

_ACTS = dict.fromkeys(("cases.view", "cases.correct", "cases.approve_correction"), EVERYWHERE)
ASKER = Actor(account_id=uuid7(), grants=_ACTS)
SECOND = Actor(account_id=uuid7(), grants=_ACTS)
LATER = AT + timedelta(hours=1)


@pytest.fixture
def city(db: None) -> City:
    return make_city()


def ask(case: Case, actor: Actor = ASKER, **terms: object) -> Correction:
    return ask_correction(
        actor=actor,
        at=AT,
        case_id=case.id,
        terms=CorrectionTerms(**terms),
        reason="登记有误",  # type: ignore[arg-type]
    )


def test_nothing_changes_until_a_second_person_approves(city: City) -> None:
    _, case = receive(city)
    wish = ask(case, title="三号楼垃圾", urgency="urgent", privacy="confidential")
    case.refresh_from_db()
    assert (case.urgency, case.privacy) == ("ordinary", "open")
    with pytest.raises(Conflict, match="申请人以外的人"):
        approve_correction(actor=ASKER, at=LATER, correction_id=wish.id)
    with pytest.raises(Refused):
        approve_correction(actor=SYSTEM, at=LATER, correction_id=wish.id)
    case = approve_correction(actor=SECOND, at=LATER, correction_id=wish.id)
    case.refresh_from_db()
    assert (case.title, case.urgency, case.privacy) == ("三号楼垃圾", "urgent", "confidential")
    wish.refresh_from_db()
    assert (wish.state, wish.decided_by) == ("approved", SECOND.account_id)


def test_the_journal_holds_codes_and_commitments_and_no_words(city: City) -> None:
    _, case = receive(city, title="王小明家门口")
    wish = ask(case, title="三号楼门口", urgency="urgent")
    approve_correction(actor=SECOND, at=LATER, correction_id=wish.id)
    entries = list(JournalEntry.objects.filter(stream=case.id).order_by("seq"))
    assert [e.kind for e in entries[-2:]] == ["cases.correction_requested", "cases.corrected"]
    body = json.loads(entries[-1].body)
    assert (body["before"]["urgency"], body["after"]["urgency"]) == ("ordinary", "urgent")
    assert not any("王小明" in e.body or "三号楼" in e.body for e in entries)
    assert body["before"]["title"] != body["after"]["title"]
    assert Remark.objects.get(case=case, seq=wish.asked_seq).text == "登记有误"
    assert replay_case(Case.objects.get(pk=case.pk), entries) == []


def test_a_corrected_place_is_found_where_it_is_now(city: City) -> None:
    _, case = receive(city)
    wish = ask(case, community=city.area("west_1_a"), address="荷园一号")
    approve_correction(actor=SECOND, at=LATER, correction_id=wish.id)
    case.refresh_from_db()
    assert (case.community, case.district) == (city.area("west_1_a"), city.area("west"))
    viewer = Actor(account_id=uuid7(), grants={"cases.view": EVERYWHERE})

    def found(text: str, area: str) -> int:
        wanted = CaseFilter(text=text, area=city.area(area))
        return len(list_cases(viewer, wanted, at=LATER).rows)

    assert (found("荷园一号", "west"), found("荷园一号", "east"), found("垃圾", "west")) == (1, 0, 1)
    assert "荷园一号" in CaseSearch.objects.get(case=case).body


def test_a_corrected_class_moves_the_deadline_only_when_that_is_asked_for(city: City) -> None:
    case = dispatched(city)
    due = case.due_at
    city.classes["event"].__class__.objects.filter(pk=city.classes["event"].pk).update(
        default_amount=Decimal("1"), default_unit="urgent_hour"
    )
    from yiwang.ledger.public import bump_now

    bump_now("catalog")
    kept = ask(case, matter_class=city.classes["event"].id)
    case = approve_correction(actor=SECOND, at=LATER, correction_id=kept.id)
    assert (case.matter_class, case.due_at) == (city.classes["event"].id, due)
    back = ask(case, matter_class=city.classes["request"].id)
    approve_correction(actor=SECOND, at=LATER, correction_id=back.id)
    moving = ask(case, matter_class=city.classes["event"].id, resets_clock=True)
    case = approve_correction(actor=SECOND, at=LATER, correction_id=moving.id)
    task = Task.objects.get(case=case)
    assert case.dispatched_at is not None
    assert case.due_at == task.due_at == case.dispatched_at + timedelta(hours=1)
    assert (task.limit_amount, task.limit_unit) == (Decimal("1"), "urgent_hour")
    assert [t.due_at for t in Timer.objects.filter(subject=case.id)] == [case.due_at]


def test_a_clock_that_does_not_run_is_not_reckoned_anew(city: City) -> None:
    _, case = receive(city, matter_class=city.classes["request"].id)
    with pytest.raises(Conflict, match="不在处置中"):
        ask(case, matter_class=city.classes["event"].id, resets_clock=True)
    running = dispatched(city)
    with pytest.raises(Invalid, match="时限不能重算"):
        ask(running, title="别的标题", resets_clock=True)


def test_a_class_that_demands_registering_needs_its_condition_once_dispatched(city: City) -> None:
    case = dispatched(city)
    with pytest.raises(Invalid, match="立案条件"):
        ask(case, matter_class=city.classes["part"].id)
    wish = ask(case, matter_class=city.classes["part"].id, condition=city.condition.id)
    case = approve_correction(actor=SECOND, at=LATER, correction_id=wish.id)
    assert case.condition == city.condition.id
    with pytest.raises(Invalid, match="不属于所选类别"):
        ask(case, matter_class=city.classes["event"].id, condition=city.condition.id)


def test_a_case_that_has_changed_since_is_not_overwritten(city: City) -> None:
    _, case = receive(city)
    wish = ask(case, urgency="urgent")
    Case.objects.filter(pk=case.pk).update(urgency="prompt")
    with pytest.raises(Conflict, match="紧急程度已有变化"):
        approve_correction(actor=SECOND, at=LATER, correction_id=wish.id)
    refuse_correction(actor=SECOND, at=LATER, correction_id=wish.id, reason="已变化")
    assert Case.objects.get(pk=case.pk).urgency == "prompt"


def test_one_correction_waits_at_a_time_and_only_the_asker_takes_it_back(city: City) -> None:
    _, case = receive(city)
    wish = ask(case, urgency="urgent")
    with pytest.raises(Conflict, match="已有一份更正申请"):
        ask(case, SECOND, urgency="prompt")
    with pytest.raises(Conflict, match="申请人本人"):
        take_back_correction(actor=SECOND, at=LATER, correction_id=wish.id)
    take_back_correction(actor=ASKER, at=LATER, correction_id=wish.id)
    with pytest.raises(Conflict, match="不能“批准更正”"):
        approve_correction(actor=SECOND, at=LATER, correction_id=wish.id)
    assert ask(case, SECOND, urgency="prompt").state == "asked"


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        ({}, "title"),
        ({"title": " "}, "title"),
        ({"title": "长" * 81}, "title"),
        ({"urgency": "soon"}, "urgency"),
        ({"privacy": "secret"}, "privacy"),
        ({"matter_class": uuid7()}, "matter_class"),
        ({"community": uuid7()}, "community"),
    ],
)
def test_a_wrong_field_is_named(city: City, terms: dict[str, object], field: str) -> None:
    _, case = receive(city)
    with pytest.raises(Invalid) as problem:
        ask(case, **terms)
    assert [p.field for p in problem.value.problems] == [field]


def test_a_case_corrected_to_confidential_hides_its_reporter_from_the_unit(city: City) -> None:
    from yiwang.cases.public import is_hidden

    report, case = receive(city)
    assert not is_hidden(report, case)
    wish = ask(case, privacy="confidential")
    assert is_hidden(report, approve_correction(actor=SECOND, at=LATER, correction_id=wish.id))
