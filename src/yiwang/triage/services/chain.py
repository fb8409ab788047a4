"""The chain 研判链 in bulk: class, wording, place, owner and repeat of many reports, each stage once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from ...catalog.public import CatalogIndex, catalog_index
from ..rules.chain import Triaged, WordingView, best_first
from ..rules.proposals import ClassProposal
from ..rules.said import Said
from .classing import classify
from .owning import own
from .placing import place
from .repeats import find_repeats
from .wording import read_wording


def triage_reports(said: Sequence[Said], *, at: datetime) -> list[Triaged]:
    """What the stages say of each report, in order; changes nothing.

    A class that the source or an operator gave stands: the stages after it go by it.
    """
    if not said:
        return []
    index = catalog_index(at)
    classes = [best_first(found) for found in classify(said, at=at)]
    keys = [
        one.class_id or _class_key(index, found[0] if found else None)
        for one, found in zip(said, classes, strict=True)
    ]
    places = place(said, at=at)
    placed = [
        replace(
            one, class_id=key, area_id=where.area_id or one.area_id,
            lon=one.lon if where.lon is None else where.lon, lat=one.lat if where.lat is None else where.lat,
        )
        for one, key, where in zip(said, keys, places, strict=True)
    ]  # fmt: skip
    rows = zip(
        classes,
        keys,
        places,
        find_repeats(placed, at=at),
        own(placed, at=at),
        read_wording(said),
        strict=True,
    )
    return [
        Triaged(
            classes=found, class_id=key, place=where, repeat=repeat, owner=owner,
            wording=WordingView(words.urgency, words.kind, (*words.urgency_reasons, *words.kind_reasons)),
        )
        for found, key, where, repeat, owner, words in rows
    ]  # fmt: skip


def _class_key(index: CatalogIndex, best: ClassProposal | None) -> UUID | None:
    node = index.class_by_code(best.scheme, best.code) if best and best.code else None
    return node.id if node else None
