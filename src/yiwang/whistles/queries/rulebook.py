"""The rulebook 哨规: kinds, matters, stages, scales, thresholds and outside units, kept in the process."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from ...cases.public import local_day
from ...catalog.public import catalog_index
from ...kernel.errors import invalid
from ...ledger.public import VersionedCache
from ..models import FrequencyRule, OutsideUnit, WhistleKind, WhistleMatter, WhistleRatingOption, WorkStage

#: Name of the cache; whoever changes a rule bumps it.
CACHE = "whistles"


@dataclass(frozen=True, slots=True)
class Rulebook:
    """Everything that is data about whistles, as the rows say."""

    kinds: tuple[WhistleKind, ...]
    matters: tuple[WhistleMatter, ...]
    stages: tuple[WorkStage, ...]
    options: tuple[WhistleRatingOption, ...]
    frequencies: tuple[FrequencyRule, ...]
    outside: tuple[OutsideUnit, ...]

    def kind(self, key: UUID) -> WhistleKind:
        """The kind row of a whistle, in force or not."""
        return next(row for row in self.kinds if row.id == key)

    def kinds_on(self, day: date) -> dict[str, WhistleKind]:
        """The row in force of each kind by code, switched off ones too, in display order."""
        found: dict[str, WhistleKind] = {}
        for row in sorted(self.kinds, key=lambda r: r.valid_from):
            if _holds(row, day):
                found[row.code] = row
        return dict(sorted(found.items(), key=lambda pair: (pair[1].order, pair[0])))

    def kind_named(self, code: str, day: date) -> WhistleKind:
        """The row in force of a kind.

        Raises:
            Invalid: there is no such kind today.
        """
        found = self.kinds_on(day).get(code)
        if found is None:
            raise invalid("kind", code, "没有这个哨种，请在哨种页面核对。")
        return found

    def matters_for(self, code: str, day: date) -> list[WhistleMatter]:
        """Matters that may be whistled under a kind on a day, in display order."""
        found = [m for m in self.matters if m.kind_code in {"", code} and _holds(m, day)]
        return sorted(found, key=lambda m: (m.field, m.order, m.name))

    def matter(self, key: UUID) -> WhistleMatter | None:
        """A matter by key, ended ones too."""
        return next((row for row in self.matters if row.id == key), None)

    def option(self, question: str, code: str) -> WhistleRatingOption:
        """One option of the scale that is in use.

        Raises:
            Invalid: there is none.
        """
        offered = [o for o in self.options if o.question == question and o.is_on]
        found = next((o for o in offered if o.code == code), None)
        if found is None:
            raise invalid(question, code, f"请选择 {'、'.join(o.label for o in offered)} 之一。")
        return found

    def outside_unit(self, key: UUID) -> OutsideUnit | None:
        """An outside unit by key, ended ones too."""
        return next((row for row in self.outside if row.id == key), None)

    def frequency_on(self, day: date) -> FrequencyRule | None:
        """The thresholds in force on a day."""
        begun = [row for row in self.frequencies if row.valid_from <= day]
        return max(begun, key=lambda row: row.valid_from, default=None)


def _holds(row: WhistleKind | WhistleMatter, day: date) -> bool:
    return row.valid_from <= day and (row.valid_to is None or day < row.valid_to)


def _read() -> Rulebook:
    return Rulebook(
        tuple(WhistleKind.objects.order_by("order", "code", "valid_from")),
        tuple(WhistleMatter.objects.order_by("order", "name")),
        tuple(WorkStage.objects.order_by("order", "code")),
        tuple(WhistleRatingOption.objects.order_by("question", "order")),
        tuple(FrequencyRule.objects.order_by("valid_from")),
        tuple(OutsideUnit.objects.order_by("name")),
    )


_kept = VersionedCache(CACHE, _read)


def rulebook() -> Rulebook:
    """The rulebook as it stands now."""
    return _kept.get()


def kinds_offered(at: datetime) -> list[WhistleKind]:
    """Kinds that are in force and switched on."""
    return [row for row in rulebook().kinds_on(local_day(at)).values() if row.is_on]


def matter_covers(matter: WhistleMatter, classes: Iterable[UUID | None]) -> bool:
    """Whether a matter by class holds for one of the classes: it is one, or stands above it."""
    if matter.matter_class is None:
        return True
    index = catalog_index()
    for key in classes:
        node = index.class_by_id.get(key) if key else None
        while node is not None:
            if node.id == matter.matter_class:
                return True
            node = index.class_by_id.get(node.parent_id) if node.parent_id else None
    return False
