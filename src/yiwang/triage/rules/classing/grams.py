"""Runs of characters 文字片段 in bulk: every 1 to 4 characters and every word, as one 64-bit whole number.

A character of the basic plane takes 16 bits and 0 stands for none, so runs of different lengths never
share a number and a number can be read back: `gram_text(gram_key("路灯")) == "路灯"`. Words, cut by a
dictionary (rjieba), carry a mark in the highest bits that no character has, and a hash of 48 bits below it.
Runs of up to 3 characters near the beginning, where a reporter says what it is about, stand a second time
under a mark of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import rjieba

#: Longest run; four characters of 16 bits fill the number.
LONGEST = 4
#: Stands between the parts of a text; no run crosses it.
BREAK = "\n"
#: The numbers from which keys are those of runs near the beginning, and of words.
LEAD_FROM, WORDS_FROM = np.uint64(0xFFFE << 48), np.uint64(0xFFFF << 48)
#: Characters of the beginning, title included.
LEAD = 80
_LEAD_LONGEST = 3
_BITS = 16
_UNKNOWN = 0xFFFD
_OUTSIDE = (0, ord(BREAK))
_WORD_BITS = np.uint64((1 << 48) - 1)
_FACTOR = np.uint64(0x9E3779B97F4B)
#: Characters of a word that are read.
_WORD_LENGTH = 8

Keys = npt.NDArray[np.uint64]
Rows = npt.NDArray[np.int32]
Places = npt.NDArray[np.int64]


class Letters(NamedTuple):
    """Texts end to end 连排文字.

    Attributes:
        codes: a number a character, `LONGEST` zeros after each text.
        rows: the text that a character belongs to.
    """

    codes: Keys
    rows: Rows


class Runs(NamedTuple):
    """Runs of texts laid end to end 片段.

    Attributes:
        rows: the text of each; keys: its number.
        starts: where it begins among the characters laid end to end; lengths: its characters.
    """

    rows: Rows
    keys: Keys
    starts: Places
    lengths: Places


def letters_of(texts: Sequence[str]) -> Letters:
    """Lay texts end to end; characters beyond the basic plane become one unknown character."""
    gap = "\0" * LONGEST
    joined = gap.join(texts) + gap if texts else ""
    codes = np.frombuffer(joined.encode("utf-32-le", "replace"), np.uint32)
    lengths = np.fromiter((len(text) + LONGEST for text in texts), np.int64, len(texts))
    rows = np.repeat(np.arange(len(texts), dtype=np.int32), lengths)
    return Letters(np.where(codes >= 0xFFFE, _UNKNOWN, codes).astype(np.uint64), rows)


def runs_of(texts: Sequence[str]) -> Runs:
    """Every run of 1 to 4 characters, those of the beginnings again, and every word; none crosses a break."""
    letters = letters_of(texts)
    grams = _gram_runs(letters)
    leads = _lead_runs(texts, grams[:_LEAD_LONGEST])
    parts = [*grams, *leads, _word_runs(texts, letters)]
    return Runs(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _gram_runs(letters: Letters) -> list[Runs]:
    codes = letters.codes
    inside = ~np.isin(codes, np.array(_OUTSIDE, np.uint64))
    keys, held = codes, inside
    found = []
    for length in range(1, LONGEST + 1):
        if length > 1:
            keys = (keys[:-1] << np.uint64(_BITS)) | codes[length - 1 :]
            held = held[:-1] & inside[length - 1 :]
        starts = np.flatnonzero(held)
        found.append(Runs(letters.rows[starts], keys[starts], starts, np.full(len(starts), length)))
    return found


def _lead_runs(texts: Sequence[str], grams: Sequence[Runs]) -> list[Runs]:
    sizes = np.fromiter((len(text) + LONGEST for text in texts), np.int64, len(texts))
    ends = np.cumsum(sizes) - sizes + LEAD
    found = []
    for runs in grams:
        near = np.flatnonzero(runs.starts + runs.lengths <= ends[runs.rows])
        keys = runs.keys[near] | LEAD_FROM
        found.append(Runs(runs.rows[near], keys, runs.starts[near], runs.lengths[near]))
    return found


def _word_runs(texts: Sequence[str], letters: Letters) -> Runs:
    lengths: list[int] = []
    for text in texts:
        lengths.extend(map(len, rjieba.cut(text)))
        lengths.append(LONGEST)
    spans = np.array(lengths, np.int64)
    starts = np.cumsum(spans) - spans
    held = ~np.isin(letters.codes[starts], np.array(_OUTSIDE, np.uint64)) if len(starts) else spans > 0
    starts, spans = starts[held], spans[held]
    keys = np.zeros(len(starts), np.uint64)
    for step in range(_WORD_LENGTH):
        longer = spans > step
        codes = letters.codes[starts[longer] + step]
        keys[longer] = ((keys[longer] ^ codes) * _FACTOR) & _WORD_BITS
    return Runs(letters.rows[starts], keys | WORDS_FROM, starts, spans)


def gram_key(text: str) -> int:
    """The number of a run of at most four characters."""
    key = 0
    for letter in text[:LONGEST]:
        code = ord(letter)
        key = key << _BITS | (code if code < 0xFFFE else _UNKNOWN)
    return key


def gram_text(key: int) -> str:
    """The characters of a run."""
    found = ""
    while key:
        found = chr(key & 0xFFFF) + found
        key >>= _BITS
    return found
