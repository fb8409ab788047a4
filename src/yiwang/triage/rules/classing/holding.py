"""Held-back cases 留出案件: one in ten, always the same, on which versions of a model are compared.

A report belongs to the held-back ones by its own words, so no version ever trained on one of them, and an old
and a new version are measured on the same cases.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from .evaluating import Evaluation, measure
from .model import ClassModel
from .texts import Message, normalised
from .training import fold_of

_ONE_IN = 10
#: Held-back cases below which versions cannot be told apart.
LEAST_HELD = 20


@dataclass(frozen=True, slots=True)
class Split:
    """Labelled reports to train on and those held back 训练与留出."""

    messages: tuple[Message, ...]
    labels: tuple[str, ...]
    held: tuple[Message, ...]
    truth: tuple[str, ...]


def split_held(messages: Sequence[Message], labels: Sequence[str]) -> Split:
    """Hold back one report in ten by its words."""
    kept: list[tuple[Message, str]] = []
    back: list[tuple[Message, str]] = []
    for message, label in zip(messages, labels, strict=True):
        is_held = fold_of("held back " + normalised(message.text), _ONE_IN) == 0
        (back if is_held else kept).append((message, label))
    return Split(
        tuple(m for m, _ in kept),
        tuple(label for _, label in kept),
        tuple(m for m, _ in back),
        tuple(label for _, label in back),
    )


def refusal_of(new: Evaluation, old: Evaluation | None) -> str:
    """Why a new version is not published 未发布原因; empty when it beats the old one.

    It must class better (macro-F1) and be no less right where it answers without a person. Without an old
    one, it must be right more often than not.
    """
    if new.cases < LEAST_HELD:
        return f"留出的案件只有 {new.cases} 条，少于 {LEAST_HELD} 条，无法比较。"
    if old is None:
        return "" if new.accuracy > 0.5 else f"留出案件上的准确率只有 {new.accuracy:.1%}，不足一半。"
    if new.macro_f1 <= old.macro_f1:
        return f"宏平均 F1 {new.macro_f1:.4f} 不高于使用中版本的 {old.macro_f1:.4f}。"
    margin = _noise(new)
    if new.coverage_at_95 and new.precision_reached < min(old.precision_reached, 0.95) - margin:
        return (
            f"自动采纳部分的准确率 {new.precision_reached:.1%} 低于使用中版本的 {old.precision_reached:.1%}。"
        )
    return ""


def _noise(new: Evaluation) -> float:
    """One case among those taken: the smallest step in which the precision can move."""
    return 1 / max(1.0, new.cases * new.coverage_at_95)


def measured(model: ClassModel, split: Split) -> Evaluation:
    """Figures of a model on the held-back cases."""
    return measure(model, split.held, split.truth)


def as_figures(found: Evaluation) -> dict[str, Any]:
    """Figures as JSON, shares rounded to four places."""
    plain = asdict(found)
    plain["classes"] = [
        {k: round(v, 4) if isinstance(v, float) else v for k, v in row.items()} for row in plain["classes"]
    ]
    return {
        key: round(value, 4) if isinstance(value, float) else value
        for key, value in plain.items()
        if key not in {"seconds_per_1000", "seconds_to_train"}
    }
