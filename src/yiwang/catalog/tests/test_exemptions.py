"""Exemptions 应急豁免: asked for by one person, granted by another, never for an inspection; they end."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from yiwang.catalog.enums import AdmissionVerdict
from yiwang.catalog.models import Exemption
from yiwang.catalog.queries.admission import admission
from yiwang.catalog.rules.admission import ExemptionFacts
from yiwang.catalog.services.exemptions import (
    ExemptionTerms,
    ask_exemption,
    end_exemption,
    grant_exemption,
    mark_inspection,
    refuse_exemption,
    save_admission_rule,
    take_exemption_back,
)
from yiwang.catalog.states import EXEMPTION
from yiwang.kernel.actor import Actor, Scope, system_actor
from yiwang.kernel.errors import Conflict, Invalid, Refused
from yiwang.kernel.ids import uuid7
from yiwang.kernel.states import transition
from yiwang.ledger.models import JournalEntry

from . import test_admission
from .factories import AT, EDITOR, City
from .test_admission import admitted, person, verdict

db = pytest.mark.django_db
city = test_admission.city


def exempting(city: City, **more: Any) -> ExemptionTerms:
    given = {
        "title": "防汛抢险",
        "reason": "红色预警，须逐户巡查",
        "levels": ["grid"],
        "class_ids": [city.class_id("P0101")],
        "area_ids": [city.areas["泰山街道"]],
        "ends_at": AT + timedelta(hours=48),
    }
    return ExemptionTerms(**{**given, **more})  # type: ignore[arg-type]


def exempted(city: City, **more: Any) -> Exemption:
    """An exemption that one person asked for and another granted."""
    row = ask_exemption(actor=person("ask_exemption"), at=AT, terms=exempting(city, **more))
    return grant_exemption(actor=person("exempt"), at=AT, exemption_id=row.id)


@db
def test_an_exemption_opens_the_list_and_ends_by_itself(city: City) -> None:
    admitted(city, class_ids=[city.class_id("E0201")])
    assert verdict(city) == AdmissionVerdict.UNLISTED
    exempted(city)
    assert verdict(city) == AdmissionVerdict.EXEMPT
    assert verdict(city, area="新华社区") == AdmissionVerdict.UNLISTED
    assert verdict(city, "E0302") == AdmissionVerdict.UNLISTED
    assert verdict(city, at=AT + timedelta(hours=48) - timedelta(seconds=1)) == AdmissionVerdict.EXEMPT
    assert verdict(city, at=AT + timedelta(hours=48)) == AdmissionVerdict.UNLISTED


@db
def test_an_exemption_is_asked_for_and_granted_by_two_people(city: City) -> None:
    admitted(city, class_ids=[city.class_id("E0201")])
    unit, post = uuid7(), uuid7()
    scope = Scope(everywhere=True)
    grants = {"catalog.ask_exemption": scope, "catalog.exempt": scope}
    asker = Actor(account_id=uuid7(), unit_id=unit, post_id=post, grants=grants)
    row = ask_exemption(actor=asker, at=AT, terms=exempting(city))
    assert verdict(city) == AdmissionVerdict.UNLISTED
    with pytest.raises(Conflict, match="申请人不能决定自己申请的应急豁免"):
        grant_exemption(actor=asker, at=AT, exemption_id=row.id)
    with pytest.raises(Conflict, match="申请人不能决定"):
        refuse_exemption(actor=asker, at=AT, exemption_id=row.id, reason="不急")
    chief, soon = person("exempt"), AT + timedelta(minutes=5)
    row = grant_exemption(actor=chief, at=soon, exemption_id=row.id)
    row.refresh_from_db()
    assert (row.asked_by, row.asked_unit, row.asked_post) == (asker.account_id, unit, post)
    assert (row.granted_by, row.starts_at, row.state) == (chief.account_id, soon, "granted")
    assert verdict(city, at=soon) == AdmissionVerdict.EXEMPT
    asked, granted = JournalEntry.objects.filter(stream=row.id).order_by("seq")
    assert (asked.kind, granted.kind) == ("catalog.exemption_asked", "catalog.exemption_granted")
    assert (asked.actor, granted.actor) == (asker.account_id, chief.account_id)
    assert json.loads(granted.body)["asked_unit"] == str(unit)


@db
def test_who_is_nobody_in_particular_neither_asks_nor_grants(city: City) -> None:
    with pytest.raises(Refused):
        ask_exemption(actor=system_actor("test", "catalog.ask_exemption"), at=AT, terms=exempting(city))
    with pytest.raises(Refused):
        ask_exemption(actor=person("exempt"), at=AT, terms=exempting(city))
    row = ask_exemption(actor=person("ask_exemption"), at=AT, terms=exempting(city))
    with pytest.raises(Conflict, match="具名"):
        grant_exemption(actor=system_actor("test", "catalog.exempt"), at=AT, exemption_id=row.id)
    with pytest.raises(Refused):
        grant_exemption(actor=person("ask_exemption"), at=AT, exemption_id=row.id)


@db
def test_what_was_asked_for_is_refused_in_words_or_taken_back_by_who_asked(city: City) -> None:
    row = ask_exemption(actor=person("ask_exemption"), at=AT, terms=exempting(city))
    with pytest.raises(Invalid):
        refuse_exemption(actor=person("exempt"), at=AT, exemption_id=row.id, reason=" ")
    row = refuse_exemption(actor=person("exempt"), at=AT, exemption_id=row.id, reason="可改派专业队伍")
    assert (row.state, row.refusal, row.granted_at) == ("refused", "可改派专业队伍", None)
    asker = person("ask_exemption")
    other = ask_exemption(actor=asker, at=AT, terms=exempting(city))
    with pytest.raises(Conflict, match="申请人本人"):
        take_exemption_back(actor=person("ask_exemption"), at=AT, exemption_id=other.id)
    assert take_exemption_back(actor=asker, at=AT, exemption_id=other.id).state == "taken_back"
    assert verdict(city) == AdmissionVerdict.UNCHECKED


@db
def test_what_was_asked_for_too_long_ago_is_granted_no_more(city: City) -> None:
    row = ask_exemption(actor=person("ask_exemption"), at=AT, terms=exempting(city))
    with pytest.raises(Conflict, match="截止时间须晚于现在"):
        grant_exemption(actor=person("exempt"), at=AT + timedelta(hours=48), exemption_id=row.id)
    assert Exemption.objects.get().state == "asked"


@db
def test_every_act_of_an_exemption_is_in_the_table_or_refused() -> None:
    allowed = {(s, row.action) for row in EXEMPTION.transitions for s in row.sources}
    me = uuid7()
    for state in EXEMPTION.states:
        for action in EXEMPTION.actions():
            facts = ExemptionFacts(me, asked_by=me if action == "take_back" else uuid7())
            if (state, action) in allowed:
                assert transition(EXEMPTION, state, action, facts).action == action
            else:
                with pytest.raises(Conflict):
                    transition(EXEMPTION, state, action, facts)


@db
def test_an_exemption_lasts_no_longer_than_the_rule_when_asked_and_when_granted(city: City) -> None:
    row = ask_exemption(actor=person("ask_exemption"), at=AT, terms=exempting(city))
    save_admission_rule(
        actor=EDITOR, at=AT, level="grid", area_id=city.areas["泰山街道"], mode="on", exemption_hours=24
    )
    with pytest.raises(Invalid, match="最长 24 小时"):
        exempted(city)
    with pytest.raises(Conflict, match="最长 24 小时"):
        grant_exemption(actor=person("exempt"), at=AT, exemption_id=row.id)
    mark_inspection(actor=EDITOR, at=AT, class_id=city.class_id("P0101"), on=True)
    with pytest.raises(Invalid, match="行政检查不得豁免"):
        exempted(city, ends_at=AT + timedelta(hours=2))


@db
def test_an_exemption_is_ended_early_once(city: City) -> None:
    admitted(city, class_ids=[city.class_id("E0201")])
    row = exempted(city)
    soon = AT + timedelta(hours=1)
    end_exemption(actor=person("exempt"), at=soon, exemption_id=row.id)
    assert verdict(city, at=AT) == AdmissionVerdict.EXEMPT
    assert verdict(city, at=soon) == AdmissionVerdict.UNLISTED
    with pytest.raises(Conflict):
        end_exemption(actor=person("exempt"), at=soon, exemption_id=row.id)
    assert Exemption.objects.get().ended_at == soon


@db
def test_no_inspection_is_ever_handed_to_a_grid(city: City) -> None:
    row = admitted(city)
    exempted(city)
    mark_inspection(actor=EDITOR, at=AT, class_id=city.class_id("P01"), on=True)
    found = admission("grid", city.class_id("P0101"), city.areas["东门社区"], at=AT)
    assert found.verdict == AdmissionVerdict.FORBIDDEN
    assert "国办发〔2024〕54号" in found.words
    assert not found.allows
    save_admission_rule(actor=EDITOR, at=AT, level="grid", area_id=None, mode="off", exemption_hours=1)
    assert verdict(city) == AdmissionVerdict.FORBIDDEN
    assert row.state == "admitted"
