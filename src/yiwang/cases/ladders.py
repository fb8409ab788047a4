"""Ladder in force 现行阶梯: cached reading of `Ladder`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from ..ledger.public import VersionedCache
from .enums import LadderEvent
from .models import Ladder
from .steps import OVERDUE, Step, read_steps, steps_at


@dataclass(frozen=True, slots=True)
class LadderNode:
    """One ladder as plain values."""

    id: UUID
    name: str
    stage: str
    class_kind: str
    matter_class: UUID | None
    urgency: str
    steps: tuple[Step, ...]
    valid_from: date
    valid_to: date | None
    is_on: bool

    def holds(self, class_kind: str, matter_class: UUID | None, urgency: str, day: date) -> bool:
        """Whether it holds for such a case on a day."""
        return (
            self.is_on
            and self.class_kind in {"", class_kind}
            and self.matter_class in {None, matter_class}
            and self.urgency in {"", urgency}
            and self.valid_from <= day
            and (self.valid_to is None or day < self.valid_to)
        )

    @property
    def rank(self) -> tuple[bool, bool, bool, date]:
        """What goes before what: class, kind, urgency, then the newest."""
        return self.matter_class is not None, self.class_kind != "", self.urgency != "", self.valid_from


def _read() -> dict[str, tuple[LadderNode, ...]]:
    found: dict[str, list[LadderNode]] = {}
    for row in Ladder.objects.all():
        steps = read_steps(row.steps, of_event=row.stage in LadderEvent.values)
        node = LadderNode(
            row.id, row.name, row.stage, row.class_kind, row.matter_class, row.urgency, steps,
            row.valid_from, row.valid_to, row.is_on,
        )  # fmt: skip
        found.setdefault(row.stage, []).append(node)
    return {stage: tuple(sorted(nodes, key=lambda n: n.rank)) for stage, nodes in found.items()}


_ladders = VersionedCache("ladders", _read)
_BARE = (OVERDUE,)


def ladder_for(
    stage: str, *, class_kind: str, matter_class: UUID | None, urgency: str, day: date
) -> LadderNode | None:
    """The ladder in force for a stage of such a case, or for an event; None when none is on and has begun."""
    nodes = _ladders.get().get(stage, ())
    return next((n for n in reversed(nodes) if n.holds(class_kind, matter_class, urgency, day)), None)


def steps_for(
    stage: str, *, class_kind: str, matter_class: UUID | None, urgency: str, day: date
) -> tuple[Step, ...]:
    """The steps of the ladder in force; without one the bare fact that the clock is overdue."""
    node = ladder_for(stage, class_kind=class_kind, matter_class=matter_class, urgency=urgency, day=day)
    return node.steps if node is not None else _BARE


def is_heeded(event: str) -> bool:
    """Whether any ladder of an event is switched on, for whichever cases and days; no query when none is."""
    return any(node.is_on for node in _ladders.get().get(event, ()))


def event_steps_for(
    event: str, *, times: int, class_kind: str, matter_class: UUID | None, urgency: str, day: date
) -> tuple[Step, ...]:
    """The steps that an event takes on such a case when it happens there for the `times`-th time."""
    node = ladder_for(event, class_kind=class_kind, matter_class=matter_class, urgency=urgency, day=day)
    return steps_at(node.steps, times) if node is not None else ()
