"""Phrases 常用语 that somebody may use, and those he keeps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q, QuerySet

from ...cases import public as cases
from ...kernel.actor import Actor
from .. import names


@dataclass(frozen=True, slots=True)
class Shelf:
    """Phrases of one owner, and whether the actor may change them.

    Attributes:
        owner: `own`, `everyone`, or the key of a unit: what the form of a new one sends.
    """

    owner: str
    name: str
    rows: Sequence[cases.Phrase]
    may_edit: bool


def units_of_actor(actor: Actor) -> frozenset[UUID]:
    """Units whose phrases the actor uses: those he works for, and the one of his post."""
    own = {actor.unit_id} if actor.unit_id is not None else set()
    return frozenset(actor.scope("cases.view").units | actor.scope("cases.edit_phrases").units | own)


def phrases_of(actor: Actor) -> QuerySet[cases.Phrase]:
    """Phrases in use that the actor may put into a form: his own first, then units', then everybody's."""
    whose = Q(account=None, unit=None) | Q(account=None, unit__in=units_of_actor(actor))
    if actor.account_id is not None:
        whose |= Q(account=actor.account_id)
    return cases.Phrase.objects.filter(whose, retired_at=None).order_by(
        "purpose", "account", "unit", "order", "id"
    )


def shelves(actor: Actor, *, own_label: str, everyone_label: str) -> list[Shelf]:
    """The actor's own phrases, those of each unit of his, and everybody's; one query."""
    found: dict[str, list[cases.Phrase]] = {}
    for row in phrases_of(actor):
        key = "own" if row.account else str(row.unit) if row.unit else "everyone"
        found.setdefault(key, []).append(row)
    may_edit_own = cases.may_edit_phrases(actor, account=actor.account_id)
    made = [Shelf("own", own_label, found.get("own", []), may_edit_own)]
    for unit in sorted(units_of_actor(actor), key=names.unit_name):
        may_edit = cases.may_edit_phrases(actor, unit=unit)
        if may_edit or str(unit) in found:
            made.append(Shelf(str(unit), names.unit_name(unit), found.get(str(unit), []), may_edit))
    made.append(Shelf("everyone", everyone_label, found.get("everyone", []), cases.may_edit_phrases(actor)))
    return made
