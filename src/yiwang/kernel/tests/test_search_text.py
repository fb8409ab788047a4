"""Search text: bigrams are exact, spaces part words, areas have tokens of their own."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from yiwang.kernel.ids import uuid7
from yiwang.kernel.search_text import area_token, bigrams, index_grams, many_index_grams, normalise


def test_full_width_letters_and_white_space_are_folded() -> None:
    assert normalise(" \uff21\uff22\u3000路灯\n坏了 ") == "ab 路灯 坏了"


def test_a_word_is_found_by_its_bigrams_and_another_word_is_not() -> None:
    grams = set(bigrams(normalise("中山路的路灯坏了")))
    assert set(bigrams("路灯")) <= grams
    assert not set(bigrams("井盖")) <= grams


def test_no_bigram_crosses_a_space() -> None:
    assert bigrams("路 灯") == []


@given(st.text(), st.text(min_size=2, max_size=6))
def test_every_part_of_a_text_is_found(rest: str, word: str) -> None:
    text = normalise(rest + word)
    assert set(bigrams(normalise(word))) <= set(bigrams(text)) or normalise(word) not in text


def test_area_tokens_are_added_once_each() -> None:
    key = uuid7()
    assert index_grams("路灯", [key, None])[-1] == area_token(key)
    assert -(2**31) <= area_token(key) < 2**31


@given(st.lists(st.tuples(st.text(), st.lists(st.none() | st.uuids(), max_size=3))))
def test_many_texts_are_indexed_as_one_by_one(given_texts: list[tuple[str, list[UUID | None]]]) -> None:
    texts, areas = [normalise(text) for text, _ in given_texts], [keys for _, keys in given_texts]
    found = [grams.tolist() for grams in many_index_grams(texts, areas)]
    assert found == [index_grams(text, keys) for text, keys in zip(texts, areas, strict=True)]
