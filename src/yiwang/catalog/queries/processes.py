"""Standard processes 标准流程 in memory: which one holds for a class in an area on a day."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from ...ledger.public import VersionedCache
from ...orgs.public import area_index
from ..models import StandardProcess
from ..rules.nodes import holds_on, limit_value
from ..rules.processes import ProcessNode, StepNode
from .index import catalog_index, shanghai_day
from .responsibility import Spot, rank_of

#: What `bump` is called with when processes change.
PROCESSES = "catalog.processes"


def node_of(row: StandardProcess) -> ProcessNode:
    """A stored process as a plain value; reads its class and its steps."""
    return ProcessNode(
        id=row.id,
        code=row.code,
        name=row.name,
        class_id=row.matter_class_id,
        class_key=(row.matter_class.scheme_id, row.matter_class.code),
        area_id=row.area_id,
        is_example=row.is_example,
        can_dispatch=row.can_dispatch,
        dispatches=row.dispatches,
        basis=row.basis,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        steps=tuple(
            StepNode(
                ordinal=step.ordinal,
                what=step.what,
                act=step.act,
                unit_kind=step.unit_kind,
                limit=limit_value(step.limit_amount, step.limit_unit)
                if step.limit_amount is not None
                else None,
                proof=tuple(step.proof),
                next_ordinal=step.next_ordinal,
            )
            for step in sorted(row.steps.all(), key=lambda step: step.ordinal)
        ),
    )


def _build() -> tuple[ProcessNode, ...]:
    rows = StandardProcess.objects.select_related("matter_class").prefetch_related("steps")
    return tuple(node_of(row) for row in rows.order_by("code", "valid_from", "id"))


_cache = VersionedCache(PROCESSES, _build)


def standard_processes(at: datetime) -> list[ProcessNode]:
    """Every standard process in force on the day of an instant, by code; costs no query."""
    day = shanghai_day(at)
    return [node for node in _cache.get() if holds_on(node.valid_from, node.valid_to, day)]


def versions_of(code: str) -> list[ProcessNode]:
    """Every version of a process, the newest first."""
    return [node for node in reversed(_cache.get()) if node.code == code]


def standard_process_for(class_id: UUID, area_id: UUID | None, *, at: datetime) -> ProcessNode | None:
    """The standard process that holds for a matter of a class in an area on the day of an instant.

    The class itself goes before the classes above it, then the smaller area before the larger. None when
    there is no process for it.
    """
    line = catalog_index(at).line(class_id)
    if not line:
        return None
    areas = area_index(shanghai_day(at))
    keys = [(node.scheme_id, node.code) for node in line]
    spot = Spot(area_id, areas)
    found = [
        node
        for node in standard_processes(at)
        if node.class_key in keys and (node.area_id is None or spot.lies_in(node.area_id))
    ]
    if not found:
        return None
    return min(found, key=lambda n: (keys.index(n.class_key), [-x for x in rank_of(n.area_id, areas)], n.id))
