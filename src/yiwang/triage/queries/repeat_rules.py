"""Rules of repeats 查重规则 in force, cached; and the class families that blocking goes by."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import NAMESPACE_URL, UUID, uuid5

from ...catalog.public import CatalogIndex, catalog_index
from ...kernel.working_time import SHANGHAI
from ...ledger.public import VersionedCache
from ..models import RepeatRule
from ..rules.repeats.scoring import Thresholds
from ..rules.repeats.signatures import FamilyOf

#: What `bump` is called with when a rule changes.
REPEAT_RULES = "repeat_rules"


@dataclass(frozen=True, slots=True)
class RuleRow:
    """One dated rule, as kept in memory."""

    matter_class: UUID | None
    valid_from: date
    valid_to: date | None
    thresholds: Thresholds

    def holds_on(self, day: date) -> bool:
        """Whether it is in force on a Shanghai day."""
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


def _build() -> list[RuleRow]:
    rows = RepeatRule.objects.order_by("-valid_from", "id")
    return [
        RuleRow(
            row.matter_class, row.valid_from, row.valid_to,
            Thresholds(row.merge_at, row.suggest_at, row.merges, row.window_days),
        )
        for row in rows
    ]  # fmt: skip


_cache = VersionedCache(REPEAT_RULES, _build)


class RulesOfDay:
    """The rules of one day, answered by class; a class without one goes by those above it."""

    def __init__(self, at: datetime) -> None:
        day = at.astimezone(SHANGHAI).date()
        self._rows: dict[UUID | None, Thresholds] = {}
        for row in _cache.get():
            if row.holds_on(day):
                self._rows.setdefault(row.matter_class, row.thresholds)
        self._index = catalog_index(at)
        self._known: dict[UUID | None, Thresholds] = {}

    def thresholds_for(self, class_id: UUID | None) -> Thresholds:
        """The thresholds of a class: its own rule, else the nearest above it, else the general one."""
        known = self._known.get(class_id)
        if known is None:
            line = self._index.line(class_id) if class_id else ()
            named = (self._rows[node.id] for node in line if node.id in self._rows)
            known = next(named, None) or self._rows.get(None, Thresholds())
            self._known[class_id] = known
        return known

    def merges_alone(self, class_id: UUID | None) -> bool:
        """Whether somebody has set a rule by which cases of a class are merged without a person."""
        line = self._index.line(class_id) if class_id else ()
        has_rule = None in self._rows or any(node.id in self._rows for node in line)
        return has_rule and self.thresholds_for(class_id).merges


def family_by(index: CatalogIndex) -> FamilyOf:
    """Families of the catalog's classes: a class goes with its siblings under one parent of one scheme."""
    known: dict[UUID | None, int] = {None: 0}

    def family_of(class_id: UUID | None) -> int:
        if class_id not in known:
            line = index.line(class_id) if class_id else ()
            known[class_id] = 0
            if line:
                head = line[1] if len(line) > 1 else line[0]
                scheme = uuid5(NAMESPACE_URL, head.scheme_code).int % 15 + 1
                known[class_id] = scheme << 16 | head.id.int & 0xFFFF
        return known[class_id]

    return family_of
