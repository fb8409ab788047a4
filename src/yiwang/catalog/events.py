"""Events 事件 of the catalog: what happened to an admitted matter or an exemption."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from ..ledger.public import Event, register


@register
@dataclass(frozen=True, slots=True)
class AdmissionMoved(Event):
    """准入事项状态变化: an act of the table moved the matter to `state`."""

    kind: ClassVar[str] = "catalog.admission_moved"
    matter_id: UUID
    at: datetime
    action: str
    state: str

    @property
    def stream(self) -> UUID:
        """The matter."""
        return self.matter_id


@register
@dataclass(frozen=True, slots=True)
class ExemptionGranted(Event):
    """应急豁免已批准: matters on no list may be handed down until `ends_at`."""

    kind: ClassVar[str] = "catalog.exemption_granted"
    exemption_id: UUID
    at: datetime
    ends_at: datetime

    @property
    def stream(self) -> UUID:
        """The exemption."""
        return self.exemption_id


@register
@dataclass(frozen=True, slots=True)
class ExemptionEnded(Event):
    """应急豁免已提前结束: somebody ended it before its time."""

    kind: ClassVar[str] = "catalog.exemption_ended"
    exemption_id: UUID
    at: datetime

    @property
    def stream(self) -> UUID:
        """The exemption."""
        return self.exemption_id
