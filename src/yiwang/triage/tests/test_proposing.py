"""From a case that waits to a proposal, to what the platform does by itself, and back."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID

import pytest
from django.test import Client

from yiwang.cases.models import Case, Task
from yiwang.cases.public import RESIDENT, accept_case, dispatch_case, follow_up_report, tracking_path
from yiwang.cases.tests.factories import AT, SYSTEM, City, make_city, receive
from yiwang.catalog.public import ResponsibilityTerms, add_responsibility
from yiwang.kernel.actor import system_actor
from yiwang.kernel.errors import Conflict, Invalid, NotFound, Refused
from yiwang.ledger.public import JournalEntry, forget, relay_once
from yiwang.triage.models import AutomaticRule, Proposal, ProposalVerdict, RepeatRule, Waiting
from yiwang.triage.queries.explaining import explanation_of_case
from yiwang.triage.rules.chain import Triaged, as_body
from yiwang.triage.rules.proposals import (
    ClassOutcome,
    ClassProposal,
    OwnerOutcome,
    OwnerProposal,
    PlaceCandidate,
    PlaceOutcome,
    PlaceProposal,
    Reason,
    RepeatOutcome,
    RepeatProposal,
)
from yiwang.triage.rules.said import Said
from yiwang.triage.services import proposing
from yiwang.triage.services.acting_alone import take_back
from yiwang.triage.services.automatic import end_rule, set_rule
from yiwang.triage.services.following import Choice, follow_proposal
from yiwang.triage.services.judging import forget_words
from yiwang.triage.services.proposing import enqueue, enqueue_received, propose_waiting

CONFIGURER = system_actor("test", "triage.configure")
LATER = AT + timedelta(minutes=5)


class Stages:
    """Stands for the stages: gives every report the same answer, and remembers what it was asked."""

    def __init__(self, city: City) -> None:
        self.answer = Triaged(
            classes=(
                ClassProposal(
                    "city_management", "E0201", ClassOutcome.SURE, 0.97,
                    (Reason("class.phrase", "文中写到“垃圾成堆”", 0.8),), (("P0101", 0.01),), "v7",
                ),
            ),
            class_id=city.classes["event"].id,
            place=PlaceProposal(PlaceOutcome.FOUND, 0.9, area_id=city.area("east_1_a")),
            repeat=RepeatProposal(RepeatOutcome.NONE, 0.0),
            owner=OwnerProposal(
                OwnerOutcome.FOUND, city.unit("cleaning"), (city.unit("gardens"),),
                reasons=(Reason("owner.row", "按权责清单“暴露垃圾 · 全市”"),),
            ),
        )  # fmt: skip
        self.seen: list[Said] = []
        self.broken: set[UUID] = set()

    def __call__(self, said: Sequence[Said], *, at: datetime) -> list[Triaged]:
        if self.broken & {one.case_id for one in said}:
            raise RuntimeError("no stage can read this")
        self.seen += said
        return [self.answer for _ in said]


@pytest.fixture
def city(db: None) -> City:
    return make_city()


@pytest.fixture
def stages(city: City, monkeypatch: pytest.MonkeyPatch) -> Stages:
    found = Stages(city)
    monkeypatch.setattr(proposing, "triage_reports", found)
    return found


def waiting(city: City, area: str | None = None, **given: object) -> Case:
    """A case that waits for its proposal; without a place unless one is named."""
    _report, case = receive(city, area=area, **given)
    enqueue(case.id, since=AT)
    return case


def by_itself(city: City, *, dispatches: bool = True) -> AutomaticRule:
    return set_rule(
        actor=CONFIGURER, at=AT, class_id=city.classes["event"].id, area_id=city.area("east"), threshold=0.95,
        dispatches=dispatches,
    )  # fmt: skip


# -- proposing ----------------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_a_new_case_gets_its_proposal_by_way_of_its_event(monkeypatch: pytest.MonkeyPatch) -> None:
    city = make_city()
    monkeypatch.setattr(proposing, "triage_reports", Stages(city))
    _report, case = receive(city, area=None)
    relay_once(AT)
    assert Waiting.objects.filter(case=case.id).count() == 1
    assert propose_waiting(at=LATER) == 1
    assert propose_waiting(at=LATER) == 0
    proposal = Proposal.objects.get(case=case.id)
    assert (proposal.matter_class, proposal.refusals) == (city.classes["event"].id, ["no_rule"])
    entry = JournalEntry.objects.get(stream=proposal.id)
    assert "垃圾" not in entry.body
    assert json.loads(entry.body)["confidence"] == 970


def test_the_stages_get_the_words_and_never_the_phone(city: City, stages: Stages) -> None:
    waiting(city)
    propose_waiting(at=LATER)
    (said,) = stages.seen
    assert said.text.startswith("梅园社区三号楼门口垃圾成堆")
    assert "13900001234" not in repr(said)
    assert len(said.reporter) > 0


def test_a_case_that_no_stage_can_read_waits_alone_and_holds_up_no_other(city: City, stages: Stages) -> None:
    bad, good = waiting(city), waiting(city)
    stages.broken = {bad.id}
    assert propose_waiting(at=LATER) == 2
    assert Proposal.objects.filter(case=good.id).exists()
    left = Waiting.objects.get()
    assert (left.case, left.attempts) == (bad.id, 1)
    assert left.retry_at == LATER + timedelta(seconds=5)
    assert propose_waiting(at=LATER) == 0
    stages.broken = set()
    assert propose_waiting(at=LATER + timedelta(seconds=6)) == 1
    assert not Waiting.objects.exists()


def test_after_an_import_only_received_cases_without_a_proposal_wait(city: City, stages: Stages) -> None:
    first, second = waiting(city), receive(city, area="east_1_a", matter_class=city.classes["event"].id)[1]
    propose_waiting(at=LATER)
    _report, third = receive(city)
    accept_case(actor=SYSTEM, at=AT, case_id=second.id)
    assert enqueue_received(at=LATER) == 1
    assert [row.case for row in Waiting.objects.all()] == [third.id]
    assert first.id != third.id


# -- acting by itself ---------------------------------------------------------------------------------
def test_under_a_rule_a_sure_case_is_accepted_and_dispatched(city: City, stages: Stages) -> None:
    rule = by_itself(city)
    case = waiting(city)
    propose_waiting(at=LATER)
    case.refresh_from_db()
    assert (case.state, case.community, case.host) == (
        "handling",
        city.area("east_1_a"),
        city.unit("cleaning"),
    )
    assert Task.objects.filter(case=case).count() == 2
    proposal = Proposal.objects.get(case=case.id)
    assert (proposal.rule, proposal.acted_at) == (rule.id, LATER)
    assert {(v.stage, v.verdict) for v in ProposalVerdict.objects.all()} == {
        ("class", "automatic"), ("place", "automatic"), ("owner", "automatic"),
    }  # fmt: skip
    assert JournalEntry.objects.filter(stream=case.id, kind="cases.dispatch", agent="triage").exists()


def test_a_rule_that_does_not_dispatch_only_accepts(city: City, stages: Stages) -> None:
    by_itself(city, dispatches=False)
    case = waiting(city)
    propose_waiting(at=LATER)
    case.refresh_from_db()
    assert (case.state, case.host) == ("dispatching", None)


def test_a_process_that_dispatches_by_itself_goes_on_with_the_limit_of_its_row(
    city: City, stages: Stages
) -> None:
    by_itself(city, dispatches=False)
    stages.answer = replace(
        stages.answer, owner=replace(stages.answer.owner, dispatches=True, limit="2 urgent_hour")
    )
    case = waiting(city)
    propose_waiting(at=LATER)
    case.refresh_from_db()
    task = Task.objects.filter(case=case, role="host").get()
    assert (case.state, task.limit_amount, task.limit_unit) == ("handling", 2, "urgent_hour")
    assert case.due_at == LATER + timedelta(hours=2)


def test_outside_the_area_of_the_rule_a_person_decides(city: City, stages: Stages) -> None:
    by_itself(city)
    stages.answer = replace(stages.answer, place=replace(stages.answer.place, area_id=city.area("west_1_a")))
    case = waiting(city)
    propose_waiting(at=LATER)
    case.refresh_from_db()
    assert case.state == "received"
    assert Proposal.objects.get(case=case.id).refusals == ["no_rule"]


@pytest.mark.parametrize(
    "given", [{"privacy": "confidential"}, {"kind": "tip_off"}, {"urgency": "urgent"}], ids=str
)
def test_delicate_and_urgent_cases_are_left_to_a_person(
    city: City, stages: Stages, given: dict[str, str]
) -> None:
    by_itself(city)
    case = waiting(city, **given)
    propose_waiting(at=LATER)
    case.refresh_from_db()
    assert case.state == "received"


def test_what_cases_refuse_undoes_every_step_and_says_why(city: City, stages: Stages) -> None:
    by_itself(city)
    stages.answer = replace(stages.answer, owner=replace(stages.answer.owner, host_id=UUID(int=1)))
    case = waiting(city)
    propose_waiting(at=LATER)
    case.refresh_from_db()
    proposal = Proposal.objects.get(case=case.id)
    assert (case.state, case.community, proposal.acted_at) == ("received", None, None)
    assert len(proposal.refusals) == 1
    assert not ProposalVerdict.objects.exists()


def test_an_ended_rule_does_nothing_more(city: City, stages: Stages) -> None:
    rule = by_itself(city)
    end_rule(actor=CONFIGURER, at=AT, rule_id=rule.id)
    case = waiting(city)
    propose_waiting(at=LATER)
    case.refresh_from_db()
    assert case.state == "received"
    with pytest.raises(Conflict):
        end_rule(actor=CONFIGURER, at=AT, rule_id=rule.id)


def test_a_new_rule_for_the_same_class_and_area_ends_the_old_one(city: City) -> None:
    old, new = by_itself(city), by_itself(city, dispatches=False)
    old.refresh_from_db()
    assert (old.ended_at, new.ended_at) == (AT, None)


def test_who_may_not_configure_sets_no_rule(city: City) -> None:
    with pytest.raises(Refused):
        set_rule(
            actor=city.actor("dispatcher", area="city"), at=AT, class_id=city.classes["event"].id,
            area_id=None, threshold=0.95, dispatches=True,
        )  # fmt: skip


def test_a_threshold_under_a_half_is_refused(city: City) -> None:
    with pytest.raises(Invalid, match="50%"):
        set_rule(
            actor=CONFIGURER, at=AT, class_id=city.classes["event"].id, area_id=None, threshold=0.4,
            dispatches=False,
        )  # fmt: skip


def test_what_was_done_by_itself_is_taken_back_whole(city: City, stages: Stages) -> None:
    by_itself(city)
    case = waiting(city)
    propose_waiting(at=LATER)
    operator = city.actor("seat_operator", area="city")
    take_back(actor=operator, at=LATER, case_id=case.id, reason="不是垃圾，是装修材料")
    case.refresh_from_db()
    assert (case.state, case.matter_class, case.community) == ("received", None, None)
    assert ProposalVerdict.objects.filter(verdict="undone", by=operator.account_id).count() == 3
    with pytest.raises(NotFound):
        take_back(actor=operator, at=LATER, case_id=case.id, reason="再来一次")


def test_the_reporter_is_told_what_was_decided_without_a_person_and_may_ask_for_one(
    city: City, stages: Stages, client: Client
) -> None:
    by_itself(city)
    report, case = receive(city, area=None)
    enqueue(case.id, since=AT)
    propose_waiting(at=LATER)
    page = client.get(tracking_path(report)).content.decode()
    assert "系统自动受理" in page
    assert "垃圾成堆" in page
    assert "东区环卫所" in page
    client.post(f"{tracking_path(report)}ask_for_person/")
    assert report.follow_ups.get().text.startswith("要求人工复核")
    assert explanation_of_case(case.id, UUID(int=5)) != ()
    assert not any("垃圾成堆" in words for words in explanation_of_case(case.id, UUID(int=5)))


def test_a_case_that_a_person_handled_has_nothing_to_explain(city: City, stages: Stages) -> None:
    case = waiting(city)
    propose_waiting(at=LATER)
    assert explanation_of_case(case.id) == ()


@pytest.mark.parametrize("is_ruled", [True, False])
def test_a_sure_repeat_is_merged_under_a_rule_and_its_reporter_is_told_so(
    city: City, stages: Stages, client: Client, is_ruled: bool
) -> None:
    first = waiting(city, area="east_1_a")
    propose_waiting(at=LATER)
    if is_ruled:
        RepeatRule.objects.create(merge_at=0.97, suggest_at=0.5, merges=True, valid_from=date(2026, 1, 1))
        forget(everything=True)
    merge = RepeatProposal(
        RepeatOutcome.MERGE, 0.99, first.id, reasons=(Reason("repeat.text", "说法几乎一样"),)
    )
    stages.answer = replace(stages.answer, repeat=merge)
    report, second = receive(city, area="east_1_a")
    enqueue(second.id, since=AT)
    propose_waiting(at=LATER)
    second.refresh_from_db()
    if not is_ruled:
        assert (second.state, second.merged_into) == ("received", None)
        return
    assert (second.state, second.merged_into) == ("merged", first.id)
    page = client.get(tracking_path(report)).content.decode()
    assert "已并案办理" in page
    assert first.number not in page


# -- following ----------------------------------------------------------------------------------------
def test_one_step_follows_the_proposal_as_far_as_dispatch(city: City, stages: Stages) -> None:
    case = waiting(city)
    propose_waiting(at=LATER)
    dispatcher = city.actor("dispatcher", area="city")
    found = follow_proposal(actor=dispatcher, at=LATER, case_id=case.id, choice=Choice(dispatches=True))
    assert (found.state, found.host) == ("handling", city.unit("cleaning"))


def test_with_another_class_the_responsibility_list_is_asked_again(city: City, stages: Stages) -> None:
    case = waiting(city)
    propose_waiting(at=LATER)
    choice = Choice(class_id=city.classes["request"].id, dispatches=True)
    with pytest.raises(Conflict, match="没有责任单位"):
        follow_proposal(actor=SYSTEM, at=LATER, case_id=case.id, choice=choice)
    case.refresh_from_db()
    assert case.state == "received"
    terms = ResponsibilityTerms(scheme_id=city.classes["request"].scheme_id, host_id=city.unit("street"))
    add_responsibility(actor=SYSTEM, at=AT, terms=terms)
    follow_proposal(actor=SYSTEM, at=LATER, case_id=case.id, choice=choice)
    case.refresh_from_db()
    assert (case.state, case.host) == ("handling", city.unit("street"))


def test_an_ambiguous_place_must_be_chosen(city: City, stages: Stages) -> None:
    candidates = (
        PlaceCandidate("梅园社区 3 号楼", 0.5, area_id=city.area("east_1_a")),
        PlaceCandidate("桂园社区 3 号楼", 0.5, area_id=city.area("east_1_b")),
    )
    place = PlaceProposal(PlaceOutcome.AMBIGUOUS, 0.5, candidates=candidates)
    stages.answer = replace(stages.answer, place=place)
    case = waiting(city)
    propose_waiting(at=LATER)
    with pytest.raises(Invalid, match="候选地点"):
        follow_proposal(actor=SYSTEM, at=LATER, case_id=case.id, choice=Choice())
    found = follow_proposal(actor=SYSTEM, at=LATER, case_id=case.id, choice=Choice(place=1))
    assert found.community == city.area("east_1_b")


# -- judging ------------------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_what_people_do_to_the_case_judges_the_proposal(monkeypatch: pytest.MonkeyPatch) -> None:
    city = make_city()
    monkeypatch.setattr(proposing, "triage_reports", Stages(city))
    case = waiting(city)
    propose_waiting(at=LATER)
    at = LATER + timedelta(minutes=1)
    operator, dispatcher = city.actor("seat_operator", area="city"), city.actor("dispatcher", area="city")
    accept_case(
        actor=operator, at=at, case_id=case.id, matter_class=city.classes["request"].id,
        community=city.area("east_1_a"),
    )  # fmt: skip
    dispatch_case(actor=dispatcher, at=at, case_id=case.id, host=city.unit("cleaning"))
    relay_once(at)
    relay_once(at)
    found = {row.stage: (row.verdict, row.chosen, row.by) for row in ProposalVerdict.objects.all()}
    assert found == {
        "class": ("changed", city.classes["request"].id, operator.account_id),
        "place": ("accepted", city.area("east_1_a"), operator.account_id),
        "owner": ("accepted", city.unit("cleaning"), dispatcher.account_id),
    }


def test_an_erasure_takes_the_words_out_of_the_proposal(city: City, stages: Stages) -> None:
    case = waiting(city)
    propose_waiting(at=LATER)
    assert "垃圾成堆" in str(Proposal.objects.get().body)
    assert forget_words(case_id=case.id, at=LATER) == 1
    proposal = Proposal.objects.get()
    assert "垃圾成堆" not in str(proposal.body)
    assert proposal.matter_class == city.classes["event"].id


# -- pages --------------------------------------------------------------------------------------------
def enter(client: Client, city: City, kind: str) -> None:
    client.force_login(city.login(kind, area="city", username=kind))


def test_the_panel_offers_one_button_and_carries_it_out(city: City, stages: Stages, client: Client) -> None:
    case = waiting(city, area="east_1_a")
    propose_waiting(at=LATER)
    enter(client, city, "dispatcher")
    page = client.get(f"/triage/cases/{case.id}/proposal/").content.decode()
    assert "文中写到“垃圾成堆”" in page
    assert "按建议受理并派遣" in page
    case.refresh_from_db()
    client.post(
        f"/triage/cases/{case.id}/proposal/follow/",
        {"do": "dispatch", "version": case.version, "class_id": str(city.classes["event"].id)},
    )
    case.refresh_from_db()
    assert case.state == "handling"


def test_the_panel_of_a_case_out_of_reach_is_not_found(city: City, stages: Stages, client: Client) -> None:
    case = waiting(city, area="west_1_a")
    propose_waiting(at=LATER)
    client.force_login(city.login("seat_operator", area="east", username="east_operator"))
    assert client.get(f"/triage/cases/{case.id}/proposal/").status_code == 404


def test_who_may_only_look_gets_no_button(city: City, stages: Stages, client: Client) -> None:
    case = waiting(city, area="east_1_a")
    propose_waiting(at=LATER)
    enter(client, city, "leader")
    page = client.get(f"/triage/cases/{case.id}/proposal/").content.decode()
    assert "文中写到“垃圾成堆”" in page
    assert "<button" not in page


def test_the_api_gives_the_proposal_of_a_case(city: City, stages: Stages, client: Client) -> None:
    case = waiting(city, area="east_1_a")
    enter(client, city, "leader")
    assert client.get(f"/api/v1/cases/{case.id}/proposal").status_code == 404
    propose_waiting(at=LATER)
    found = client.get(f"/api/v1/cases/{case.id}/proposal").json()
    assert found["body"] == as_body(stages.answer)
    assert found["refusals"] == ["no_rule"]


def test_a_follow_up_of_the_reporter_may_be_read_anew(city: City, stages: Stages, client: Client) -> None:
    report, case = receive(city)
    enqueue(case.id, since=AT)
    propose_waiting(at=LATER)
    follow_up_report(actor=RESIDENT, at=LATER, report_id=report.id, kind="addition", text="还有一堆在后门")
    enter(client, city, "seat_operator")
    client.post(f"/triage/cases/{case.id}/proposal/again/")
    assert Proposal.objects.filter(case=case.id).count() == 2
