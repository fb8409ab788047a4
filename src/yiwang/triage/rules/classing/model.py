"""Class model 分类模型: weights and calibration as arrays, read from and written to bytes."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from .calibration import Calibration, Scores
from .features import BATCH, Floats, Vocabulary, count_matrix, weigh
from .grams import runs_of
from .second import SecondLook
from .texts import Message, readable

#: Layout of the stored bytes; a reader refuses another.
LAYOUT = 1


class ModelUnreadable(ValueError):
    """The bytes hold no model of this layout."""


@dataclass(frozen=True, slots=True)
class ClassModel:
    """A trained linear model of one scheme 分类模型.

    Attributes:
        labels: codes (or names) of the classes, in the order of the columns.
        weights: shape (vocabulary, classes); offsets: a number a class.
        calibration: how scores become confidence, and from which confidence an answer is sure.
        cases: how many cases it was trained on.
        second: judges the reports that the weights leave in doubt; None for a model without it.
    """

    labels: tuple[str, ...]
    vocabulary: Vocabulary
    weights: Floats
    offsets: Floats
    calibration: Calibration
    cases: int
    second: SecondLook | None = None

    def scores(self, texts: Sequence[str]) -> Floats:
        """Scores of readable texts (see `texts.readable`), shape (texts, classes)."""
        found = np.tile(self.offsets, (len(texts), 1))
        for at in range(0, len(texts), BATCH):
            some = texts[at : at + BATCH]
            features = weigh(self.vocabulary, count_matrix(self.vocabulary, runs_of(some), len(some)))
            found[at : at + BATCH] += features @ self.weights
        if self.second is not None:
            self.second.refine(texts, found)
        return found

    def confidences(self, messages: Sequence[Message]) -> Scores:
        """Calibrated shares of the classes, shape (messages, classes); each row sums to 1."""
        return self.calibration.confidence(self.scores(readable(messages)))

    def to_bytes(self) -> bytes:
        """The model as an `npz` archive with a JSON head; no code is stored."""
        curve = self.calibration
        head: dict[str, Any] = {
            "layout": LAYOUT,
            "labels": self.labels,
            "cases": self.cases,
            "calibration": {k: v for k, v in asdict(curve).items() if k not in {"levels", "shares"}},
        }
        second: dict[str, Any] = {}
        if self.second is not None:
            head["margin"] = self.second.margin
            second["second"] = self.second.weights.astype(np.float16)
        out = io.BytesIO()
        np.savez_compressed(
            out,
            head=np.frombuffer(json.dumps(head, ensure_ascii=False).encode(), np.uint8),
            keys=self.vocabulary.keys,
            importance=self.vocabulary.importance,
            weights=self.weights.astype(np.float16),
            offsets=self.offsets,
            levels=curve.levels,
            shares=curve.shares,
            **second,
        )
        return out.getvalue()


def model_from_bytes(content: bytes) -> ClassModel:
    """Read what `ClassModel.to_bytes` wrote.

    Raises:
        ModelUnreadable: the bytes are damaged or of another layout.
    """
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as held:
            head = json.loads(held["head"].tobytes())
            if head["layout"] != LAYOUT:
                raise ModelUnreadable(f"模型格式 {head['layout']} 不是 {LAYOUT}，请重新训练。")
            return ClassModel(
                labels=tuple(head["labels"]),
                vocabulary=Vocabulary(held["keys"], held["importance"]),
                weights=held["weights"].astype(np.float32),
                offsets=held["offsets"],
                calibration=Calibration(levels=held["levels"], shares=held["shares"], **head["calibration"]),
                cases=int(head["cases"]),
                second=SecondLook(head["margin"], held["second"].astype(np.float32))
                if "second" in held
                else None,
            )
    except ModelUnreadable:
        raise
    except Exception as problem:
        raise ModelUnreadable("模型内容已损坏，请重新训练或回退到上一版本。") from problem
