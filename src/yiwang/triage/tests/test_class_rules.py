"""Rules of the class stage: runs, calibration, training, phrases, cold start, held-back cases."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiwang.triage.rules.classing import second
from yiwang.triage.rules.classing.calibration import NEVER, calibrate, rising_curve, threshold_for
from yiwang.triage.rules.classing.cold import MOST_CONFIDENT, ClassWords, ColdStart
from yiwang.triage.rules.classing.evaluating import evaluate
from yiwang.triage.rules.classing.explaining import SENSE, scores_and_reasons
from yiwang.triage.rules.classing.grams import gram_key, gram_text, runs_of
from yiwang.triage.rules.classing.holding import refusal_of, split_held
from yiwang.triage.rules.classing.linear import fit_separators
from yiwang.triage.rules.classing.metrics import confusion, macro_f1
from yiwang.triage.rules.classing.model import ModelUnreadable, model_from_bytes
from yiwang.triage.rules.classing.reading import FileWrong, read_labelled
from yiwang.triage.rules.classing.second import SecondLook, learn_second_look
from yiwang.triage.rules.classing.texts import Message, normalised, readable
from yiwang.triage.rules.classing.training import TooLittle, fold_of, train_model

PLACES = ("幸福里", "长江路", "东门", "七号院", "光明小区", "河西", "二环", "新村")
TALES = {
    "路灯": ("路灯不亮晚上看不清", "路灯坏了三天没人修", "灯杆歪了路灯一直闪"),
    "噪声": ("夜里施工噪声扰民睡不着", "广场舞音响太吵", "工地半夜打桩声音很大"),
    "工资": ("老板拖欠农民工工资不发", "干了三个月工资没有结清", "公司拖欠工资欠薪半年"),
}


def corpus() -> tuple[list[Message], list[str]]:
    """Seventy-two short reports of three classes."""
    pairs = [
        (Message(f"{place}附近{tale}，请尽快处理。"), label)
        for label, tales in TALES.items()
        for place, tale in itertools.product(PLACES, tales)
    ]
    return [message for message, _ in pairs], [label for _, label in pairs]


@given(st.text(st.characters(min_codepoint=1, max_codepoint=0xFFFD, exclude_categories=("Cs",)), max_size=4))
def test_a_run_is_read_back_from_its_number(text: str) -> None:
    assert gram_text(gram_key(text)) == text


@given(st.lists(st.text("路灯不亮了\n修", max_size=8), max_size=5))
def test_runs_in_bulk_are_those_found_one_by_one(texts: list[str]) -> None:
    runs = runs_of(texts)
    found = sorted(
        (int(row), gram_text(int(key)))
        for row, key, length in zip(runs.rows, runs.keys, runs.lengths, strict=True)
        if int(key) < 0xFFFE << 48 and length
    )
    expected = sorted(
        (row, text[at : at + length])
        for row, text in enumerate(texts)
        for length in range(1, 5)
        for at in range(len(text) - length + 1)
        if "\n" not in text[at : at + length]
    )
    assert found == expected


def test_equal_words_have_one_number_wherever_they_stand() -> None:
    runs = runs_of(["噪声\n扰民", "扰民\n噪声"])
    words = [int(key) for key in runs.keys if int(key) >= 0xFFFF << 48]
    assert len(words) == 4
    assert words[0] == words[3] != words[1] == words[2]


def test_full_width_and_white_space_make_no_difference() -> None:
    assert normalised("Ａ区　３号楼\n 停电！") == "a区3号楼停电!"
    assert readable([Message("路灯 不亮", "Ｌ路")]) == ["l路\n路灯不亮"]


@given(
    st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=200),
)
def test_the_curve_of_confidence_never_falls(rows: list[tuple[float, bool]]) -> None:
    top, right = np.array([r[0] for r in rows]), np.array([r[1] for r in rows])
    levels, shares = rising_curve(top, right)
    assert (np.diff(levels) >= 0).all()
    assert (np.diff(shares) >= 0).all()
    assert 0 <= shares[0] <= shares[-1] < 1


def test_the_threshold_takes_as_many_as_the_precision_allows() -> None:
    confidence = np.linspace(1, 0, 1000)
    right = np.ones(1000, bool)
    right[800:] = False
    threshold, coverage, precision = threshold_for(confidence, right)
    assert precision >= 0.95
    assert (right[confidence >= threshold].mean(), coverage) == pytest.approx((precision, coverage))
    assert 0.80 < coverage <= 0.85
    assert threshold_for(confidence, np.zeros(1000, bool)) == (NEVER, 0.0, 0.0)


def test_confidence_is_about_the_share_of_right_answers() -> None:
    dice = np.random.default_rng(3)
    truth = dice.integers(0, 3, 40_000)
    scores = dice.normal(size=(40_000, 3)) + 1.5 * np.eye(3)[truth]
    calibration = calibrate(scores[:20_000], truth[:20_000])
    shares = calibration.confidence(scores[20_000:])
    right = shares.argmax(1) == truth[20_000:]
    assert shares.sum(1) == pytest.approx(np.ones(20_000))
    for low, high in ((0.5, 0.7), (0.7, 0.9), (0.9, 1.0)):
        inside = (shares.max(1) >= low) & (shares.max(1) < high)
        assert abs(right[inside].mean() - shares.max(1)[inside].mean()) < 0.03


def test_a_trained_model_classes_reports_it_has_not_seen_and_names_the_phrases() -> None:
    messages, labels = corpus()
    model = train_model(messages, labels).model
    texts = readable([Message("和平路的路灯坏了两天"), Message("包工头拖欠农民工工资")])
    scores, (first, second) = scores_and_reasons(model, texts, lambda some: some.argmax(1))
    assert [model.labels[n] for n in scores.argmax(1)] == ["路灯", "工资"]
    assert scores == pytest.approx(model.scores(texts))
    assert "路灯" in first[0].words
    assert "工资" in second[0].words
    for text, reasons in zip(texts, (first, second), strict=True):
        assert all(reason.words[5:-1] in text and reason.weight > 0 for reason in reasons)


def test_a_model_is_the_same_after_storing_and_training_repeats() -> None:
    messages, labels = corpus()
    one, other = train_model(messages, labels).model, train_model(messages, labels).model
    assert one.to_bytes() == other.to_bytes()
    stored = model_from_bytes(one.to_bytes())
    assert stored.labels == one.labels
    assert stored.confidences(messages).argmax(1).tolist() == one.confidences(messages).argmax(1).tolist()
    with pytest.raises(ModelUnreadable):
        model_from_bytes(one.to_bytes()[:-200])


def unsure_scores(cases: int) -> tuple[list[str], np.ndarray, np.ndarray, np.ndarray]:
    """Texts of two classes whose first scores are chance for one in ten and right for the others."""
    dice = np.random.default_rng(5)
    truth = dice.integers(0, 2, cases)
    texts = [f"{'路灯' if one else '噪声'}第{number}号" for number, one in enumerate(truth)]
    scores = np.where(np.eye(2)[truth] > 0, 1.0, -1.0).astype(np.float32)
    near = np.arange(cases) % 10 == 0
    scores[near] = dice.normal(0, 0.01, (int(near.sum()), 2))
    return texts, truth, np.array([fold_of(text) for text in texts]), scores


def sense_of_lamps(texts: list[str]) -> np.ndarray:
    vectors = np.zeros((len(texts), second.DIMENSIONS), np.float32)
    for row, text in enumerate(texts):
        vectors[row, int("路灯" in text)] = 1
    return vectors


def test_a_second_look_settles_only_the_reports_in_doubt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(second, "sentence_vectors", sense_of_lamps)
    texts, truth, folds, scores = unsure_scores(1000)
    look, refined = learn_second_look(texts, truth, folds, scores)
    assert look is not None
    changed = (refined != scores).any(1)
    assert changed.mean() == pytest.approx(second.SHARE, abs=0.01)
    assert (refined[changed].argmax(1) == truth[changed]).all()
    fresh = np.array([[0.001, 0.0], [0.001, 0.0], [-1.0, 1.0], [0.0, 0.0]], np.float32)
    asked = ["路灯", "噪声", "噪声", ""]
    assert look.refine(asked, fresh).tolist() == [0, 1]
    assert fresh.argmax(1).tolist()[:3] == [1, 0, 1]


def test_no_second_look_where_the_sense_adds_nothing_or_cases_are_few(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    texts, truth, folds, scores = unsure_scores(1000)
    few, kept = learn_second_look(texts[:100], truth[:100], folds[:100], scores[:100])
    assert few is None
    assert (kept == scores[:100]).all()
    monkeypatch.setattr(second, "sentence_vectors", sense_of_lamps)
    sure = np.where(np.eye(2)[truth] > 0, 1.0, -1.0).astype(np.float32)
    assert learn_second_look(texts, truth, folds, sure)[0] is None


def test_a_second_look_is_stored_and_named_among_the_reasons() -> None:
    messages, labels = corpus()
    plain = train_model(messages, labels).model
    assert plain.second is None
    assert model_from_bytes(plain.to_bytes()).second is None
    from dataclasses import replace

    lamps = plain.labels.index("路灯")
    weights = np.zeros((second.DIMENSIONS + 4, 3), np.float32)
    weights[-1, lamps] = 1
    texts = readable([Message("拖欠农民工工资"), Message("")])
    stored = model_from_bytes(replace(plain, second=SecondLook(100.0, weights)).to_bytes())
    scores, reasons = scores_and_reasons(stored, texts, lambda some: some.argmax(1))
    assert scores == pytest.approx(stored.scores(texts))
    assert scores[0].tolist() == weights[-1].tolist()
    assert reasons[0][0].code == SENSE
    assert "整体意思" in reasons[0][0].words
    assert reasons[1] == ()


def test_a_single_class_is_never_sure_and_too_little_is_refused() -> None:
    messages, _ = corpus()
    model = train_model(messages, ["同一类"] * len(messages)).model
    assert (model.confidences(messages).max(1) < model.calibration.threshold).all()
    with pytest.raises(TooLittle):
        train_model(messages[:2], ["甲", "乙"])
    with pytest.raises(TooLittle):
        train_model([], [])


def test_labels_that_only_the_test_knows_count_as_errors() -> None:
    messages, labels = corpus()
    found = evaluate(messages, labels, messages[:10], ["没见过"] * 10)
    assert (found.accuracy, found.macro_f1, found.precision_reached) == (0.0, 0.0, 0.0)
    assert evaluate(messages, labels, [], []).cases == 0


def test_separators_find_the_classes_too() -> None:
    features = np.array([[1, 0], [0.9, 0.1], [0, 1], [0.1, 0.9]] * 4, np.float32)
    from scipy.sparse import csr_matrix

    truth = np.array([0, 0, 1, 1] * 4)
    weights, offsets = fit_separators(csr_matrix(features), truth, 3)
    assert (features @ weights + offsets).argmax(1).tolist() == truth.tolist()


def test_macro_f1_and_confusion_by_hand() -> None:
    truth, found = ["a", "a", "b", "b"], ["a", "b", "b", "c"]
    assert macro_f1(truth, found) == pytest.approx((2 / 3 + 1 / 2) / 2)
    assert confusion(truth, found) == [("a", "b", 1), ("b", "c", 1)]


def test_a_file_is_read_with_mark_empty_rows_and_extra_columns() -> None:
    rows = ("hash,Topic,text,label", "1,路灯,路灯不亮,甲", ",,,", "2,,没有类别,", '3,,"两\n行",乙')
    read = read_labelled(("\ufeff" + "\n".join(rows)).encode())
    assert read.messages == (Message("路灯不亮", "路灯"), Message("两\n行"))
    assert (read.labels, read.skipped) == (("甲", "乙"), 2)
    assert read_labelled("text,label\n噪声,丙\n".encode("gbk")).labels == ("丙",)
    with pytest.raises(FileWrong, match="缺少列 label"):
        read_labelled("text,类\n一,二\n".encode())
    with pytest.raises(FileWrong, match="缺少列 text"):
        read_labelled(b"")


def test_held_back_cases_are_a_tenth_chosen_by_their_words() -> None:
    messages = [Message(f"第{n}号路灯不亮") for n in range(2000)]
    split = split_held(messages, ["甲"] * 2000)
    assert 150 < len(split.held) < 250
    again = split_held(messages[::-1], ["甲"] * 2000)
    assert set(again.held) == set(split.held)
    assert not set(split.held) & set(split.messages)
    assert fold_of("路灯") == fold_of("路灯")


def test_a_new_version_is_refused_unless_it_beats_the_old_one() -> None:
    messages, labels = corpus()
    good = evaluate(messages, labels, messages, labels)
    from dataclasses import replace

    worse = replace(good, macro_f1=good.macro_f1 - 0.1)
    assert refusal_of(good, worse) == ""
    assert "宏平均 F1" in refusal_of(good, good)
    assert "宏平均 F1" in refusal_of(worse, good)
    careless = replace(good, coverage_at_95=0.9, precision_reached=0.8)
    assert "自动采纳" in refusal_of(careless, worse)
    assert "无法比较" in refusal_of(replace(good, cases=5), None)
    assert "不足一半" in refusal_of(replace(good, accuracy=0.4), None)


def test_the_cold_start_goes_by_shared_words_and_is_never_sure() -> None:
    classes = [
        ClassWords("P1", "路灯", "公用设施 路灯 路灯不亮，夜间照明缺失"),
        ClassWords("E1", "施工扰民", "施工管理 施工扰民 夜间施工噪声影响居民"),
        ClassWords("E2", "暴露垃圾", "市容环境 暴露垃圾 垃圾堆放未清运"),
    ]
    asked: list[list[str]] = []

    def encode(texts: list[str]) -> np.ndarray:
        asked.append(list(texts))
        return np.eye(512, dtype=np.float32)[: len(texts)]

    cold = ColdStart(classes, encode)  # type: ignore[arg-type]
    lamp, rubbish = cold.answers(["东门的路灯不亮", "楼下垃圾没人清运"])
    assert (lamp.ranked[0][0], rubbish.ranked[0][0]) == ("P1", "E2")
    assert asked == []
    assert lamp.reasons[0].words == "文中写到“路灯不亮”，事项目录中也有"
    assert 0 < lamp.ranked[0][1] <= MOST_CONFIDENT
    (unclear,) = cold.answers(["zzz"])
    assert len(asked) == 2
    assert unclear.ranked[0][0] == "P1"
    assert [reason.code for reason in unclear.reasons] == ["class.sense"]
    assert cold.answers([""])[0].ranked == ()
