"""Publishing drafts: by another person than their authors, unless the city has set otherwise."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from django.test import Client

from yiwang.catalog.models import PublishingRule, ResponsibilityDraft
from yiwang.catalog.rules.publishing import DraftFacts, publishes_as_second_person
from yiwang.catalog.services.drafts import (
    add_change,
    create_draft,
    publish_draft,
    save_publishing_rule,
    submit_draft,
)
from yiwang.kernel.actor import Actor
from yiwang.kernel.errors import Conflict, Invalid, Refused
from yiwang.kernel.ids import uuid7
from yiwang.ledger.models import JournalEntry

from . import test_pages
from .factories import AT, TODAY, City, make_city
from .test_admission import person
from .test_pages import text

pytestmark = pytest.mark.django_db
log_in = test_pages.log_in


@pytest.fixture
def city() -> City:
    return make_city()


def submitted(city: City, *, began: Actor, added: Actor, sent: Actor) -> ResponsibilityDraft:
    """A draft of one row by three hands."""
    draft = create_draft(actor=began, at=AT, title="环卫权责调整", takes_effect=TODAY)
    add_change(actor=added, at=AT, draft_id=draft.id, terms=city.terms("水务局", "P0101", "东门社区"))
    return submit_draft(actor=sent, at=AT, draft_id=draft.id)


def test_nobody_publishes_a_draft_that_he_had_a_hand_in(city: City) -> None:
    began, added, sent = (person("edit", "publish") for _ in range(3))
    draft = submitted(city, began=began, added=added, sent=sent)
    for author in (began, added, sent):
        with pytest.raises(Conflict, match="须由他人发布") as found:
            publish_draft(actor=author, at=AT, draft_id=draft.id)
        assert found.value.code == "responsibility_draft.guard_refused"
    done = publish_draft(actor=person("publish"), at=AT, draft_id=draft.id)
    assert (done.state, done.changes_made) == ("published", 1)
    entry = JournalEntry.objects.filter(stream=draft.id).order_by("-seq")[0]
    assert json.loads(entry.body)["second_person"] is True


def test_a_city_may_let_one_person_do_both_and_says_why(city: City) -> None:
    alone = person("edit", "publish")
    draft = submitted(city, began=alone, added=alone, sent=alone)
    with pytest.raises(Refused):
        save_publishing_rule(actor=person("edit"), at=AT, second_person=False, basis="人手不足")
    with pytest.raises(Invalid, match="请写明依据"):
        save_publishing_rule(actor=alone, at=AT, second_person=False, basis=" ")
    rule = save_publishing_rule(actor=alone, at=AT, second_person=False, basis="镇街只设一岗，区里备案")
    assert JournalEntry.objects.get(stream=rule.id).kind == "catalog.publishing_rule_saved"
    assert publish_draft(actor=alone, at=AT, draft_id=draft.id).state == "published"
    assert save_publishing_rule(actor=alone, at=AT, second_person=True).id == rule.id
    assert PublishingRule.objects.get().second_person


@pytest.mark.parametrize(
    ("needs", "mine", "passes"), [(True, True, False), (True, False, True), (False, True, True)]
)
def test_only_the_rule_and_a_hand_in_it_speak_against_publishing(
    needs: bool, mine: bool, passes: bool
) -> None:
    me = uuid7()
    facts = DraftFacts(me, frozenset({me if mine else uuid7()}), needs)
    assert (publishes_as_second_person(facts) is None) == passes


def test_the_page_says_whose_turn_it_is_and_who_has_to_be_given_the_act(
    city: City, log_in: Callable[..., Client]
) -> None:
    alone = log_in("catalog.edit", "catalog.publish")
    alone.post("/catalog/drafts/add/", {"title": "环卫权责调整", "takes_effect": "2099-01-01"})
    draft = ResponsibilityDraft.objects.get()
    page = f"/catalog/drafts/{draft.id}/"
    shown = text(alone.get(page))
    assert "须由他人发布" in shown
    assert "现在没有人可以发布这份草案" in shown
    add_change(
        actor=person("edit"), at=AT, draft_id=draft.id, terms=city.terms("水务局", "P0101", "东门社区")
    )
    submit_draft(actor=person("edit"), at=AT, draft_id=draft.id)
    assert f"{page}publish/" not in text(alone.get(page))
    other = log_in("catalog.publish")
    assert f"{page}publish/" in text(other.get(page))
    assert "现在没有人可以发布" not in text(alone.get(page))


def test_the_rule_is_set_on_its_page(city: City, log_in: Callable[..., Client]) -> None:
    address = "/catalog/drafts/rule/"
    assert log_in("catalog.edit").get(address).status_code == 403
    client = log_in("catalog.publish")
    assert "须由第二人发布" in text(client.get(address))
    assert client.post(address, {"basis": ""}).status_code == 422
    assert client.post(address, {"basis": "只设一岗"}).status_code == 302
    assert not PublishingRule.objects.get().second_person
    assert "允许编制人员发布自己的草案" in text(client.get("/catalog/drafts/"))
