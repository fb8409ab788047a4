"""Features 特征: weighted character runs and words of reports, as sparse rows.

A run counts by 1 + ln(its frequency) and by how rare it is (inverse document frequency), so that common
words decide nothing. Runs and words are brought to a length of their own each, so that neither drowns the
other. Everything is arrays: a thousand reports are one matrix.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from .grams import WORDS_FROM, Keys, Runs, runs_of

Floats = npt.NDArray[np.float32]
#: Texts taken at once; keeps the arrays of a long list in the processor's cache.
BATCH = 128
#: Lengths of the rows of runs and of words; their squares sum to 1.
RUN_LENGTH, WORD_LENGTH = np.sqrt(2 / 3), np.sqrt(1 / 3)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The runs and words that count 特征词表.

    Attributes:
        keys: their numbers, ascending; words stand behind the runs.
        rarity: inverse document frequency of each.
    """

    keys: Keys
    rarity: Floats

    @property
    def words_from(self) -> int:
        """The first column of a word."""
        return int(np.searchsorted(self.keys, WORDS_FROM))

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


def count_matrix(vocabulary: Vocabulary, runs: Runs, texts: int) -> sp.csr_matrix:
    """How often each counting run stands in each text, shape (texts, vocabulary)."""
    places = vocabulary.places(runs.keys)
    held = places >= 0
    ones = np.ones(int(held.sum()), np.float32)
    shape = (texts, len(vocabulary.keys))
    counted = sp.csr_matrix((ones, (runs.rows[held], places[held])), shape=shape)
    counted.sum_duplicates()
    return counted


def weigh(vocabulary: Vocabulary, counted: sp.csr_matrix) -> sp.csr_matrix:
    """Weights of a matrix of counts; runs and words of a row have their lengths (or none stands there)."""
    values = (1 + np.log(counted.data)) * vocabulary.rarity[counted.indices]
    rows = np.repeat(np.arange(counted.shape[0]), np.diff(counted.indptr))
    kind = (counted.indices >= vocabulary.words_from).astype(np.int64)
    group = rows * 2 + kind
    squares = np.bincount(group, values**2, minlength=2 * counted.shape[0])
    scale = np.tile([RUN_LENGTH, WORD_LENGTH], counted.shape[0]) / np.sqrt(np.maximum(squares, 1e-12))
    values = (values * scale[group]).astype(np.float32)
    return sp.csr_matrix((values, counted.indices, counted.indptr), shape=counted.shape)


def feature_matrix(vocabulary: Vocabulary, texts: Sequence[str]) -> sp.csr_matrix:
    """Weighted features of texts, shape (texts, vocabulary)."""
    parts = []
    for at in range(0, len(texts), BATCH):
        some = texts[at : at + BATCH]
        parts.append(weigh(vocabulary, count_matrix(vocabulary, runs_of(some), len(some))))
    if not parts:
        return sp.csr_matrix((0, len(vocabulary.keys)), dtype=np.float32)
    return sp.vstack(parts, format="csr")
