"""Replay 权责重放: which host each past case would have had before and after a changed list, counted."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

#: Cases kept as examples of one pair of hosts.
EXAMPLES = 20


@dataclass(frozen=True, slots=True)
class Owner:
    """Who answers 归属, as a replay compares it: host, co-units in any order, limit as `2 work_day`."""

    host: UUID
    co_units: frozenset[UUID] = frozenset()
    limit: str = ""


class Tally:
    """What a replay found so far 重放统计.

    Counts every case once by what changed most: its host, else its co-units, else its limit.
    """

    def __init__(self) -> None:
        self.total = 0
        self.changed: Counter[str] = Counter()
        self._pairs: Counter[tuple[UUID | None, UUID | None]] = Counter()
        self._examples: dict[tuple[UUID | None, UUID | None], list[UUID]] = defaultdict(list)
        self._classes: dict[UUID | None, list[int]] = defaultdict(lambda: [0, 0])
        self._areas: dict[UUID | None, list[int]] = defaultdict(lambda: [0, 0])
        self._load: dict[UUID | None, list[int]] = defaultdict(lambda: [0, 0])
        self._limits: Counter[tuple[UUID | None, str, str]] = Counter()

    def add(
        self,
        case_id: UUID,
        *,
        class_id: UUID | None,
        area_id: UUID | None,
        before: Owner | None,
        after: Owner | None,
    ) -> None:
        """Count one case.

        Args:
            area_id: the area to count it under.
            before, after: who would have answered; None when no row covers it.
        """
        self.total += 1
        one, other = before.host if before else None, after.host if after else None
        self._load[one][0] += 1
        self._load[other][1] += 1
        by_class, by_area = self._classes[class_id], self._areas[area_id]
        by_class[0] += 1
        by_area[0] += 1
        if before == after:
            return
        by_class[1] += 1
        by_area[1] += 1
        self.changed[_what(before, after)] += 1
        if one != other:
            self._pairs[one, other] += 1
            examples = self._examples[one, other]
            if len(examples) < EXAMPLES:
                examples.append(case_id)
        limits = (before.limit if before else "", after.limit if after else "")
        if limits[0] != limits[1]:
            self._limits[class_id, *limits] += 1

    def plain(self) -> dict[str, Any]:
        """The counts as JSON holds them; keys as text, an empty one for nobody; the greatest first."""
        return {
            "total": self.total,
            "changed": {name: self.changed[name] for name in ("host", "co_units", "limit")},
            "no_owner": list(self._load[None]),
            "pairs": [
                {
                    "from": _text(a),
                    "to": _text(b),
                    "count": n,
                    "cases": [str(c) for c in self._examples[a, b]],
                }
                for (a, b), n in _greatest(self._pairs.items())
            ],
            "classes": _table(self._classes),
            "areas": _table(self._areas),
            "load": [
                {"unit": _text(unit), "before": before, "after": after}
                for unit, (before, after) in sorted(
                    self._load.items(), key=lambda e: (-abs(e[1][1] - e[1][0]), -e[1][0], _text(e[0]))
                )
                if unit is not None and before != after
            ],
            "limits": [
                {"class": _text(node), "from": one, "to": other, "count": n}
                for (node, one, other), n in _greatest(self._limits.items())
            ],
        }


def _what(before: Owner | None, after: Owner | None) -> str:
    if before is None or after is None or before.host != after.host:
        return "host"
    return "co_units" if before.co_units != after.co_units else "limit"


def _text(key: UUID | None) -> str:
    return str(key) if key is not None else ""


def _greatest(entries: Iterable[tuple[tuple[Any, ...], int]]) -> list[tuple[tuple[Any, ...], int]]:
    return sorted(entries, key=lambda entry: (-entry[1], [str(part or "") for part in entry[0]]))


def _table(counts: Mapping[UUID | None, list[int]]) -> list[dict[str, Any]]:
    rows = ((_text(key), total, changed) for key, (total, changed) in counts.items() if changed)
    ordered = sorted(rows, key=lambda row: (-row[2], row[0]))
    return [{"key": key, "total": total, "changed": changed} for key, total, changed in ordered]
