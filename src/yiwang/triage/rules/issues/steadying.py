"""Steadying 稳定: today's issues keep the keys of yesterday's; splits and merges are named."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

K = TypeVar("K")
M = TypeVar("M")

#: Share of the smaller of the two that both must hold for one to be the other.
SHARED = 0.5


@dataclass(frozen=True, slots=True)
class Descent(Generic[K]):
    """Where an issue of today comes from.

    Attributes:
        key: the issue of yesterday that it goes on as; None when it is new.
        merged: further issues of yesterday that it took in.
        split_from: the issue that it broke away from, when another goes on under its key.
    """

    key: K | None
    merged: tuple[K, ...] = ()
    split_from: K | None = None


def descents(yesterday: Mapping[K, Collection[M]], today: Sequence[Collection[M]]) -> list[Descent[K]]:
    """For each issue of today, in order, where it comes from.

    Two belong together when they share at least half of the smaller. Pairs are taken by the number they
    share, then by the order of today and of yesterday, each key once.

    Example: yesterday {a: 1 2 3 4}; today {1 2 3 9} goes on as a, {4} broke away from it.
    """
    members = {key: frozenset(found) for key, found in yesterday.items()}
    order = {key: number for number, key in enumerate(members)}
    where: dict[M, list[K]] = {}
    for key, found in members.items():
        for member in found:
            where.setdefault(member, []).append(key)
    pairs: list[tuple[int, int, int, K]] = []
    for number, group in enumerate(today):
        counts: dict[K, int] = {}
        for member in frozenset(group):
            for key in where.get(member, ()):
                counts[key] = counts.get(key, 0) + 1
        for key, count in counts.items():
            if count >= SHARED * min(len(members[key]), len(frozenset(group))):
                pairs.append((-count, number, order[key], key))
    kept: dict[int, K] = {}
    others: dict[int, list[K]] = {}
    holder: dict[K, int] = {}
    for _count, number, _order, key in sorted(pairs, key=lambda pair: pair[:3]):
        if number not in kept and key not in holder:
            kept[number], holder[key] = key, number
        else:
            others.setdefault(number, []).append(key)
    return [
        _descent(number, kept.get(number), others.get(number, []), holder) for number in range(len(today))
    ]


def _descent(number: int, key: K | None, others: Sequence[K], holder: Mapping[K, int]) -> Descent[K]:
    merged = tuple(other for other in others if other not in holder) if key is not None else ()
    broken = next((other for other in others if holder.get(other, number) != number), None)
    return Descent(key, merged, broken if key is None else None)
