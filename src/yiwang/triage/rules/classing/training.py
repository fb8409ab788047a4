"""Training 训练: from labelled reports to a class model, with honest figures from folds it has not seen.

Deterministic: folds come from the text, not from chance, and the solver has a fixed seed and one thread.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from threadpoolctl import threadpool_limits

from .calibration import NEVER, Calibration, Scores, calibrate
from .features import (
    Columns,
    Floats,
    Vocabulary,
    counted_texts,
    importance_of,
    learn_vocabulary,
    weigh,
)
from .linear import fit_ridge, fit_separators
from .model import ClassModel
from .second import learn_second_look
from .texts import Message, readable

FOLDS = 5
#: Runs that count at most, and numbers that a model may have: it must fit in memory many times over.
MOST_COLUMNS, MOST_WEIGHTS = 600_000, 24_000_000
#: Cases a class needs, so that it stands in more than one fold.
LEAST_OF_CLASS = 2
#: Cases below which a run that stands in one text counts too.
FEW = 50
#: Cases up to which all pairs of them fit in memory.
MOST_BY_RIDGE = 8_000


@dataclass(frozen=True, slots=True)
class Trained:
    """A trained model with what it answered for its own cases while they were held back 训练结果.

    Attributes:
        out_of_fold: calibrated shares, shape (cases, classes), each row by a model that had not seen it.
    """

    model: ClassModel
    truth: tuple[str, ...]
    out_of_fold: Scores


class TooLittle(ValueError):
    """There are too few labelled reports to train on."""


def fold_of(text: str, folds: int = FOLDS) -> int:
    """The fold of a text: equal texts always fall together."""
    return zlib.crc32(text.encode("utf-8", "replace")) % folds


def train_model(messages: Sequence[Message], labels: Sequence[str]) -> Trained:
    """Train on labelled reports.

    Args:
        labels: one a message; a class with a single case is left out, as nothing could be learnt of it.

    Raises:
        TooLittle: fewer than two reports are left.
    """
    texts = readable(messages)
    counts: dict[str, int] = {}
    for label in labels:
        counts[label] = counts.get(label, 0) + 1
    names = tuple(sorted(label for label, count in counts.items() if count >= LEAST_OF_CLASS))
    column = {name: number for number, name in enumerate(names)}
    kept = [number for number, label in enumerate(labels) if label in column and texts[number]]
    if not kept or not names:
        raise TooLittle("可供训练的诉求太少：每个类别至少两条，且内容不为空。")
    texts = [texts[number] for number in kept]
    truth = np.array([column[labels[number]] for number in kept])
    with threadpool_limits(limits=1):
        folds = np.array([fold_of(text) for text in texts])
        vocabulary, weights, offsets, out = _fit(texts, truth, folds, len(names))
        second, out = learn_second_look(texts, truth, folds, out)
        calibration = calibrate(out, truth) if len(names) > 1 else _only_one()
    model = ClassModel(names, vocabulary, weights, offsets, calibration, len(texts), second)
    return Trained(model, tuple(names[t] for t in truth), calibration.confidence(out))


def _only_one() -> Calibration:
    """A single class says nothing about the reports of others: never sure."""
    return Calibration(1.0, np.array([0.0, 1.0]), np.array([0.0, 1.0]), NEVER, 0.0, 0.0)


def _fit(
    texts: Sequence[str], truth: Columns, folds: Columns, classes: int
) -> tuple[Vocabulary, Floats, Floats, Floats]:
    """Vocabulary, weights, offsets, and the scores of every text by a model trained on the other folds."""
    known = learn_vocabulary(
        texts, least=2 if len(texts) >= FEW else 1, most=min(MOST_COLUMNS, MOST_WEIGHTS // classes)
    )
    counted = counted_texts(known, texts)
    out = np.zeros((len(texts), classes), np.float32)
    for fold in range(FOLDS):
        rest, held = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        if len(held) and len(rest):
            vocabulary, weights, offsets = _fit_once(known, counted[rest], truth[rest], classes)
            out[held] = weigh(vocabulary, counted[held]) @ weights + offsets
    return *_fit_once(known, counted, truth, classes), out


def _fit_once(
    known: Vocabulary, counted: sp.csr_matrix, truth: Columns, classes: int
) -> tuple[Vocabulary, Floats, Floats]:
    vocabulary = Vocabulary(known.keys, importance_of(counted, truth, classes))
    features = weigh(vocabulary, counted)
    fit = fit_ridge if len(truth) <= MOST_BY_RIDGE else fit_separators
    return vocabulary, *fit(features, truth, classes)
