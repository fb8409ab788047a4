"""Second look 复看: reports that their words leave in doubt are judged once more, by their sense.

A small linear model over the sentence vector of a report's beginning and the first model's scores. Vectors
cost some milliseconds a report, so only those are looked at whose two best classes lie close together: about
one in sixteen. Everything is learnt from scores that the first model gave to reports it had not seen.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..encoding import DIMENSIONS, sentence_vectors
from .features import Columns, Floats

#: Characters of a report, title included, whose sense is read.
READ = 200
#: Share of the training reports, those with the smallest margin, from which a second look is taken.
SHARE = 0.07
#: Cases from which a second look is learnt, and the most whose vectors are made in training.
LEAST_CASES, MOST_CASES = 500, 4_000
_PENALTY = 3.0
_AT_ONCE = 256


@dataclass(frozen=True, slots=True)
class SecondLook:
    """A model for the reports in doubt 复看模型.

    Attributes:
        margin: distance of the two best scores up to which a report is in doubt.
        weights: shape (dimensions of a vector + classes + 1, classes); the last row is the offset.
    """

    margin: float
    weights: Floats

    def doubtful(self, texts: Sequence[str], scores: Floats) -> Columns:
        """Rows of the texts in doubt; one without words is not."""
        near = np.flatnonzero(margins(scores) <= self.margin)
        return np.array([row for row in near.tolist() if texts[row]], np.int64)

    def refine(self, texts: Sequence[str], scores: Floats) -> Columns:
        """Put the second scores of the reports in doubt into `scores`.

        Returns:
            Their rows.
        """
        rows = self.doubtful(texts, scores)
        if len(rows):
            vectors = sense_of([texts[row] for row in rows])
            scores[rows] = _joined(vectors, scores[rows]) @ self.weights
        return rows


def margins(scores: Floats) -> Floats:
    """Distance of the best score to the next, one a row."""
    if scores.shape[1] < 2:
        return np.full(len(scores), np.inf, np.float32)
    best = np.partition(scores, -2, axis=1)
    return best[:, -1] - best[:, -2]


def sense_of(texts: Sequence[str]) -> Floats:
    """Sentence vectors of the beginnings of readable texts."""
    parts = [
        sentence_vectors([text[:READ] for text in texts[at : at + _AT_ONCE]])
        for at in range(0, len(texts), _AT_ONCE)
    ]
    return np.concatenate(parts) if parts else np.zeros((0, DIMENSIONS), np.float32)


def learn_second_look(
    texts: Sequence[str], truth: Columns, folds: Columns, scores: Floats
) -> tuple[SecondLook | None, Floats]:
    """Learn the second look.

    Args:
        folds: fold of each text; scores: those of a first model that had not seen the text's fold.

    Returns:
        The second look, and the scores with those in doubt replaced by a second look that had not seen
        their fold; None and the same scores when there are too few cases, or it sets no more of them right.
    """
    if len(texts) < LEAST_CASES or scores.shape[1] < 2:
        return None, scores
    distance = margins(scores)
    margin = float(np.quantile(distance, SHARE))
    kept = _sample(texts, distance <= margin)
    inputs = _joined(sense_of([texts[row] for row in kept]), scores[kept])
    second = scores[kept]
    for fold in np.unique(folds[kept]):
        rest, held = folds[kept] != fold, folds[kept] == fold
        if rest.any():
            second[held] = inputs[held] @ _fit(inputs[rest], truth[kept][rest], scores.shape[1])
    doubted = distance[kept] <= margin
    rows = kept[doubted]
    refined = scores.copy()
    refined[rows] = second[doubted]
    gained = (refined[rows].argmax(1) == truth[rows]).sum() - (scores[rows].argmax(1) == truth[rows]).sum()
    if gained <= 0:
        return None, scores
    return SecondLook(margin, _fit(inputs, truth[kept], scores.shape[1])), refined


def _sample(texts: Sequence[str], in_doubt: npt.NDArray[np.bool_]) -> Columns:
    """Rows to learn from, ascending: those in doubt before others, in an order that only the words give."""
    marks = np.array([zlib.crc32(text.encode("utf-8", "replace")) for text in texts])
    return np.sort(np.lexsort((marks, ~in_doubt))[:MOST_CASES])


def _joined(vectors: Floats, scores: Floats) -> Floats:
    return np.hstack([vectors, scores, np.ones((len(scores), 1), np.float32)])


def _fit(inputs: Floats, truth: Columns, classes: int) -> Floats:
    """Ridge regression on inputs of shape (cases, numbers)."""
    targets = np.full((len(truth), classes), -1.0 / (classes - 1))
    targets[np.arange(len(truth)), truth] = 1.0
    wide = inputs.astype(np.float64)
    found = np.linalg.solve(wide.T @ wide + _PENALTY * np.eye(wide.shape[1]), wide.T @ targets)
    return found.astype(np.float32)
