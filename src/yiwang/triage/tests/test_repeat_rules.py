"""The pure part of look-up: reading, cells, comparing, scoring, and the generator's honesty."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiwang.triage.rules.proposals import RepeatOutcome
from yiwang.triage.rules.repeats.cells import REACH, cell_of, cells_around
from yiwang.triage.rules.repeats.features import NAMES, compare, value
from yiwang.triage.rules.repeats.generating import family_of, generate
from yiwang.triage.rules.repeats.learning import TRAIN_SEEDS, learn, training_pairs
from yiwang.triage.rules.repeats.matters import MOST_MATTERS, matter_names, matters_of, named
from yiwang.triage.rules.repeats.measuring import Measuring
from yiwang.triage.rules.repeats.memory import MemoryIndex
from yiwang.triage.rules.repeats.reading import read_text
from yiwang.triage.rules.repeats.scoring import Thresholds, propose, shipped_weights
from yiwang.triage.rules.repeats.signatures import Signature, searched_tokens, signature_of, stored_tokens
from yiwang.triage.rules.repeats.wordings import Half, phrases, spoken_classes
from yiwang.triage.rules.said import Said

AT = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
LON, LAT = 118.78, 32.05


def said(text: str, **given: object) -> Said:
    return replace(Said(key=uuid4(), text=text, at=AT, lon=LON, lat=LAT), **given)


def signature(text: str, **given: object) -> Signature:
    return signature_of(said(text, **given), family_of=family_of)


def outcome(one: Signature, *others: Signature) -> RepeatOutcome:
    return propose(one, others, thresholds=Thresholds(), weights=shipped_weights()).outcome


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("您好，我家住在梅园小区三号楼2单元", {"梅园小区", "梅园小区#3栋"}),
        ("解放路与东山路交叉口", {"解放路", "东山路"}),
        ("幸福大道１２８号旁边", {"幸福大道", "幸福大道#128号"}),
        ("丰祥新村二十五幢", {"丰祥新村", "丰祥新村#25栋"}),
        ("解放路路灯不亮", {"解放路"}),
        ("小区门口的马路边", set()),
    ],
)
def test_places_are_read_from_words_whatever_stands_before_them(text: str, places: set[str]) -> None:
    assert read_text(text).places == places


def test_politeness_and_place_names_are_no_part_of_the_problem() -> None:
    assert read_text("您好，请尽快处理梅园小区3栋井盖松动，谢谢！").words == "井盖松动"


def test_each_matter_has_a_number_of_its_own_that_fits_one_integer() -> None:
    assert max(matter_names()) < MOST_MATTERS
    assert named(matters_of("路灯不亮")) == ["路灯照明"]
    assert matters_of("天气很好") == 0


@given(st.floats(-179, 179), st.floats(-70, 70), st.floats(0, 0.99), st.floats(0, 2 * np.pi))
def test_whatever_lies_within_reach_lies_in_one_of_the_cells_around(
    lon: float, lat: float, share: float, angle: float
) -> None:
    up = REACH * share * np.sin(angle) / 111_320
    right = REACH * share * np.cos(angle) / 111_320 / np.cos(np.radians(lat))
    assert cell_of(lon + right, lat + up) in cells_around(lon, lat)


def test_a_report_finds_what_is_kept_of_the_same_words_at_the_same_place() -> None:
    one = signature("梅园小区3栋路灯不亮")
    assert set(searched_tokens(one)) & set(stored_tokens(one))
    far = signature("锦和苑9栋垃圾没人清运", lon=LON + 0.1)
    assert not set(searched_tokens(one)) & set(stored_tokens(far))


def test_comparing_is_symmetric() -> None:
    every = [signature_of(m.said, family_of=family_of) for m in generate(5, 30, Half.TEST).messages[:40]]
    for one in every[:8]:
        there = compare(one, every)
        back = np.concatenate([compare(other, [one]) for other in every])
        assert np.allclose(there, back)
        assert np.abs(there).max() <= 1


def test_two_neighbours_with_other_words_for_one_problem_are_merged() -> None:
    one = signature("梅园小区3栋门口路灯不亮了，晚上黑漆漆的", reporter=b"abcdefgh")
    two = signature("我是附近居民，梅园小区三号楼的照明灯坏了", lon=LON + 0.0002, at=AT + timedelta(hours=3))
    assert outcome(one, two) == RepeatOutcome.MERGE


@pytest.mark.parametrize(
    "other",
    [
        signature("梅园小区4栋门口路灯不亮了", lon=LON + 0.0004),
        signature("梅园小区3栋门口垃圾没人清运"),
        signature("锦和苑3栋门口路灯不亮了", lon=LON + 0.02),
        signature("锦和苑3栋门口路灯不亮了"),
    ],
    ids=["next building", "other problem", "far away", "other estate"],
)
def test_a_neighbour_of_place_or_problem_is_never_merged_without_a_person(other: Signature) -> None:
    assert outcome(signature("梅园小区3栋门口路灯不亮了，晚上黑漆漆的"), other) != RepeatOutcome.MERGE


def test_a_report_that_fits_two_buildings_is_left_to_a_person() -> None:
    one = signature("梅园小区路灯不亮了")
    third = signature("梅园小区3栋路灯不亮了")
    fourth = signature("梅园小区4栋路灯不亮了", lon=LON + 0.0002)
    assert outcome(one, third) == RepeatOutcome.MERGE
    assert outcome(one, third, fourth) == RepeatOutcome.SUGGEST


def test_one_report_of_a_case_that_contradicts_forbids_the_merge() -> None:
    case = uuid4()
    third = replace(signature("梅园小区3栋1单元电梯坏了"), case_id=case)
    vague = replace(signature("梅园小区3栋电梯坏了"), case_id=case)
    one = signature("梅园小区3栋2单元电梯坏了")
    assert outcome(one, vague) == RepeatOutcome.MERGE
    assert outcome(one, vague, third) != RepeatOutcome.MERGE


def test_each_candidate_says_why_in_words_and_weights() -> None:
    one = signature("梅园小区3栋路灯不亮", reporter=b"abcdefgh", pictures=(7,))
    two = signature("梅园小区3栋路灯坏了", reporter=b"abcdefgh", pictures=(5,), at=AT + timedelta(minutes=20))
    proposal = propose(one, [two], thresholds=Thresholds(), weights=shipped_weights())
    words = {reason.code: reason.words for reason in proposal.candidates[0].reasons}
    assert words["repeat.matter"] == "说的都是“路灯照明”"
    assert words["repeat.distance"] == "两处坐标相距 0 米"
    assert words["repeat.number"] == "楼栋或门牌号相同"
    assert words["repeat.reporter"] == "同一来件人"
    assert words["repeat.picture"] == "照片几乎相同"
    assert words["repeat.time"] == "来件相隔 20 分钟"
    assert all(reason.weight for reason in proposal.reasons if reason.code == "repeat.distance")


def test_pictures_that_differ_in_a_few_bits_are_one_scene() -> None:
    one = signature("路灯不亮", pictures=((1 << 63) - 1,))
    same, other = signature("路灯不亮", pictures=((1 << 63) - 8,)), signature("路灯不亮", pictures=(1 << 40,))
    rows = compare(one, [same, other])
    assert [value(row, "picture_same") for row in rows] == [1, 0]
    assert [value(row, "picture_other") for row in rows] == [0, 1]


def test_no_wording_or_phrase_is_both_learned_from_and_measured_on() -> None:
    for spoken in spoken_classes():
        assert not set(spoken.wordings.get(Half.TRAIN, ())) & set(spoken.wordings[Half.TEST])
    for part in ("open", "detail", "ask"):
        assert set(phrases(part, Half.TRAIN)) & set(phrases(part, Half.TEST)) <= {""}
    assert sum(spoken.is_held_out for spoken in spoken_classes()) >= 6


def test_a_seed_makes_the_same_stream_and_learns_the_same_weights() -> None:
    assert generate(3, 40, Half.TEST) == generate(3, 40, Half.TEST)
    assert learn(training_pairs((1000,), 60)) == learn(training_pairs((1000,), 60))


def test_the_shipped_weights_name_every_feature_and_no_measured_seed() -> None:
    assert len(shipped_weights().weights) == len(NAMES)
    assert shipped_weights().version
    assert min(TRAIN_SEEDS) >= 1000


def test_the_generators_figures_hold_on_seeds_nobody_learned_from() -> None:
    figures = [_measured(seed) for seed in (101, 102)]
    right, merged = sum(f.right_pairs for f in figures), sum(f.merged_pairs for f in figures)
    found, repeats = sum(f.found for f in figures), sum(f.repeats for f in figures)
    assert repeats > 700
    assert merged > 800
    assert right / merged >= 0.97
    assert found / repeats >= 0.90


def _measured(seed: int):
    stream, index = generate(seed, 260, Half.TEST), MemoryIndex()

    def ask(batch):
        every = [signature_of(one, family_of=family_of) for one in batch]
        return [
            propose(one, index.near(one), thresholds=Thresholds(), weights=shipped_weights()) for one in every
        ]

    def keep(rows):
        for one, case in rows:
            index.add(replace(signature_of(one, family_of=family_of), case_id=case))

    def close(cases: list[UUID]) -> None:
        for case in cases:
            index.close(case)

    return Measuring(stream, ask=ask, keep=keep, close=close, batch=1).run()
