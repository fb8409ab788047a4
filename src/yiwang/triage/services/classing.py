"""Class stage 事项类别研判: every scheme in use, by its trained model or else by the catalog's words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import numpy as np
from threadpoolctl import threadpool_limits

from ...catalog.public import CatalogIndex, catalog_index
from ..queries.classing import LoadedModel, cold_start, models_in_use, schemes_in_use
from ..rules.classing.explaining import scores_and_reasons
from ..rules.classing.texts import Message, readable
from ..rules.proposals import ClassOutcome, ClassProposal
from ..rules.said import Said

#: Model named by proposals of the cold start.
COLD = "cold"
_OTHERS = 3


def classify(
    said: Sequence[Said], *, at: datetime, schemes: Sequence[str] | None = None
) -> list[tuple[ClassProposal, ...]]:
    """A class of each scheme in use for every report, with reasons; reads no more than the words.

    Args:
        schemes: only these; None for all in use.

    Returns:
        For each report one proposal a scheme, by the scheme's code; without words its class is empty.
    """
    index, loaded = catalog_index(at), models_in_use()
    wanted = [code for code in schemes_in_use(index) if schemes is None or code in schemes]
    texts = readable([Message(one.text) for one in said])
    with threadpool_limits(limits=1):
        columns = [
            _by_model(index, scheme, loaded[scheme], texts)
            if scheme in loaded
            else _by_words(index, scheme, texts)
            for scheme in wanted
        ]
    return [tuple(column[number] for column in columns) for number in range(len(said))]


def _by_model(
    index: CatalogIndex, scheme: str, loaded: LoadedModel, texts: Sequence[str]
) -> list[ClassProposal]:
    model = loaded.model
    if not texts:
        return []
    held = np.array([index.class_by_code(scheme, code) is not None for code in model.labels])
    scores, reasons = scores_and_reasons(model, texts, lambda some: np.where(held, some, -np.inf).argmax(1))
    shares = np.where(held[None, :], model.calibration.confidence(scores), 0.0)
    best = shares.argmax(1)
    order = np.argsort(-shares, axis=1, kind="stable")
    found = []
    for row, text in enumerate(texts):
        top = float(shares[row, best[row]])
        if not text or top <= 0:
            found.append(_nothing(scheme, loaded.name))
            continue
        outcome = ClassOutcome.SURE if top >= model.calibration.threshold else ClassOutcome.UNSURE
        others = tuple(
            (model.labels[n], round(float(shares[row, n]), 4)) for n in order[row, 1 : 1 + _OTHERS]
        )
        found.append(
            ClassProposal(
                scheme, model.labels[best[row]], outcome, round(top, 4), reasons[row], others, loaded.name
            )
        )
    return found


def _by_words(index: CatalogIndex, scheme: str, texts: Sequence[str]) -> list[ClassProposal]:
    found = []
    for answer in cold_start(index, scheme).answers(texts):
        if not answer.ranked:
            found.append(_nothing(scheme, COLD))
            continue
        (code, confidence), *others = answer.ranked
        rest = tuple((other, round(share, 4)) for other, share in others[:_OTHERS])
        found.append(
            ClassProposal(scheme, code, ClassOutcome.UNSURE, round(confidence, 4), answer.reasons, rest, COLD)
        )
    return found


def _nothing(scheme: str, model: str) -> ClassProposal:
    return ClassProposal(scheme, "", ClassOutcome.UNSURE, 0.0, model=model)
