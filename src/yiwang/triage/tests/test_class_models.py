"""Class models: trained on a file or the city's cases, published when better, rolled back, used."""

from __future__ import annotations

import itertools
from datetime import timedelta

import pytest

from yiwang.cases.tests.factories import AT, City, dispatched, make_city
from yiwang.catalog.public import catalog_index
from yiwang.kernel.actor import Actor, system_actor
from yiwang.kernel.errors import Conflict, Invalid, Refused
from yiwang.kernel.ids import uuid7
from yiwang.ledger.public import JournalEntry
from yiwang.triage.enums import Verdict
from yiwang.triage.models import ClassModelVersion, Proposal
from yiwang.triage.queries.classing import city_history
from yiwang.triage.rules.classing.texts import Message
from yiwang.triage.rules.proposals import ClassOutcome, ClassProposal
from yiwang.triage.rules.said import Said
from yiwang.triage.services.class_models import TRAIN, publish_version, roll_back, train_from_file
from yiwang.triage.services.classing import COLD, classify
from yiwang.triage.services.wording import read_wording

pytestmark = pytest.mark.django_db
TRAINER = system_actor("test", TRAIN)


PART, EVENT = "P0101", "E0201"
SCHEME = "city_management"
TALES = {
    PART: ("井盖翘起来绊脚", "井盖破了个洞", "车压井盖响得厉害"),
    EVENT: ("垃圾成堆发臭", "建筑垃圾没人清运", "生活垃圾乱扔一地"),
}


def labelled(*, wrong: int = 0) -> tuple[list[Message], list[str]]:
    """Reports of two classes; every so many, counted by `wrong`, has the other's class."""
    places = ("幸福里", "长江路", "东门", "七号院", "光明小区", "河西", "二环", "新村")
    days = ("今天", "昨晚", "上周", "最近", "一直", "连续几天")
    rows = [
        (Message(f"{day}{place}{tale}"), code)
        for code, tales in TALES.items()
        for place, day, tale in itertools.product(places, days, tales)
    ]
    labels = [
        {PART: EVENT, EVENT: PART}[code] if wrong and number % wrong == 0 else code
        for number, (_, code) in enumerate(rows)
    ]
    return [message for message, _ in rows], labels


def train(city: City, *, wrong: int = 0, minutes: int = 0) -> ClassModelVersion:
    """Train the scheme's model some minutes after the city began."""
    messages, labels = labelled(wrong=wrong)
    at = AT + timedelta(minutes=minutes)
    return train_from_file(actor=TRAINER, at=at, scheme=SCHEME, messages=messages, labels=labels)


def said(text: str) -> Said:
    """One report that says only this."""
    return Said(key=uuid7(), text=text, at=AT)


def of_scheme(text: str) -> ClassProposal:
    """What the stage proposes in the trained scheme."""
    (proposals,) = classify([said(text)], at=AT)
    return next(one for one in proposals if one.scheme == SCHEME)


@pytest.fixture
def city() -> City:
    """The small city."""
    return make_city()


def test_without_a_model_the_catalogs_words_answer_and_are_never_sure(city: City) -> None:
    found = of_scheme("小区门口上水井盖坏了")
    assert (found.code, found.outcome, found.model) == (PART, ClassOutcome.UNSURE, COLD)
    assert found.confidence < 0.7
    assert "上水井盖" in found.reasons[0].words


def test_every_scheme_in_use_gets_a_proposal_and_silence_gets_none(city: City) -> None:
    proposals, silent = classify([said("上水井盖坏了，找物业管理"), said("")], at=AT)
    assert [one.scheme for one in proposals] == ["city_management", "hotline_12345"]
    assert [one.code for one in proposals] == [PART, "R01"]
    assert [(one.code, one.confidence) for one in silent] == [("", 0.0), ("", 0.0)]
    assert classify([], at=AT) == []


