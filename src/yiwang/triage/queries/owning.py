"""What the owner stage reads 责任单位查询: list, processes, grids and rosters of one day, for many."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.utils import timezone

from ...catalog.public import (
    CatalogIndex,
    ClassNode,
    ProcessNode,
    ResponsibilityList,
    catalog_index,
    responsibility_list,
    standard_process_for,
)
from ...orgs.public import AreaIndex, DutyRoster, UnitIndex, area_index, unit_index
from ...places.public import place_locator
from ..rules.owning.fitting import ConditionMatcher, ConditionWords

_GRIDS = frozenset({"grid", "exclusive_grid", "micro_grid"})


class Ground:
    """Everything that own() asks of other apps at one instant; each part is read once, when first needed."""

    def __init__(self, at: datetime) -> None:
        day = timezone.localdate(at)
        self.at = at
        self.catalog: CatalogIndex = catalog_index(at)
        self.areas: AreaIndex = area_index(day)
        self.units: UnitIndex = unit_index(day)
        self.standing: ResponsibilityList = responsibility_list(at)
        self._duty: dict[UUID, tuple[UUID, ...]] | None = None
        self._processes: dict[tuple[UUID, UUID | None], ProcessNode | None] = {}
        self._matchers: dict[UUID, ConditionMatcher] = {}
        self._grids: dict[UUID, tuple[UUID | None, int]] = {}
        self._on_duty: dict[UUID, tuple[UUID | None, tuple[UUID, ...]]] = {}

    def located(self, points: Iterable[tuple[float, float]]) -> list[UUID | None]:
        """The narrowest area of each point (WGS84 degrees) by the boundaries of the day, None outside."""
        found = list(points)
        if not found:
            return []
        here = place_locator(self.at)
        positions = here.locate([lon for lon, _ in found], [lat for _, lat in found])
        return [here.areas[n] if n >= 0 else None for n in positions]

    def matcher(self, node: ClassNode) -> ConditionMatcher:
        """The conditions of a class, ready for texts."""
        known = self._matchers.get(node.id)
        if known is None:
            conditions = [
                ConditionWords(c.id, c.ordinal, c.text, float(c.amount), c.unit)
                for c in self.catalog.conditions(node.id)
            ]
            known = self._matchers[node.id] = ConditionMatcher(conditions, class_name=node.name)
        return known

    def process(self, class_id: UUID, area_id: UUID | None) -> ProcessNode | None:
        """The standard process that holds there."""
        key = (class_id, area_id)
        if key not in self._processes:
            self._processes[key] = standard_process_for(class_id, area_id, at=self.at)
        return self._processes[key]

    def grid(self, area_id: UUID) -> tuple[UUID | None, int]:
        """The grid of the day that an area is or holds alone, and how many grids it holds."""
        known = self._grids.get(area_id)
        if known is None:
            known = self._grids[area_id] = self._find_grid(area_id)
        return known

    def _find_grid(self, area_id: UUID) -> tuple[UUID | None, int]:
        line = self.areas.ancestors(area_id)
        for node in line:
            if node.kind in ("grid", "exclusive_grid"):
                return node.id, 1
        if not line or line[0].kind != "community":
            return None, 0
        inside = [child for child in self.areas.children(area_id) if child.kind in _GRIDS]
        return (inside[0].id, 1) if len(inside) == 1 else (None, len(inside))

    def on_duty(self, area_id: UUID) -> tuple[UUID | None, tuple[UUID, ...]]:
        """The unit nearest to an area that has somebody on duty, and who; the community at most.

        Beyond the community nobody is told: a duty room of the district does not walk the grid.
        """
        known = self._on_duty.get(area_id)
        if known is None:
            known = self._on_duty[area_id] = self._find_duty(area_id)
        return known

    def _find_duty(self, area_id: UUID) -> tuple[UUID | None, tuple[UUID, ...]]:
        duty = self._read_duty()
        for area in self.areas.ancestors(area_id):
            for unit in self.units.in_area(area.id):
                if unit.id in duty:
                    return unit.id, duty[unit.id]
            if area.kind not in _GRIDS:
                break
        return None, ()

    def _read_duty(self) -> dict[UUID, tuple[UUID, ...]]:
        if self._duty is None:
            rows = DutyRoster.objects.filter(starts_at__lte=self.at, ends_at__gt=self.at)
            found: dict[UUID, list[UUID]] = defaultdict(list)
            for unit, account in rows.order_by("starts_at", "id").values_list("unit_id", "account_id"):
                found[unit].append(account)
            self._duty = {unit: tuple(people) for unit, people in found.items()}
        return self._duty
