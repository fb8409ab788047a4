"""Features 特征: weighted character runs and words of reports, as sparse rows.

A run counts by 1 + ln(its frequency), by how rare it is (inverse document frequency) and, once classes are
known, by how much it belongs to one of them (relevance frequency: Lan et al. 2009), so that common words
decide nothing. Runs, beginnings and words are brought to a length of their own each, so that none drowns the
others. Everything is arrays: a thousand reports are one matrix.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from .grams import LEAD_FROM, WORDS_FROM, Keys, Rows, Runs, runs_of

Floats = npt.NDArray[np.float32]
#: Texts taken at once; keeps the arrays of a long list in the processor's cache.
BATCH = 128
#: Squared lengths of the rows of runs, beginnings and words.
SQUARES = np.array([4.0, 1.0, 2.0]) / 7
#: How much rarer a class than the rest may make a run of it more telling.
_MOST_RARE = 10.0

Columns = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The runs and words that count 特征词表.

    Attributes:
        keys: their numbers, ascending; beginnings and words stand behind the runs.
        importance: what a column counts: its rarity, times its relevance when classes are known.
    """

    keys: Keys
    importance: Floats

    def kinds(self, columns: npt.NDArray[np.integer]) -> Columns:
        """0 for a run, 1 for one of the beginning, 2 for a word."""
        bounds = np.searchsorted(self.keys, np.array([LEAD_FROM, WORDS_FROM], np.uint64))
        return np.searchsorted(bounds, columns, side="right")

    def places(self, keys: Keys) -> npt.NDArray[np.int64]:
        """Column of each run, -1 for one that does not count."""
        if not len(self.keys):
            return np.full(len(keys), -1, np.int64)
        found = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        return np.where(self.keys[found] == keys, found, -1)


def learn_vocabulary(texts: Sequence[str], *, least: int = 2, most: int = 600_000) -> Vocabulary:
    """Runs and words that stand in at least `least` texts; of more than `most`, those in the most texts."""
    seen_keys, seen_counts = [], []
    for start in range(0, len(texts), BATCH):
        runs = runs_of(texts[start : start + BATCH])
        order = np.lexsort((runs.keys, runs.rows))
        rows, keys = runs.rows[order], runs.keys[order]
        first = np.ones(len(keys), bool)
        first[1:] = (rows[1:] != rows[:-1]) | (keys[1:] != keys[:-1])
        found, counts = np.unique(keys[first], return_counts=True)
        seen_keys.append(found)
        seen_counts.append(counts)
    if not seen_keys:
        return Vocabulary(np.zeros(0, np.uint64), np.zeros(0, np.float32))
    keys, where = np.unique(np.concatenate(seen_keys), return_inverse=True)
    total = np.bincount(where, np.concatenate(seen_counts)).astype(np.int64)
    kept = np.flatnonzero(total >= least)
    if len(kept) > most:
        kept = np.sort(kept[np.argsort(-total[kept], kind="stable")[:most]])
    rarity = np.log((1 + len(texts)) / (1 + total[kept])) + 1
    return Vocabulary(keys[kept], rarity.astype(np.float32))


def importance_of(counted: sp.csr_matrix, truth: Columns, classes: int) -> Floats:
    """Rarity times relevance of each column, from cases whose class is known.

    Args:
        counted: counts, shape (cases, vocabulary); truth: class of each case.
    """
    cases = len(truth)
    held = sp.csr_matrix((np.ones_like(counted.data), counted.indices, counted.indptr), shape=counted.shape)
    total = np.asarray(held.sum(0)).ravel()
    relevance = np.ones(counted.shape[1])
    for number in range(classes):
        mine = np.flatnonzero(truth == number)
        if len(mine) and len(mine) < cases:
            inside = np.asarray(held[mine].sum(0)).ravel()
            rare = min(_MOST_RARE, (cases - len(mine)) / len(mine))
            np.maximum(relevance, np.log2(2 + inside / (total - inside + 1) * rare / 2), out=relevance)
    rarity = np.log((1 + cases) / (1 + total)) + 1
    return (rarity * relevance).astype(np.float32)


def count_matrix(vocabulary: Vocabulary, runs: Runs, texts: int) -> sp.csr_matrix:
    """How often each counting run stands in each text, shape (texts, vocabulary)."""
    return count_places(vocabulary.places(runs.keys), runs.rows, (texts, len(vocabulary.keys)))


def count_places(places: Columns, rows: Rows, shape: tuple[int, int]) -> sp.csr_matrix:
    """A matrix of counts from columns (-1: none) and their rows."""
    held = places >= 0
    ones = np.ones(int(held.sum()), np.float32)
    counted = sp.csr_matrix((ones, (rows[held], places[held])), shape=shape)
    counted.sum_duplicates()
    return counted


def weigh(vocabulary: Vocabulary, counted: sp.csr_matrix) -> sp.csr_matrix:
    """Weights of a matrix of counts; each kind of a row has its length (or nothing of it stands there)."""
    values = (1 + np.log(counted.data)) * vocabulary.importance[counted.indices]
    rows = np.repeat(np.arange(counted.shape[0]), np.diff(counted.indptr))
    group = rows * len(SQUARES) + vocabulary.kinds(counted.indices)
    squares = np.bincount(group, values**2, minlength=len(SQUARES) * counted.shape[0])
    scale = np.sqrt(np.tile(SQUARES, counted.shape[0]) / np.maximum(squares, 1e-12))
    values = (values * scale[group]).astype(np.float32)
    return sp.csr_matrix((values, counted.indices, counted.indptr), shape=counted.shape)


def counted_texts(vocabulary: Vocabulary, texts: Sequence[str]) -> sp.csr_matrix:
    """Counts of texts, shape (texts, vocabulary)."""
    parts = []
    for at in range(0, len(texts), BATCH):
        some = texts[at : at + BATCH]
        parts.append(count_matrix(vocabulary, runs_of(some), len(some)))
    if not parts:
        return sp.csr_matrix((0, len(vocabulary.keys)), dtype=np.float32)
    return sp.vstack(parts, format="csr")


def feature_matrix(vocabulary: Vocabulary, texts: Sequence[str]) -> sp.csr_matrix:
    """Weighted features of texts, shape (texts, vocabulary)."""
    return weigh(vocabulary, counted_texts(vocabulary, texts))
