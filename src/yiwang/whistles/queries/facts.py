"""Facts 条件事实 that the guards of a whistle look at: the same for a service and for a page's buttons."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

from ...kernel.actor import Actor
from ...orgs.public import AreaKind, area_index
from ..enums import ReportRole
from ..models import Whistle, WhistleKind, WhistleTask
from ..rules.guards import WhistleFacts
from ..states import DECLINED, ENTERPRISE, FED_BACK, OPEN_TASK_STATES, RECALLED, REPORTED
from .parties import party_name
from .rulebook import rulebook


def kind_of(whistle: Whistle) -> WhistleKind:
    """The kind row that the whistle was blown under, from the process's memory."""
    return rulebook().kind(whistle.kind_id)


def facts_of(whistle: Whistle, *, actor: Actor, **given: Any) -> WhistleFacts:
    """The facts the guards look at; `given` overrides."""
    kind = kind_of(whistle)
    facts = {
        "actor_id": actor.account_id,
        "blown_by": whistle.blown_by,
        "most_units": kind.most_units,
        "was_sent": whistle.judged_at is not None,
        "rung": whistle.rung,
        "most_rings": kind.most_rings,
    }
    return WhistleFacts(**{**facts, **given})


def is_zone(area: UUID | None) -> bool:
    """Whether an area is drawn around a place, as 共治片区 are, and is no administrative division."""
    node = area_index().by_id.get(area) if area else None
    return node is not None and node.kind in {AreaKind.SHARED_ZONE, AreaKind.FUNCTIONAL_ZONE}


def is_open(task: WhistleTask) -> bool:
    """Whether the unit still has something to do."""
    return task.state in OPEN_TASK_STATES


def leads(task: WhistleTask) -> bool:
    """Whether the task is the host's, at work or done: there is one such task, never two."""
    return task.role == ReportRole.HOST and (is_open(task) or task.state == FED_BACK)


def came_of(tasks: Iterable[WhistleTask]) -> int:
    """How many units have reported on the spot."""
    return sum(task.state in {REPORTED, FED_BACK} for task in tasks)


def called_of(tasks: Iterable[WhistleTask], *fresh: UUID) -> int:
    """How many units have a task that was neither taken back nor refused, with some that would be called."""
    return len({task.party for task in tasks if task.state not in {RECALLED, DECLINED}} | set(fresh))


def missing_of(whistle: Whistle) -> list[str]:
    """What a whistle still lacks before it is blown, in words."""
    held = {
        "事由": whistle.reasons,
        "已做工作": whistle.tried,
        "吹哨事项": whistle.matter_id,
        "地点": whistle.address or whistle.area or whistle.lon is not None,
        "企业": whistle.enterprise or kind_of(whistle).blow_act != ENTERPRISE,
    }
    return [name for name, value in held.items() if not value]


def unrated_of(tasks: Iterable[WhistleTask], rated: Collection[UUID]) -> list[str]:
    """Names of units that have fed back and whose task is not among the rated ones."""
    return [party_name(task) for task in tasks if task.state == FED_BACK and task.id not in rated]
