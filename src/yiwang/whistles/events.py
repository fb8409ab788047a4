"""Events 事件 of whistles: past facts as ids and values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from ..ledger.public import Event, register


@register
@dataclass(frozen=True, slots=True)
class WhistleMoved(Event):
    """哨状态推进: an act was done on a whistle, whether or not its state changed."""

    kind: ClassVar[str] = "whistles.moved"
    whistle_id: UUID
    at: datetime
    action: str
    state: str

    @property
    def stream(self) -> UUID:
        """The whistle."""
        return self.whistle_id


@register
@dataclass(frozen=True, slots=True)
class UnitsSummoned(Event):
    """单位被派发报到: units of the instance and outside units that are called now."""

    kind: ClassVar[str] = "whistles.summoned"
    whistle_id: UUID
    at: datetime
    units: tuple[UUID, ...]
    outside: tuple[UUID, ...]

    @property
    def stream(self) -> UUID:
        """The whistle."""
        return self.whistle_id


@register
@dataclass(frozen=True, slots=True)
class WhistleLate(Event):
    """报到超时: a limit of a unit has passed; `escalated_to` is the unit above, if there is one."""

    kind: ClassVar[str] = "whistles.late"
    whistle_id: UUID
    at: datetime
    task_id: UUID
    stage: str
    due_at: datetime
    escalated_to: UUID | None

    @property
    def stream(self) -> UUID:
        """The whistle."""
        return self.whistle_id
