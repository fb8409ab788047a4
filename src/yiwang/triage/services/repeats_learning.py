"""Learning the weights of repeats 查重学习: the generator's training half, and what people judged here."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..enums import PairVerdict
from ..models import RepeatPair
from ..rules.repeats.features import NAMES
from ..rules.repeats.learning import TRAIN_PROBLEMS, TRAIN_SEEDS, Pairs, learn, training_pairs

#: A pair that a person judged counts as much as so many of the generator's.
_COUNTS = 3.0


def learn_weights(*, seeds: tuple[int, ...] = TRAIN_SEEDS, problems: int = TRAIN_PROBLEMS) -> dict[str, Any]:
    """Weights from the generator's training seeds and every judged pair; equal for equal judgements."""
    made, judged = training_pairs(seeds, problems), judged_pairs()
    every = Pairs(
        np.concatenate([made.features, judged.features]),
        np.concatenate([made.same, judged.same]),
        np.concatenate([made.counts, judged.counts]),
    )
    return {**learn(every), "judged": len(judged.same), "seeds": list(seeds), "problems": problems}


def judged_pairs() -> Pairs:
    """Pairs of cases that people judged, by the features of the day; a merge undone is a pair that differs.

    What the platform merged by itself and nobody undid is no judgement and not learned from.
    """
    rows = RepeatPair.objects.exclude(features={}).exclude(by=None).order_by("id")
    found = [(row.features, row.verdict == PairVerdict.SAME) for row in rows]
    features = np.array([[float(named.get(name, 0)) for name in NAMES] for named, _same in found])
    return Pairs(
        features.reshape(len(found), len(NAMES)),
        np.array([same for _named, same in found], bool),
        np.full(len(found), _COUNTS),
    )
