"""Which registering condition a report fits 立案条件匹配: by the words that tell conditions apart.

Words are pairs of characters. A pair that several conditions of the class share counts for less, and the name
of the class counts for nothing, as every report of the class holds it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

#: A condition fits from this sum of its pairs' weights on,
LEAST_WEIGHT = 1.0
#: and when it leads the next one by this factor.
LEAD = 1.5
#: Pairs that stand in the wording of any condition and say nothing about the matter.
_EMPTY_PAIRS = frozenset(
    ("情形", "发现", "行为", "有人", "的情", "的行", "须依", "须当", "须即", "须立", "须限")
)
#: Length of a working hour and a working day on the wall clock, about; only to order limits of several units.
_HOURS = {"urgent_hour": 1.0, "work_hour": 3.0, "urgent_day": 24.0, "work_day": 33.6}


@dataclass(frozen=True, slots=True)
class ConditionWords:
    """A registering condition 立案条件 as the matcher sees it."""

    id: UUID
    ordinal: int
    text: str
    amount: float
    unit: str


@dataclass(frozen=True, slots=True)
class Fit:
    """A condition that a text fits 匹配结果.

    Attributes:
        position: place in the conditions that were given.
        words: the phrases of the condition that stand in the text.
    """

    position: int
    words: tuple[str, ...]


class ConditionMatcher:
    """The conditions of one class, ready for many texts."""

    def __init__(self, conditions: Sequence[ConditionWords], *, class_name: str) -> None:
        self.conditions = tuple(conditions)
        own = _pairs(class_name)
        of = [_pairs(_masked(condition.text, own)) - _EMPTY_PAIRS for condition in self.conditions]
        shared = Counter(pair for pairs in of for pair in pairs)
        self._weights = [{pair: 1.0 / shared[pair] for pair in sorted(pairs)} for pairs in of]

    def fit(self, text: str) -> Fit | None:
        """The condition that a text fits, or None when none does clearly."""
        said = _pairs(text)
        scores = [sum(w for pair, w in weights.items() if pair in said) for weights in self._weights]
        if not scores:
            return None
        best = max(range(len(scores)), key=lambda n: (scores[n], -n))
        rest = max((score for n, score in enumerate(scores) if n != best), default=0.0)
        if scores[best] < LEAST_WEIGHT or scores[best] < LEAD * rest:
            return None
        return Fit(best, _phrases(self.conditions[best].text, said & self._weights[best].keys()))

    def narrowest(self) -> ConditionWords | None:
        """The condition with the shortest limit; None without conditions."""
        return min(self.conditions, key=lambda c: (c.amount * _HOURS[c.unit], c.ordinal), default=None)


def _masked(text: str, pairs: set[str]) -> str:
    """The text with the characters of the given pairs blanked."""
    hidden = {n + side for n in range(len(text)) if text[n : n + 2] in pairs for side in (0, 1)}
    return "".join(" " if n in hidden else character for n, character in enumerate(text))


def _pairs(text: str) -> set[str]:
    return {text[n : n + 2] for n in range(len(text) - 1) if text[n : n + 2].isalnum()}


def _phrases(text: str, pairs: set[str]) -> tuple[str, ...]:
    """The longest runs of a text that are made of the given pairs, in their order."""
    found: list[str] = []
    start: int | None = None
    for n in range(len(text)):
        if text[n : n + 2] in pairs:
            start = n if start is None else start
        elif start is not None:
            found.append(text[start : n + 1])
            start = None
    return tuple(dict.fromkeys(found))
