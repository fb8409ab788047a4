"""Replays and precedents for pages 权责重放与先例: keys into words, examples in the viewer's scope."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any
from uuid import UUID

from ...cases.public import Case, visible_to
from ...catalog.public import LimitValue, catalog_index, limit_words
from ...interface.public import Order, Page, page_by_key
from ...kernel.actor import Actor
from ...kernel.errors import NotFound
from ...orgs.public import area_index, unit_index
from ..models import Precedent, Replay

_NEWEST = Order("newest", "id", descending=True)
_EXAMPLES_SHOWN = 8
_MOST_LINES = 60


@dataclass(frozen=True, slots=True)
class PairLine:
    """From one host to another 归属变化: how many cases, and the examples that the viewer may see."""

    one: str
    other: str
    count: int
    examples: tuple[Case, ...]


@dataclass(frozen=True, slots=True)
class CountLine:
    """A line of counts 计数行: a name, how many in all, how many changed."""

    name: str
    total: int
    changed: int


@dataclass(frozen=True, slots=True)
class ReplayView:
    """A replay in words."""

    row: Replay
    pairs: tuple[PairLine, ...]
    classes: tuple[CountLine, ...]
    areas: tuple[CountLine, ...]
    load: tuple[tuple[str, int, int, int], ...]
    limits: tuple[tuple[str, str, str, int], ...]

    @property
    def changed(self) -> int:
        """Cases for which anything changes."""
        counts: dict[str, int] = self.row.result.get("changed", {})
        return sum(counts.values())


def replays_of(draft_id: UUID) -> list[Replay]:
    """The last replays of a draft, newest first, without their results."""
    return list(Replay.objects.filter(draft_id=draft_id).defer("result").order_by("-id")[:10])


def replay_for(replay_id: UUID) -> Replay:
    """One replay with its draft.

    Raises:
        NotFound.
    """
    row = Replay.objects.select_related("draft").filter(pk=replay_id).first()
    if row is None:
        raise NotFound("找不到这次重放。")
    return row


def replay_view(row: Replay, actor: Actor) -> ReplayView:
    """A replay in words; one query for the examples."""
    result: dict[str, Any] = row.result
    pairs = result.get("pairs", [])[:_MOST_LINES]
    seen = _seen(actor, [case for pair in pairs for case in pair["cases"]])
    return ReplayView(
        row=row,
        pairs=tuple(
            PairLine(
                _unit(pair["from"]),
                _unit(pair["to"]),
                pair["count"],
                tuple(seen[key] for key in pair["cases"] if key in seen)[:_EXAMPLES_SHOWN],
            )
            for pair in pairs
        ),
        classes=_counts(result.get("classes", []), _class),
        areas=_counts(result.get("areas", []), _area),
        load=tuple(
            (_unit(e["unit"]), e["before"], e["after"], e["after"] - e["before"])
            for e in result.get("load", [])[:_MOST_LINES]
        ),
        limits=tuple(
            (_class(e["class"]), _limit(e["from"]), _limit(e["to"]), e["count"])
            for e in result.get("limits", [])[:_MOST_LINES]
        ),
    )


def precedent_page(*, state: str, cursor: str = "") -> Page[Precedent]:
    """One page of the precedents, newest first; an empty state means all."""
    rows = Precedent.objects.select_related("matter_class", "condition", "draft")
    return page_by_key(rows.filter(state=state) if state else rows, _NEWEST, cursor=cursor)


@dataclass(frozen=True, slots=True)
class PrecedentView:
    """A precedent in words, with those of its cases that the viewer may see."""

    row: Precedent
    matter: str
    area: str
    host: str
    came_from: str
    examples: tuple[Case, ...]


def precedent_views(rows: list[Precedent], actor: Actor) -> list[PrecedentView]:
    """Precedents in words; one query for the examples of all."""
    seen = _seen(actor, [str(case) for row in rows for case in row.case_ids[:_EXAMPLES_SHOWN]])
    units, areas = unit_index(), area_index()
    return [
        PrecedentView(
            row=row,
            matter=f"{row.matter_class.code} {row.matter_class.name}",
            area=areas.by_id[row.area_id].name if row.area_id in areas.by_id and row.area_id else "",
            host=units.name(row.host_unit_id),
            came_from="、".join(units.name(key) for key in row.from_unit_ids),
            examples=tuple(seen[str(key)] for key in row.case_ids[:_EXAMPLES_SHOWN] if str(key) in seen),
        )
        for row in rows
    ]


def _seen(actor: Actor, keys: list[str]) -> dict[str, Case]:
    """The cases among the keys that the viewer may see."""
    if not keys:
        return {}
    found = visible_to(actor).filter(pk__in=keys).only("id", "number", "title")
    return {str(case.id): case for case in found}


def _counts(entries: list[dict[str, Any]], name: Any) -> tuple[CountLine, ...]:
    return tuple(CountLine(name(e["key"]), e["total"], e["changed"]) for e in entries[:_MOST_LINES])


def _unit(key: str) -> str:
    return unit_index().name(UUID(key)) if key else ""


def _class(key: str) -> str:
    node = catalog_index().class_by_id.get(UUID(key)) if key else None
    return f"{node.code} {node.name}" if node else key


def _area(key: str) -> str:
    node = area_index().by_id.get(UUID(key)) if key else None
    return node.name if node else ""


def _limit(text: str) -> str:
    amount, _space, unit = text.partition(" ")
    if not unit:
        return ""
    exact = Fraction(amount)
    return limit_words(LimitValue(exact.numerator if exact.denominator == 1 else exact, unit))
