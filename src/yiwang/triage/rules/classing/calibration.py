"""Calibration 置信度校准: scores become shares that hold on cases the model has not seen.

Everything here is learnt from out-of-fold scores: those of cases that the scoring model did not train on.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Scores = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
#: Precision that a proposal taken without a person must reach.
PRECISION = 0.95
#: No threshold reaches the precision: nothing is sure.
NEVER = 2.0
#: Cases that must lie above a threshold before it is believed.
_LEAST = 20
_STEPS = 64


@dataclass(frozen=True, slots=True)
class Calibration:
    """How scores are read 校准参数.

    Attributes:
        sharpness: what scores are multiplied by before they become shares (inverse temperature).
        levels, shares: a rising curve from the largest share to the share of right answers.
        threshold: confidence from which an answer is sure; `NEVER` when no share of them is right enough.
        coverage, precision: what the threshold gave on the out-of-fold cases.
    """

    sharpness: float
    levels: Scores
    shares: Scores
    threshold: float
    coverage: float
    precision: float

    def confidence(self, scores: npt.NDArray[np.floating]) -> Scores:
        """Shares of the classes, shape as `scores`; each row's largest is calibrated, a row sums to 1."""
        raw = shares_of(scores, self.sharpness)
        if not raw.size:
            return raw
        rows, best = np.arange(len(raw)), raw.argmax(1)
        top = raw[rows, best]
        wanted = np.interp(top, self.levels, self.shares)
        others = np.maximum(1 - top, 1e-12)
        raw *= ((1 - wanted) / others)[:, None]
        raw[rows, best] = wanted
        return raw


def shares_of(scores: npt.NDArray[np.floating], sharpness: float) -> Scores:
    """Softmax of scores; a single class has a share of 1."""
    wide = scores.astype(np.float64) * sharpness
    wide = np.exp(wide - wide.max(1, keepdims=True, initial=-np.inf))
    return wide / wide.sum(1, keepdims=True)


def calibrate(scores: npt.NDArray[np.floating], truth: npt.NDArray[np.int64]) -> Calibration:
    """Learn sharpness, curve and threshold from out-of-fold scores.

    Args:
        scores: shape (cases, classes).
        truth: column of the true class of each case.
    """
    sharpness = _sharpness(scores, truth)
    raw = shares_of(scores, sharpness)
    best = raw.argmax(1)
    right = best == truth
    top = raw[np.arange(len(raw)), best]
    levels, shares = rising_curve(top, right)
    confidence = np.interp(top, levels, shares)
    threshold, coverage, precision = threshold_for(confidence, right)
    return Calibration(sharpness, levels, shares, threshold, coverage, precision)


def _sharpness(scores: npt.NDArray[np.floating], truth: npt.NDArray[np.int64]) -> float:
    """The sharpness under which the true classes are likeliest, by golden section on its logarithm."""
    rows = np.arange(len(truth))

    def loss(log_sharpness: float) -> float:
        shares = shares_of(scores, float(np.exp(log_sharpness)))
        return float(-np.log(np.maximum(shares[rows, truth], 1e-12)).mean())

    low, high = -3.0, 5.0
    ratio = (np.sqrt(5) - 1) / 2
    for _ in range(40):
        left, right = high - ratio * (high - low), low + ratio * (high - low)
        if loss(left) <= loss(right):
            high = right
        else:
            low = left
    return float(np.exp((low + high) / 2))


def rising_curve(top: Scores, right: Flags) -> tuple[Scores, Scores]:
    """Isotonic curve from the largest share to the share of right answers, strictly rising.

    A half case of each outcome is added to every step, so that no step claims certainty; between steps the
    curve is a line, so that two reports rarely have the same confidence.
    """
    order = np.argsort(top, kind="stable")
    groups = [part for part in np.array_split(order, min(_STEPS, max(1, len(order) // 10))) if len(part)]
    level = [float(top[part].mean()) for part in groups]
    share = [(float(right[part].sum()) + 0.5) / (len(part) + 1) for part in groups]
    weight = [float(len(part)) for part in groups]
    at = 1
    while at < len(share):
        if share[at] >= share[at - 1]:
            at += 1
            continue
        total = weight[at - 1] + weight[at]
        share[at - 1] = (share[at - 1] * weight[at - 1] + share[at] * weight[at]) / total
        level[at - 1] = (level[at - 1] * weight[at - 1] + level[at] * weight[at]) / total
        weight[at - 1] = total
        del share[at], weight[at], level[at]
        at = max(1, at - 1)
    levels = np.array([0.0, *level, 1.0])
    shares = np.array([0.0, *share, min(0.999, share[-1] + 0.005)])
    return np.maximum.accumulate(levels), np.maximum.accumulate(shares)


def threshold_for(
    confidence: Scores, right: Flags, *, precision: float = PRECISION
) -> tuple[float, float, float]:
    """The lowest confidence above which the answers are right often enough, less one standard error.

    Returns:
        Threshold, the share of cases at or above it, and the precision among them; `(NEVER, 0, 0)` when
        there is none that holds for `_LEAST` cases.
    """
    order = np.argsort(-confidence, kind="stable")
    ranked = confidence[order]
    taken = np.arange(1, len(order) + 1)
    reached = np.cumsum(right[order]) / taken
    certain = reached - np.sqrt(reached * (1 - reached) / taken)
    last_of_tie = np.append(ranked[1:] < ranked[:-1], True)[: len(ranked)]
    enough = np.flatnonzero((certain >= precision) & last_of_tie & (taken >= _LEAST))
    if not len(enough):
        return NEVER, 0.0, 0.0
    at = int(enough[-1])
    return float(ranked[at]), (at + 1) / len(ranked), float(reached[at])
