"""Figures of a classifier 分类指标: macro-F1, accuracy, coverage at a precision, confusion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.int64]
Shares = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ClassFigure:
    """How well one class is found 单类指标; shares of 0 to 1."""

    label: str
    cases: int
    precision: float
    recall: float
    f1: float


def class_figures(truth: Sequence[str], found: Sequence[str]) -> list[ClassFigure]:
    """Precision, recall and F1 of every class that is true or found somewhere, by label."""
    figures = []
    for label in sorted(set(truth) | set(found)):
        both = sum(t == label and f == label for t, f in zip(truth, found, strict=True))
        cases, named = truth.count(label), found.count(label)
        f1 = 2 * both / (cases + named)
        precision, recall = both / named if named else 0.0, both / cases if cases else 0.0
        figures.append(ClassFigure(label, cases, precision, recall, f1))
    return figures


def macro_f1(truth: Sequence[str], found: Sequence[str]) -> float:
    """Mean F1 of the classes that are true somewhere; 0 for no cases.

    A class that is only found, never true, has an F1 of 0 that says nothing about the cases: its errors
    already lower the classes they were taken from.
    """
    figures = [one.f1 for one in class_figures(truth, found) if one.cases]
    return float(np.mean(figures)) if figures else 0.0


def accuracy(truth: Sequence[str], found: Sequence[str]) -> float:
    """Share of cases whose class was found; 0 for no cases."""
    return float(np.mean([t == f for t, f in zip(truth, found, strict=True)])) if truth else 0.0


def confusion(truth: Sequence[str], found: Sequence[str], *, most: int = 12) -> list[tuple[str, str, int]]:
    """The most frequent errors as (true class, class found, cases), most frequent first."""
    wrong: dict[tuple[str, str], int] = {}
    for pair in zip(truth, found, strict=True):
        if pair[0] != pair[1]:
            wrong[pair] = wrong.get(pair, 0) + 1
    ranked = sorted(wrong.items(), key=lambda item: (-item[1], item[0]))
    return [(*pair, cases) for pair, cases in ranked[:most]]
