"""Learning 学习: weights of the features from labelled pairs, as readable data.

Pairs come from the generator's training half (other wordings, names and classes than those measured) and from
what people decided: a merge undone counts as a pair that is not the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any
from uuid import UUID

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from .features import NAMES, compare
from .generating import Stream, family_of, generate
from .memory import MemoryIndex
from .signatures import signature_of
from .wordings import Half

#: Seeds that weights may be learned from; figures are measured on others.
TRAIN_SEEDS = tuple(range(1000, 1006))
TRAIN_PROBLEMS = 900


@dataclass(frozen=True, slots=True)
class Pairs:
    """Labelled pairs: features (n, len(NAMES)), whether each is the same problem, and how much it counts."""

    features: npt.NDArray[np.float64]
    same: npt.NDArray[np.bool_]
    counts: npt.NDArray[np.float64]


def pairs_of(stream: Stream) -> Pairs:
    """Every candidate pair that look-up makes in a stream, each report's pairs counting as one together."""
    index, rows, same, counts = MemoryIndex(), [], [], []
    closings = list(stream.closings)
    groups: dict[UUID, int] = {}
    members: dict[int, list[UUID]] = {}
    for message in stream.messages:
        while closings and closings[0][0] <= message.said.at:
            for key in members.pop(closings.pop(0)[1], ()):
                index.close(key)
        signature = signature_of(message.said, family_of=family_of)
        others = index.near(signature)
        if others:
            rows.append(compare(signature, others))
            same += [groups[other.key] == message.group for other in others]
            counts += [len(others) ** -0.5] * len(others)
        groups[message.said.key] = message.group
        members.setdefault(message.group, []).append(signature.case_id)
        index.add(signature)
    return Pairs(np.concatenate(rows), np.array(same, bool), np.array(counts))


def training_pairs(seeds: Iterable[int] = TRAIN_SEEDS, problems: int = TRAIN_PROBLEMS) -> Pairs:
    """Pairs of the generator's training half."""
    every = [pairs_of(generate(seed, problems, Half.TRAIN)) for seed in seeds]
    return Pairs(
        np.concatenate([pairs.features for pairs in every]),
        np.concatenate([pairs.same for pairs in every]),
        np.concatenate([pairs.counts for pairs in every]),
    )


def learn(pairs: Pairs, *, strength: float = 1.0) -> dict[str, Any]:
    """Weights by logistic regression, as `Weights` reads them; equal for equal pairs.

    Args:
        strength: inverse of the L2 penalty.
    """
    from sklearn.linear_model import LogisticRegression

    with threadpool_limits(limits=1):
        model = LogisticRegression(C=strength, max_iter=2000, tol=1e-6)
        model.fit(pairs.features, pairs.same, sample_weight=pairs.counts)
    weights = {name: round(float(weight), 3) for name, weight in zip(NAMES, model.coef_[0], strict=True)}
    intercept = round(float(model.intercept_[0]), 3)
    digest = blake2b(repr((intercept, sorted(weights.items()))).encode(), digest_size=4).hexdigest()
    return {
        "version": digest,
        "pairs": len(pairs.same),
        "same": int(pairs.same.sum()),
        "intercept": round(float(model.intercept_[0]), 3),
        "weights": {
            name: round(float(weight), 3) for name, weight in zip(NAMES, model.coef_[0], strict=True)
        },
    }