def test_a_first_model_is_published_journaled_and_answers_with_phrases(city: City) -> None:
    row = train(city)
    assert (row.number, row.is_in_use, row.refusal) == (1, True, "")
    kinds = JournalEntry.objects.filter(stream=row.id).order_by("seq").values_list("kind", flat=True)
    assert list(kinds) == ["triage.model_trained", "triage.model_published"]
    found = of_scheme("昨晚解放路井盖翘起来，走路绊脚")
    assert (found.code, found.outcome, found.model) == (PART, ClassOutcome.SURE, "city_management/1")
    assert found.confidence >= 0.9
    assert any("井盖" in reason.words for reason in found.reasons)


def test_a_version_that_is_no_better_stays_unpublished(city: City) -> None:
    first = train(city)
    same = train(city, minutes=1)
    first.refresh_from_db()
    assert (first.is_in_use, same.is_in_use) == (True, False)
    assert "不高于" in same.refusal
    assert same.figures["before"]["name"] == "city_management/1"


def test_roll_back_returns_to_the_version_before_and_then_to_the_catalog(city: City) -> None:
    first, second = train(city, wrong=3), train(city, minutes=1)
    assert second.is_in_use
    assert of_scheme("井盖翘起来").model == second.name
    back = roll_back(actor=TRAINER, at=AT + timedelta(minutes=2), scheme=SCHEME)
    assert back is not None
    assert back.id == first.id
    assert of_scheme("井盖翘起来").model == first.name
    assert roll_back(actor=TRAINER, at=AT + timedelta(minutes=3), scheme=SCHEME) is None
    assert of_scheme("井盖翘起来").model == COLD
    with pytest.raises(Conflict):
        roll_back(actor=TRAINER, at=AT, scheme=SCHEME)
    again = publish_version(actor=TRAINER, at=AT + timedelta(minutes=4), version_id=second.id)
    assert again.is_in_use
    with pytest.raises(Conflict):
        publish_version(actor=TRAINER, at=AT, version_id=second.id)


def test_nobody_trains_without_the_act_or_with_labels_the_scheme_does_not_have(city: City) -> None:
    messages, labels = labelled()
    given = {"at": AT, "scheme": SCHEME, "messages": messages}
    with pytest.raises(Refused):
        train_from_file(actor=Actor(account_id=uuid7()), labels=labels, **given)
    with pytest.raises(Invalid, match="没有唯一的同名类别"):
        train_from_file(actor=TRAINER, labels=["外星人"] * len(messages), **given)
    with pytest.raises(Invalid, match="没有这个分类体系"):
        train_from_file(actor=TRAINER, labels=labels, **{**given, "scheme": "nowhere"})
    names = [{PART: "上水井盖", EVENT: "暴露垃圾"}[code] for code in labels]
    assert train_from_file(actor=TRAINER, labels=names, **given).classes == 2


def test_the_citys_history_leaves_out_what_the_platform_decided_alone(city: City) -> None:
    texts = ("井盖坏了一", "井盖坏了二", "井盖坏了三")
    cases = [dispatched(city, matter="event", text=text) for text in texts]
    judged = {cases[1].id: (Verdict.AUTOMATIC,), cases[2].id: (Verdict.AUTOMATIC, Verdict.CHANGED)}
    for case_id, verdicts in judged.items():
        row = Proposal.objects.create(case=case_id, report=uuid7(), made_at=AT, body={})
        for verdict in verdicts:
            row.verdicts.create(stage="class", verdict=verdict, at=AT)
    history = city_history(catalog_index(AT), SCHEME)
    assert sorted(message.text for message in history.messages) == ["井盖坏了一", "井盖坏了三"]
    assert (history.labels, history.corrections) == ((EVENT, EVENT), 1)


def test_a_model_of_the_kind_decides_when_the_reporter_does_not_name_it(city: City) -> None:
    messages, codes = labelled()
    kinds = [{PART: "help", EVENT: "suggestion"}[code] for code in codes]
    train_from_file(actor=TRAINER, at=AT, scheme="wording.kind", messages=messages, labels=kinds)
    learnt, named = read_wording([said("幸福里垃圾成堆发臭"), said("我要投诉：幸福里垃圾成堆发臭")])
    assert (learnt.kind, named.kind) == ("suggestion", "complaint")
    assert learnt.kind_reasons[-1].code == "wording.model"
