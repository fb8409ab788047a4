"""Wording stage 措辞研判: urgency and request kind by the named rules and, when trained, by models.

A rule of urgency is never overruled by a model: it may only be raised. A kind that the reporter names himself
stands; else a model that is sure decides, and its reason says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ...cases.public import RequestKind, Urgency
from ..queries.classing import WORDING_KIND, WORDING_URGENCY, LoadedModel, models_in_use
from ..rules.classing.texts import Message
from ..rules.proposals import Reason
from ..rules.said import Said
from ..rules.wording.reading import Wording, wordings_of

_STRENGTH = {Urgency.ORDINARY.value: 0, Urgency.PROMPT.value: 1, Urgency.URGENT.value: 2}


def read_wording(said: Sequence[Said]) -> list[Wording]:
    """Urgency and request kind of every report, with the rules and phrases that say so."""
    found = wordings_of([one.text for one in said])
    loaded = models_in_use()
    messages = [Message(one.text) for one in said]
    kinds = _sure(loaded.get(WORDING_KIND), messages)
    urgencies = _sure(loaded.get(WORDING_URGENCY), messages)
    return [
        _with_urgency(_with_kind(wording, kind), urgency)
        for wording, kind, urgency in zip(found, kinds, urgencies, strict=True)
    ]


def _sure(loaded: LoadedModel | None, messages: Sequence[Message]) -> list[tuple[str, Reason] | None]:
    """What a model is sure of, with a reason that names it."""
    if loaded is None or not messages:
        return [None] * len(messages)
    model, answers = loaded.model, []
    for row in model.confidences(messages):
        best = int(row.argmax())
        share = f"{row[best]:.0%}"
        sure = row[best] >= model.calibration.threshold
        words = Reason(
            "wording.model", f"按以往案件判断，把握 {share}（模型 {loaded.name}）", float(row[best])
        )
        answers.append((model.labels[best], words) if sure else None)
    return answers


def _with_kind(wording: Wording, answer: tuple[str, Reason] | None) -> Wording:
    if answer is None or wording.kind_named or answer[0] not in RequestKind.values:
        return wording
    kept = wording.kind_reasons if wording.kind == answer[0] else ()
    return replace(wording, kind=answer[0], kind_reasons=(*kept, answer[1]))


def _with_urgency(wording: Wording, answer: tuple[str, Reason] | None) -> Wording:
    if answer is None or _STRENGTH.get(answer[0], 0) <= _STRENGTH[wording.urgency]:
        return wording
    return replace(wording, urgency=answer[0], urgency_reasons=(answer[1], *wording.urgency_reasons))
