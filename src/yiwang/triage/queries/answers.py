"""What an answer check reads: the replies of a case's round, the report, the unit's earlier replies."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from ...cases.public import Case, Report, Task, reports_of
from ...orgs.public import unit_index
from ..rules.answers.checking import EarlierReply

#: Earlier replies of a unit that a reply is compared with, newest cases first.
MOST_EARLIER = 300
_DONE = "done"


@dataclass(frozen=True, slots=True)
class Reply:
    """A unit's reply of the current round, with what it is compared to."""

    unit: str
    text: str
    earlier: tuple[EarlierReply, ...]


def replies_of(case: Case) -> list[Reply]:
    """Replies of the current round, the host's first; one query more for each."""
    tasks = [t for t in Task.objects.filter(case=case, round=case.round, state=_DONE) if t.result]
    tasks.sort(key=lambda task: (task.unit != case.host, str(task.id)))
    return [Reply(_unit_name(task.unit), task.result, earlier_replies(task.unit, case.id)) for task in tasks]


def earlier_replies(unit: UUID, but: UUID | None) -> tuple[EarlierReply, ...]:
    """The unit's replies to other cases."""
    rows = Task.objects.filter(unit=unit, state=_DONE).exclude(result="").exclude(case=but)
    newest = rows.order_by("-case_created_at", "-case").values_list("case__number", "done_at", "result")
    return tuple(
        EarlierReply(f"案件 {number}（{at:%Y-%m-%d}）" if at else f"案件 {number}", result)
        for number, at, result in newest[:MOST_EARLIER]
    )


def first_report(case: Case) -> Report | None:
    """The report that the case began with and that still says something."""
    return reports_of(case).filter(erased_at=None).order_by("received_at", "id").first()


def _unit_name(unit: UUID) -> str:
    node = unit_index().by_id.get(unit)
    return node.name if node else ""
