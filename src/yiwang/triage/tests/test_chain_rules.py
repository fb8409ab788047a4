"""The chain as values: kept and read back, blanked by an erasure, and when the platform may act by itself."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest

from yiwang.triage.rules.automatic import AutomaticTerms, CaseFacts, refusals, rule_for
from yiwang.triage.rules.chain import Triaged, WordingView, as_body, best_first, from_body, without_words
from yiwang.triage.rules.proposals import (
    ClassOutcome,
    ClassProposal,
    OwnerOutcome,
    OwnerProposal,
    PlaceCandidate,
    PlaceOutcome,
    PlaceProposal,
    Reason,
    RepeatCandidate,
    RepeatOutcome,
    RepeatProposal,
)

CLASS, AREA, UNIT, ROW, CASE, CONDITION = (UUID(int=number) for number in range(1, 7))
SAID = Reason("class.phrase", "文中写到“路灯不亮”", 0.7)


def triaged() -> Triaged:
    """A full answer of all stages, sure and without a repeat."""
    return Triaged(
        classes=(ClassProposal("events", "E01", ClassOutcome.SURE, 0.97, (SAID,), (("E02", 0.02),), "v3"),),
        class_id=CLASS,
        place=PlaceProposal(
            PlaceOutcome.FOUND, 0.9, 118.8, 32.0, AREA, None, (("road", "桥北路"),),
            (PlaceCandidate("桥北路 12 号", 0.9, 118.8, 32.0, AREA),), (Reason("place.road", "桥北路"),),
        ),
        repeat=RepeatProposal(
            RepeatOutcome.NONE, 0.1, None, (RepeatCandidate(CASE, 0.3, (Reason("repeat.text", "路灯"),)),)
        ),
        owner=OwnerProposal(OwnerOutcome.FOUND, UNIT, (), ROW, (), CONDITION, "2 work_day", AREA, "",
            (Reason("owner.row", "按权责清单“全部分类 · 全市”"),)),
        wording=WordingView("ordinary", "help", (Reason("wording.help", "请求“修一下”"),)),
    )  # fmt: skip


TERMS = AutomaticTerms(UUID(int=9), CLASS, None, 0.95, dispatches=True)
FACTS = CaseFacts("received", is_delicate=False, is_urgent=False, demands_registering=True, areas=(AREA,))


def test_what_is_kept_as_json_is_read_back_whole() -> None:
    assert from_body(as_body(triaged())) == triaged()


def test_an_erasure_leaves_no_word_of_the_reporter() -> None:
    left = str(without_words(as_body(triaged())))
    assert [word for word in ("路灯", "桥北路", "修一下", "118.8") if word in left] == []
    assert "按权责清单" in left
    assert from_body(without_words(as_body(triaged()))).class_id == CLASS


def test_a_sure_scheme_stands_before_a_more_confident_unsure_one() -> None:
    unsure = ClassProposal("calls", "C1", ClassOutcome.UNSURE, 0.99)
    sure = ClassProposal("events", "E01", ClassOutcome.SURE, 0.96)
    assert best_first((unsure, sure)) == (sure, unsure)


def test_a_sure_case_under_a_rule_is_left_to_nobody() -> None:
    assert refusals(triaged(), TERMS, FACTS) == ()


@pytest.mark.parametrize(
    ("answer", "facts", "code"),
    [
        (triaged(), replace(FACTS, is_delicate=True), "delicate"),
        (triaged(), replace(FACTS, is_urgent=True), "urgent"),
        (triaged(), replace(FACTS, state="handling"), "state"),
        (replace(triaged(), place=replace(triaged().place, outcome=PlaceOutcome.AMBIGUOUS)), FACTS, "place"),
        (replace(triaged(), place=replace(triaged().place, area_id=None)), FACTS, "place"),
        (replace(triaged(), repeat=RepeatProposal(RepeatOutcome.SUGGEST, 0.7, CASE)), FACTS, "repeat"),
        (replace(triaged(), owner=OwnerProposal(OwnerOutcome.NONE)),
         replace(FACTS, demands_registering=False), "owner"),
        (replace(triaged(), owner=replace(triaged().owner, condition_id=None)), FACTS, "condition"),
    ],
)  # fmt: skip
def test_one_doubt_is_enough_to_leave_a_case_to_a_person(
    answer: Triaged, facts: CaseFacts, code: str
) -> None:
    assert refusals(answer, TERMS, facts) == (code,)


def test_a_confidence_below_the_threshold_of_the_rule_is_unsure() -> None:
    assert refusals(triaged(), replace(TERMS, threshold=0.98), FACTS) == ("unsure",)


def test_without_a_rule_nothing_is_done_by_itself() -> None:
    assert refusals(triaged(), None, FACTS) == ("no_rule",)


def test_a_rule_that_only_accepts_asks_for_no_owner() -> None:
    answer = replace(triaged(), owner=OwnerProposal(OwnerOutcome.NONE))
    assert refusals(answer, replace(TERMS, dispatches=False), FACTS) == ()


def test_the_nearest_class_wins_before_the_nearest_area() -> None:
    small, big, street, city = (UUID(int=number) for number in range(20, 24))
    of_big_here = AutomaticTerms(UUID(int=31), big, street, 0.9, dispatches=False)
    of_small_anywhere = AutomaticTerms(UUID(int=32), small, None, 0.9, dispatches=False)
    of_small_in_city = AutomaticTerms(UUID(int=33), small, city, 0.9, dispatches=False)
    rules = (of_big_here, of_small_anywhere, of_small_in_city)
    assert rule_for(rules, line=(small, big), areas=(street, city)) == of_small_in_city
    assert rule_for(rules, line=(big,), areas=(street, city)) == of_big_here
    assert rule_for(rules, line=(big,), areas=(city,)) is None
