"""Scoring 打分: from compared features to a share of certainty, and what follows from it.

A merge by itself needs more than a high score: the matter, the place and nothing against it, each said in one
of the rules below, so that a person can check every automatic decision (PIPL §24).
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any
from uuid import UUID

import numpy as np
import numpy.typing as npt

from ..proposals import Reason, RepeatCandidate, RepeatOutcome, RepeatProposal
from .explaining import reasons_of
from .features import NAMES, compare, value
from .signatures import Signature

#: Candidates that a proposal names at most.
MOST_CANDIDATES = 5
#: What forbids a merge without a person, however high the score.
AGAINST = ("matter_conflict", "number_other", "mark_other", "part_other", "far", "place_conflict")
#: Metres within which two points are one place: for one reporter; for two; and when both name the same estate
#: or road but not the same house, which is as often the neighbour's.
WIDE, NARROW, VAGUE = 100.0, 45.0, 25.0
#: Another case this likely is a rival of the best.
RIVAL = 0.5


@dataclass(frozen=True, slots=True)
class Weights:
    """Learned weights 权重: certainty = logistic(intercept + features · weights)."""

    intercept: float
    weights: npt.NDArray[np.float64]
    version: str = ""

    @classmethod
    def read(cls, learned: Mapping[str, Any]) -> Weights:
        """Weights from what `learning.learn` returned; features it does not name count nothing."""
        named = learned["weights"]
        values = np.array([float(named.get(name, 0)) for name in NAMES])
        return cls(float(learned["intercept"]), values, str(learned.get("version", "")))

    def scores(self, features: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Certainty of each pair, 0 to 1."""
        sums: npt.NDArray[np.float64] = 1 / (1 + np.exp(-(features @ self.weights + self.intercept)))
        return sums


@dataclass(frozen=True, slots=True)
class Thresholds:
    """When a repeat is merged or suggested 阈值; see `triage.RepeatRule`.

    Attributes:
        merge_at, suggest_at: shares of certainty; `suggest_at` is the lower one.
        merges: whether cases are merged without a person at all.
        window_days: reports further apart are not compared.
    """

    merge_at: float = 0.97
    suggest_at: float = 0.5
    merges: bool = True
    window_days: int = 60


@functools.cache
def shipped_weights() -> Weights:
    """The weights that come with the product, learned on the generator's training seeds."""
    return Weights.read(json.loads(files(__package__).joinpath("weights.json").read_text("utf-8")))


def propose(
    one: Signature, others: Sequence[Signature], *, thresholds: Thresholds, weights: Weights
) -> RepeatProposal:
    """What to do with a report, given the reports of open cases that look-up found.

    A case counts by its most similar report.
    """
    if not others:
        return RepeatProposal(RepeatOutcome.NONE, 1.0, reasons=(_NOTHING,))
    features = compare(one, others)
    scores = weights.scores(features)
    best: dict[UUID, int] = {}
    for row in np.argsort(-scores, kind="stable").tolist():
        best.setdefault(others[row].case_id, row)
        if len(best) >= MOST_CANDIDATES:
            break
    rows = [row for row in best.values() if scores[row] >= thresholds.suggest_at]
    if not rows:
        return RepeatProposal(RepeatOutcome.NONE, round(1 - float(scores.max()), 4), reasons=(_UNLIKE,))
    candidates = tuple(
        RepeatCandidate(
            others[row].case_id,
            round(float(scores[row]), 4),
            reasons_of(one, others[row], features[row], weights.weights),
        )
        for row in rows
    )
    first = rows[0]
    certain = thresholds.merges and scores[first] >= thresholds.merge_at and is_plain(features[first])
    merges = certain and _is_alone(others, features, scores, rows, weights)
    outcome = RepeatOutcome.MERGE if merges else RepeatOutcome.SUGGEST
    return RepeatProposal(
        outcome, candidates[0].score, candidates[0].case_id, candidates, candidates[0].reasons
    )


def _is_alone(
    others: Sequence[Signature],
    features: npt.NDArray[np.float64],
    scores: npt.NDArray[np.float64],
    rows: Sequence[int],
    weights: Weights,
) -> bool:
    """Whether nothing of the best case contradicts, and no other likely case is a different problem.

    Two neighbouring buildings with the same problem are both likely for a report that names neither: then a
    person chooses.
    """
    best = others[rows[0]]
    mine = [row for row, other in enumerate(others) if other.case_id == best.case_id]
    if any(value(features[row], name) for row in mine for name in AGAINST):
        return False
    rivals = [others[row] for row in rows[1:]]
    if not rivals:
        return True
    between = compare(best, rivals)
    alike = weights.scores(between) >= RIVAL
    return all(
        likely < RIVAL or (same and not any(value(row, name) for name in AGAINST))
        for likely, same, row in zip(scores[list(rows[1:])], alike, between, strict=True)
    )


_NOTHING = Reason("repeat.none", "附近和同名地点没有未办结的同类案件")
_UNLIKE = Reason("repeat.unlike", "附近有未办结案件，但内容或地点不同")


def is_plain(row: npt.NDArray[np.float64]) -> bool:
    """Whether a pair may be merged without a person: matter and place agree, nothing speaks against it."""
    if any(value(row, name) for name in AGAINST):
        return False
    matter = any(value(row, name) for name in ("matter_shared", "class_same", "picture_same", "part_same"))
    return matter and _is_one_place(row)


def _is_one_place(row: npt.NDArray[np.float64]) -> bool:
    if value(row, "part_same") or value(row, "number_same"):
        return True
    if value(row, "reporter_same") and (value(row, "place_shared") or value(row, "close") > _within(WIDE)):
        return True
    return value(row, "close") > _within(VAGUE if value(row, "place_shared") else NARROW)


def _within(metres: float) -> float:
    """The feature `close` at a distance."""
    return float(np.exp(-metres / 150))
