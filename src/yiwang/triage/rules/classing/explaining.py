"""Explanations 研判依据: the phrases of a report that decided its class, as a person reads them.

A linear model's score is a sum over runs of characters. Each run's part in it is shared out to its
characters; words are cut by a dictionary (rjieba) where the sum is largest, and neighbours that speak for the
class are joined, so that the operator reads 拖欠农民工工资 and not 欠农民.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import rjieba
import scipy.sparse as sp

from ..proposals import Reason
from .features import BATCH, Floats, count_places, weigh
from .grams import LONGEST, Runs, runs_of
from .model import ClassModel
from .second import READ

#: Code of a reason that shows a phrase.
PHRASE = "class.phrase"
#: Code of the reason that a second look at the sense decided.
SENSE = "class.sense"
_MOST_PHRASES, _MOST_CLAUSES, _LONGEST_PHRASE = 3, 4, 12
_CLAUSE = re.compile(r"[^\n,.。!?;:、()<>\"'“”《》【】\[\]]+")
#: Words that may stand inside a phrase but neither begin nor end one.
_HOLLOW = frozenset("的了是在和与及或就都也很把被对为我你他她它们这那有不着过吗呢吧啊请您个之其到从")

Parts = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase that spoke for a class 依据短语; `weight` is its part in the score."""

    words: str
    weight: float


#: Picks the column to explain of each row of scores.
Choose = Callable[[Floats], npt.NDArray[np.int64]]


def scores_and_reasons(
    model: ClassModel, texts: Sequence[str], choose: Choose
) -> tuple[Floats, list[tuple[Reason, ...]]]:
    """Scores of readable texts, and reasons for the class that `choose` picks of each; texts are read once.

    Returns:
        Scores, shape (texts, classes), and for each text its phrases, the strongest first; before them, if
        a second look was taken, that the sense decided.
    """
    scores = np.tile(model.offsets, (len(texts), 1))
    reasons: list[tuple[Reason, ...]] = []
    for at in range(0, len(texts), BATCH):
        some = texts[at : at + BATCH]
        read = _Read.of(model, some)
        found = scores[at : at + BATCH]
        found += read.features @ model.weights
        looked = set(model.second.refine(some, found).tolist()) if model.second is not None else set()
        parts = _character_parts(model, some, read, choose(found))
        for row, (text, part) in enumerate(zip(some, parts, strict=True)):
            phrases = [_reason(one) for one in phrases_of(text, part)]
            reasons.append((_BY_SENSE, *phrases) if row in looked else tuple(phrases))
    return scores, reasons


_BY_SENSE = Reason(SENSE, f"仅凭用词难以分清，再按前 {READ} 字的整体意思判断", 1.0)


def _reason(phrase: Phrase) -> Reason:
    return Reason(PHRASE, f"文中写到“{phrase.words}”", round(phrase.weight, 4))


@dataclass(frozen=True, slots=True)
class _Read:
    """Texts as arrays: their runs, which columns those are, and the weighted features."""

    runs: Runs
    places: npt.NDArray[np.int64]
    counted: sp.csr_matrix
    features: sp.csr_matrix

    @classmethod
    def of(cls, model: ClassModel, texts: Sequence[str]) -> _Read:
        runs = runs_of(texts)
        places = model.vocabulary.places(runs.keys)
        counted = count_places(places, runs.rows, (len(texts), len(model.vocabulary.keys)))
        return cls(runs, places, counted, weigh(model.vocabulary, counted))


def _character_parts(
    model: ClassModel, texts: Sequence[str], read: _Read, columns: npt.NDArray[np.int64]
) -> list[Parts]:
    """How much each character of each text spoke for its class against the mean of the others."""
    runs, features = read.runs, read.features
    owner = np.repeat(np.arange(len(texts)), np.diff(features.indptr))
    lines = model.weights[features.indices]
    mine = lines[np.arange(len(owner)), columns[owner]]
    against = (lines.sum(1) - mine) / max(1, len(model.labels) - 1)
    each = features.data * (mine - against) / read.counted.data
    width = len(model.vocabulary.keys)
    known = owner.astype(np.int64) * width + features.indices
    order = np.argsort(known)
    held = read.places >= 0
    asked = runs.rows[held] * np.int64(width) + read.places[held]
    value = each[order][np.searchsorted(known[order], asked)]
    value = value / runs.lengths[held]
    ends = np.cumsum([len(text) + LONGEST for text in texts])
    starts, size = runs.starts[held], int(ends[-1]) + 1
    steps = np.bincount(starts, value, size) - np.bincount(starts + runs.lengths[held], value, size)
    spoken = np.cumsum(steps)
    return [spoken[end - len(text) - LONGEST : end - LONGEST] for text, end in zip(texts, ends, strict=True)]


def phrases_of(text: str, parts: Parts) -> list[Phrase]:
    """The strongest phrases of a text whose characters spoke with `parts`; none when nothing spoke for it."""
    total = np.concatenate([[0.0], np.cumsum(parts)])
    clauses = [
        (float(total[c.end()] - total[c.start()]), c.start(), c.group()) for c in _CLAUSE.finditer(text)
    ]
    clauses.sort(key=lambda one: (-one[0], one[1]))
    found: dict[str, float] = {}
    for _, start, clause in clauses[:_MOST_CLAUSES]:
        for phrase in _within(clause, total[start : start + len(clause) + 1]):
            found[phrase.words] = found.get(phrase.words, 0.0) + phrase.weight
    ranked = sorted(found.items(), key=lambda item: (-item[1], item[0]))
    kept: list[Phrase] = []
    for words, weight in ranked:
        if not any(words in one.words for one in kept):
            kept.append(Phrase(words, weight))
    return kept[:_MOST_PHRASES]


def _within(clause: str, total: Parts) -> list[Phrase]:
    """Neighbouring words of a clause that all speak for the class, joined."""
    phrases: list[Phrase] = []
    run: list[tuple[str, float]] = []
    at = 0
    for word in [*rjieba.cut(clause), ""]:
        weight = float(total[at + len(word)] - total[at]) if word else 0.0
        at += len(word)
        fits = sum(len(w) for w, _ in run) + len(word) <= _LONGEST_PHRASE
        if weight > 0 and fits:
            run.append((word, weight))
            continue
        phrases += _joined(run)
        run = [(word, weight)] if weight > 0 else []
    return phrases + _joined(run)


def _joined(run: list[tuple[str, float]]) -> list[Phrase]:
    while run and _is_hollow(run[0][0]):
        run = run[1:]
    while run and _is_hollow(run[-1][0]):
        run = run[:-1]
    words = "".join(word for word, _ in run)
    return [Phrase(words, sum(weight for _, weight in run))] if len(words) > 1 else []


def _is_hollow(word: str) -> bool:
    return all(letter in _HOLLOW for letter in word)
