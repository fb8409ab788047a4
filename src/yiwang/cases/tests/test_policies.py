"""Rules of the loop as data: policies by day and class, the scale, the phrases."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from yiwang.cases.models import LoopPolicy, Phrase, RatingOption
from yiwang.cases.policy import local_day, policy_for, rating_options
from yiwang.cases.public import (
    PolicyTerms,
    add_phrase,
    add_rating_option,
    edit_phrase,
    end_policy,
    end_rating_option,
    facts_of,
    order_rating_options,
    retire_phrase,
    set_policy,
)
from yiwang.cases.tests.factories import AT, SYSTEM, City, dispatched, make_city
from yiwang.kernel.actor import EVERYWHERE, Actor, Scope
from yiwang.kernel.errors import Conflict, Invalid, Refused, StaleVersion
from yiwang.kernel.ids import uuid7
from yiwang.ledger.public import JournalEntry

ADMIN = Actor(account_id=uuid7(), grants={"cases.configure": EVERYWHERE, "cases.edit_phrases": EVERYWHERE})
TODAY = local_day(AT)
TOMORROW = TODAY + timedelta(days=1)
TERMS = PolicyTerms(
    class_kind="event", valid_from=TOMORROW, evidence=("after",), sample_percent=50, reopen_days=7,
    archive_days=60, review="always",
)  # fmt: skip


@pytest.fixture
def city(db: None) -> City:
    return make_city()


def put(terms: PolicyTerms, **more: object) -> LoopPolicy:
    return set_policy(actor=ADMIN, at=AT, terms=terms, **more)  # type: ignore[arg-type]


def test_a_policy_holds_from_its_day_on_and_leaves_the_past_as_it_was(city: City) -> None:
    before = policy_for("event", AT)
    row = put(TERMS)
    assert policy_for("event", AT) == before
    then = policy_for("event", AT + timedelta(days=1))
    assert (then.evidence, then.sample_percent, then.reopen_days, then.archive_days, then.review) == (
        frozenset({"after"}), 50, 7, 60, True,
    )  # fmt: skip
    assert policy_for("request", AT + timedelta(days=1)).sample_percent == 10
    assert JournalEntry.objects.get(stream=row.id).kind == "cases.policy_set"


def test_a_policy_of_one_class_goes_before_its_kind_until_it_ends(city: City) -> None:
    event = city.classes["event"].id
    row = put(replace(TERMS, matter_class=event, valid_from=TODAY, review="never"))
    put(replace(TERMS, sample_percent=20))
    day = AT + timedelta(days=2)
    assert policy_for("event", day, event).sample_percent == 50
    assert policy_for("event", day).sample_percent == 20
    end_policy(actor=ADMIN, at=AT, policy_id=row.id, valid_to=TOMORROW, expected=row.version)
    assert policy_for("event", day, event).sample_percent == 20
    assert policy_for("event", AT, event).sample_percent == 50
    with pytest.raises(Conflict, match="已于"):
        end_policy(actor=ADMIN, at=AT, policy_id=row.id, valid_to=TOMORROW)


def test_the_policy_of_a_kind_never_ends(city: City) -> None:
    row = LoopPolicy.objects.get(class_kind="event")
    with pytest.raises(Conflict, match="不能停用"):
        end_policy(actor=ADMIN, at=AT, policy_id=row.id, valid_to=TOMORROW)


def test_a_newer_policy_of_a_class_ends_the_one_before_it(city: City) -> None:
    event = city.classes["event"].id
    first = put(replace(TERMS, matter_class=event, valid_from=TODAY))
    second = put(replace(TERMS, matter_class=event, valid_from=TOMORROW, sample_percent=5))
    first.refresh_from_db()
    assert (first.valid_to, second.valid_to) == (TOMORROW, None)
    end_policy(actor=ADMIN, at=AT, policy_id=second.id, valid_to=TOMORROW + timedelta(days=1))
    assert policy_for("event", AT + timedelta(days=3), event).sample_percent == 10


def test_setting_the_same_day_again_changes_the_row_and_tells_what_stood(city: City) -> None:
    first = put(TERMS)
    second = put(replace(TERMS, sample_percent=5), expected=first.version)
    assert second.id == first.id
    entries = JournalEntry.objects.filter(stream=first.id).order_by("seq")
    assert [e.kind for e in entries] == ["cases.policy_set", "cases.policy_changed"]
    assert '"sample_percent":50' in entries[1].body
    with pytest.raises(StaleVersion):
        put(TERMS, expected=first.version - 1)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"class_kind": "thing"}, "class_kind"),
        ({"matter_class": uuid7()}, "matter_class"),
        ({"evidence": ("scene",)}, "evidence"),
        ({"review": "maybe"}, "review"),
        ({"sample_percent": 101}, "sample_percent"),
        ({"sample_percent": -1}, "sample_percent"),
        ({"reopen_days": -1}, "reopen_days"),
        ({"archive_days": 6}, "archive_days"),
        ({"archive_days": 3651}, "archive_days"),
        ({"valid_from": TODAY - timedelta(days=1)}, "valid_from"),
    ],
)
def test_a_wrong_policy_names_its_field(city: City, change: dict[str, object], field: str) -> None:
    with pytest.raises(Invalid) as problem:
        put(replace(TERMS, **change))  # type: ignore[arg-type]
    assert [p.field for p in problem.value.problems] == [field]


def test_review_follows_the_class_unless_the_policy_says_otherwise(city: City) -> None:
    case = dispatched(city, matter="event")
    assert not facts_of(case, actor=SYSTEM, at=AT).review_required
    put(replace(TERMS, valid_from=TODAY))
    assert facts_of(case, actor=SYSTEM, at=AT).review_required
    put(replace(TERMS, valid_from=TODAY, matter_class=case.matter_class, review="never"))
    assert not facts_of(case, actor=SYSTEM, at=AT).review_required


def test_only_who_configures_everywhere_sets_rules(city: City) -> None:
    local = Actor(
        account_id=uuid7(), grants={"cases.configure": Scope(communities=frozenset({city.area("east_1_a")}))}
    )
    with pytest.raises(Refused):
        set_policy(actor=local, at=AT, terms=TERMS)
    with pytest.raises(Refused):
        add_rating_option(
            actor=local, at=AT, question="outcome", code="partly", label="部分解决", is_positive=False
        )


def labels(at_day: date = TODAY) -> list[str]:
    at = AT + (at_day - TODAY)
    return [option.label for option in rating_options("satisfaction", at)]


def test_the_scale_grows_is_put_in_order_and_shrinks_by_day(city: City) -> None:
    added = add_rating_option(
        actor=ADMIN, at=AT, question="satisfaction", code="very", label="非常满意", is_positive=True,
        label_en="Very satisfied",
    )  # fmt: skip
    assert labels() == ["满意", "基本满意", "不满意", "非常满意"]
    order_rating_options(actor=ADMIN, at=AT, question="satisfaction", options=[added.id])
    assert labels() == ["非常满意", "满意", "基本满意", "不满意"]
    fairly = RatingOption.objects.get(code="fairly_satisfied")
    end_rating_option(actor=ADMIN, at=AT, option_id=fairly.id, valid_to=TOMORROW)
    assert "基本满意" in labels()
    assert labels(TOMORROW) == ["非常满意", "满意", "不满意"]


def test_a_code_is_not_given_twice_and_a_question_keeps_two_answers(city: City) -> None:
    with pytest.raises(Conflict, match="已在用"):
        add_rating_option(
            actor=ADMIN, at=AT, question="outcome", code="solved", label="办好了", is_positive=True
        )
    with pytest.raises(Invalid):
        add_rating_option(
            actor=ADMIN, at=AT, question="outcome", code="办好", label="办好了", is_positive=True
        )
    solved = RatingOption.objects.get(code="solved")
    with pytest.raises(Conflict, match="至少保留两个"):
        end_rating_option(actor=ADMIN, at=AT, option_id=solved.id, valid_to=TOMORROW)


def test_a_phrase_is_edited_by_its_owner_its_unit_or_whoever_edits_for_all(city: City) -> None:
    viewer = {"cases.view": EVERYWHERE}
    clerk, other = Actor(account_id=uuid7(), grants=viewer), Actor(account_id=uuid7(), grants=viewer)
    lead = Actor(
        account_id=uuid7(),
        grants={"cases.edit_phrases": Scope(units=frozenset({city.unit("cleaning")})), **viewer},
    )
    own = add_phrase(actor=clerk, at=AT, purpose="answer", text="您好。", account=clerk.account_id)
    edit_phrase(actor=clerk, at=AT, phrase_id=own.id, text="您好，请讲。")
    with pytest.raises(Refused):
        edit_phrase(actor=other, at=AT, phrase_id=own.id, text="不是我的。")
    with pytest.raises(Refused):
        add_phrase(actor=clerk, at=AT, purpose="answer", text="全员。")
    shared = add_phrase(actor=lead, at=AT, purpose="result", text="已清运。", unit=city.unit("cleaning"))
    with pytest.raises(Refused):
        add_phrase(actor=lead, at=AT, purpose="result", text="已修剪。", unit=city.unit("gardens"))
    retire_phrase(actor=lead, at=AT, phrase_id=shared.id, expected=shared.version)
    with pytest.raises(Conflict, match="已停用"):
        edit_phrase(actor=lead, at=AT, phrase_id=shared.id, text="改。")
    assert Phrase.objects.get(pk=own.pk).text == "您好，请讲。"
    kinds = [e.kind for e in JournalEntry.objects.filter(stream=shared.id).order_by("seq")]
    assert kinds == ["cases.phrase_added", "cases.phrase_retired"]
    assert not any("清运" in e.body for e in JournalEntry.objects.filter(stream=shared.id))
