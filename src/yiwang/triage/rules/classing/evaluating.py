"""Evaluation 试算: train on one list of labelled reports, measure on another."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from .metrics import ClassFigure, accuracy, class_figures, confusion, macro_f1
from .model import ClassModel
from .texts import Message
from .training import train_model


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Figures of a model on reports that it has not seen 试算结果.

    Attributes:
        coverage_at_95: share of the reports at or above the model's own threshold, which was chosen on its
            training folds for a precision of 0.95; `precision_reached` is what it came to here.
        promised: the coverage that the training folds promised.
        calibration_error: mean distance between confidence and share of right answers, over ten bins.
        seconds_per_1000: processor seconds to class a thousand reports in bulk, with their confidence.
    """

    cases: int
    macro_f1: float
    accuracy: float
    coverage_at_95: float
    precision_reached: float
    promised: float
    threshold: float
    calibration_error: float
    seconds_per_1000: float
    seconds_to_train: float
    classes: tuple[ClassFigure, ...]
    confused: tuple[tuple[str, str, int], ...]


def evaluate(
    messages: Sequence[Message], labels: Sequence[str], tested: Sequence[Message], truth: Sequence[str]
) -> Evaluation:
    """Train on the first list, measure on the second; labels that only the second knows count as errors."""
    begun = time.process_time()
    trained = train_model(messages, labels)
    return measure(trained.model, tested, truth, seconds_to_train=time.process_time() - begun)


def measure(
    model: ClassModel, tested: Sequence[Message], truth: Sequence[str], *, seconds_to_train: float = 0.0
) -> Evaluation:
    """Figures of a model on labelled reports."""
    with threadpool_limits(limits=1):
        model.confidences(tested[:1])
        begun = time.process_time()
        shares = model.confidences(tested)
        spent = time.process_time() - begun
    found = [model.labels[column] for column in shares.argmax(1)] if len(tested) else []
    top = shares.max(1) if len(tested) else np.zeros(0)
    right = np.array([f == t for f, t in zip(found, truth, strict=True)], bool)
    taken = top >= model.calibration.threshold
    return Evaluation(
        cases=len(tested),
        macro_f1=macro_f1(truth, found),
        accuracy=accuracy(truth, found),
        coverage_at_95=float(taken.mean()) if len(tested) else 0.0,
        precision_reached=float(right[taken].mean()) if taken.any() else 0.0,
        promised=model.calibration.coverage,
        threshold=model.calibration.threshold,
        calibration_error=_calibration_error(top, right),
        seconds_per_1000=spent / max(1, len(tested)) * 1000,
        seconds_to_train=seconds_to_train,
        classes=tuple(class_figures(truth, found)),
        confused=tuple(confusion(truth, found)),
    )


def _calibration_error(top: np.ndarray, right: np.ndarray) -> float:
    if not len(top):
        return 0.0
    bins = np.minimum((top * 10).astype(int), 9)
    parts = [(bins == n) for n in range(10)]
    return float(sum(abs(top[p].mean() - right[p].mean()) * p.mean() for p in parts if p.any()))
