"""Cold start 冷启动: classes from the catalog's own words, before a city has a history.

A class is known by its name, the names above it and its registering conditions. A report is compared with
them by the characters and words they share, weighed by how few classes have them; when nothing is shared, by
sentence vectors of the report's beginning. Confidence is modest by design: no answer is ever sure, since
nothing was measured on the city's own reports.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..proposals import Reason
from .features import Vocabulary, feature_matrix, learn_vocabulary
from .texts import normalised

#: The most confidence that a cold start claims, and the most when sentence vectors alone speak.
MOST_CONFIDENT, MOST_BY_SENSE = 0.6, 0.35
#: Likeness from which shared words decide, without a look at the sense.
DECIDED = 0.05
_READ, _SHOWN = 60, 5
_SHORTEST_SHARED = 2

Vectors = npt.NDArray[np.float32]
Encode = Callable[[Sequence[str]], Vectors]


@dataclass(frozen=True, slots=True)
class ClassWords:
    """One class as the catalog words it 事项类别文字.

    Attributes:
        code: code within its scheme; name: its own name.
        words: its name, the names above and its conditions, for comparing.
    """

    code: str
    name: str
    words: str


@dataclass(frozen=True, slots=True)
class ColdAnswer:
    """The classes that come nearest 冷启动结果: (code, confidence), best first, and why the first."""

    ranked: tuple[tuple[str, float], ...]
    reasons: tuple[Reason, ...]


class ColdStart:
    """The classes of one scheme, ready to be compared with reports 冷启动模型.

    Args:
        classes: those that a report may be given.
        encode: sentence vectors of texts, rows of length 1; the names are encoded once, when first needed.
    """

    def __init__(self, classes: Sequence[ClassWords], encode: Encode) -> None:
        self.classes = tuple(classes)
        self._encode = encode
        texts = [normalised(f"{one.name} {one.name} {one.words}") for one in self.classes]
        self._vocabulary: Vocabulary = learn_vocabulary(texts, least=1)
        self._words = feature_matrix(self._vocabulary, texts).T.tocsr()
        self._vectors: Vectors | None = None

    def answers(self, texts: Sequence[str]) -> list[ColdAnswer]:
        """The nearest classes of each text."""
        if not self.classes or not texts:
            return [ColdAnswer((), ()) for _ in texts]
        plain = [normalised(text) for text in texts]
        likeness = (feature_matrix(self._vocabulary, plain) @ self._words).toarray()
        unclear = np.flatnonzero(likeness.max(1) < DECIDED)
        sense = self._sense([plain[n][:_READ] for n in unclear]) if len(unclear) else None
        by_sense = {int(n): sense[at] for at, n in enumerate(unclear)} if sense is not None else {}
        return [self._answer(text, likeness[n], by_sense.get(n)) for n, text in enumerate(plain)]

    def _sense(self, texts: Sequence[str]) -> Vectors:
        if self._vectors is None:
            self._vectors = self._encode([f"{one.name}，{one.words}"[:_READ] for one in self.classes])
        return self._encode(texts) @ self._vectors.T

    def _answer(self, text: str, likeness: npt.NDArray[np.floating], sense: Vectors | None) -> ColdAnswer:
        total = likeness if sense is None else likeness + 0.5 * np.maximum(sense, 0)
        order = np.lexsort((np.arange(len(total)), -total))[:_SHOWN]
        if not text or total[order[0]] <= 0:
            return ColdAnswer((), ())
        most = MOST_CONFIDENT if sense is None else MOST_BY_SENSE
        sharp = np.exp((total[order] - total[order[0]]) * 20)
        strength = min(1.0, float(total[order[0]]) / 0.4)
        shares = most * strength * sharp / sharp.sum()
        ranked = tuple((self.classes[n].code, float(s)) for n, s in zip(order, shares, strict=True))
        return ColdAnswer(ranked, self._reasons(text, self.classes[int(order[0])], sense is not None))

    def _reasons(self, text: str, best: ClassWords, by_sense: bool) -> tuple[Reason, ...]:
        shared = _shared_runs(text, normalised(f"{best.name} {best.words}"))
        found = [
            Reason("class.keyword", f"文中写到“{words}”，事项目录中也有", float(len(words)))
            for words in shared
        ]
        if by_sense:
            found.append(Reason("class.sense", f"与“{best.name}”意思相近", 1.0))
        return tuple(found)


def _shared_runs(text: str, words: str, *, most: int = 3) -> list[str]:
    """The longest runs of at least two characters that stand in both, none within another."""
    found: list[str] = []
    at = 0
    while at < len(text):
        length = 0
        while at + length < len(text) and text[at : at + length + 1] in words:
            length += 1
        run = text[at : at + length].strip(",.;:!?()、。")
        if len(run) >= _SHORTEST_SHARED and run not in found:
            found.append(run)
        at += max(1, length)
    return sorted(found, key=lambda run: (-len(run), text.index(run)))[:most]
