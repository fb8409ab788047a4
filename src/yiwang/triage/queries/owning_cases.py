"""Past cases 历史案件 as a replay and an evaluation of the responsibility list see them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet
from django.db.models.functions import Coalesce

from ...cases.public import Case
from ...catalog.public import Decision, ResponsibilityList
from ..rules.owning.replaying import Owner

#: States of cases that nobody had to handle.
_NOT_HANDLED = ("rejected", "voided", "merged", "withdrawn")
_DAYS_A_MONTH = 30.4375
_CHUNK = 10_000


@dataclass(frozen=True, slots=True)
class PastCase:
    """A case of the past, as far as the responsibility list looks at it.

    Attributes:
        area_id: the narrowest area that is known.
        street_id: for counting; the district where no street is known.
        host_id: who had it in the end, None when it was never dispatched.
    """

    id: UUID
    class_id: UUID
    condition_id: UUID | None
    area_id: UUID | None
    street_id: UUID | None
    host_id: UUID | None


def months_before(until: datetime, months: int) -> datetime:
    """The instant so many months of 30.4375 days before another."""
    return until - timedelta(days=round(_DAYS_A_MONTH * months))


def past_cases(since: datetime, until: datetime, *, dispatched: bool = False) -> QuerySet[Case]:
    """Classified cases of a period [since, until) that somebody had to handle; oldest first.

    Args:
        dispatched: only those that have a host.
    """
    found = Case.objects.filter(created_at__gte=since, created_at__lt=until, matter_class__isnull=False)
    found = found.exclude(state__in=_NOT_HANDLED)
    return found.filter(host__isnull=False) if dispatched else found


def read_cases(cases: QuerySet[Case]) -> Iterator[PastCase]:
    """The cases one by one, read in chunks by a cursor of the server."""
    rows = cases.order_by("created_at", "id").values_list(
        "id",
        "matter_class",
        "condition",
        Coalesce("grid", "community", "street", "district"),
        Coalesce("street", "district"),
        "host",
    )
    for key, matter, condition, area, street, host in rows.iterator(chunk_size=_CHUNK):
        assert matter is not None
        yield PastCase(key, matter, condition, area, street, host)


def owner_of(standing: ResponsibilityList, case: PastCase) -> Decision | None:
    """What a list says about a past case."""
    return standing.decide(case.class_id, case.area_id, case.condition_id)


class Owners:
    """Owners 归属 by a list, each distinct answer made once."""

    def __init__(self, standing: ResponsibilityList) -> None:
        self._standing = standing
        self._known: dict[tuple[UUID, UUID, UUID | None], Owner] = {}

    def of(self, case: PastCase) -> Owner | None:
        """Who answers for a case by the list, with the limit that holds then."""
        decision = owner_of(self._standing, case)
        if decision is None:
            return None
        key = (decision.winner.id, case.class_id, case.condition_id)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self._make(decision, case)
        return known

    def _make(self, decision: Decision, case: PastCase) -> Owner:
        winner = decision.winner
        return Owner(winner.host_id, frozenset(winner.co_unit_ids), self._limit(decision, case))

    def _limit(self, decision: Decision, case: PastCase) -> str:
        index = self._standing.index
        condition = index.condition(case.condition_id) if case.condition_id else None
        node = index.class_by_id.get(case.class_id)
        limit = decision.winner.limit or (condition.limit if condition else None)
        limit = limit or (node.default_limit if node else None)
        return f"{limit.amount} {limit.unit}" if limit else ""
