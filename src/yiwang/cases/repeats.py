"""Earlier cases 旧案: closed ones of the same class and community that a new report may say again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import cos, hypot, radians
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from ..kernel.actor import Actor
from .loop_rules import callback_rule_for
from .models import Case, ReportLink
from .queries import visible_to
from .states import CLOSED, MERGEABLE_STATES

REOPEN = "cases.reopen"
#: Most earlier cases that are proposed.
MOST = 5
#: Most that one query reads; those beyond the circle in its square fall out.
_READ = 4 * MOST
_METRES = 111_320.0


@dataclass(frozen=True, slots=True)
class EarlierCase:
    """A closed case that a new one may say again 疑似重复来件.

    Attributes:
        is_same_reporter: a report of the new case has the same contact as one of the closed case.
        is_same_address: both name the same address.
        metres: between the two points; None when one of them has none.
    """

    case: Case
    is_same_reporter: bool
    is_same_address: bool
    metres: float | None


def earlier_closed(actor: Actor, case: Case, at: datetime) -> list[EarlierCase]:
    """Closed cases that the actor may reopen by this one, the last closed first; one query at most.

    Closed within the rule's days, of the same class and community, and either reported from the same contact
    or no further away than the rule's metres (or at the same address).
    """
    rule = callback_rule_for(case.matter_class, at)
    if case.state not in MERGEABLE_STATES or case.matter_class is None or case.community is None:
        return []
    near = _same_address(case) | _in_square(case, rule.repeat_metres)
    rows: QuerySet[Any] = visible_to(actor, REOPEN).filter(
        state=CLOSED, community=case.community, matter_class=case.matter_class,
        closed_at__gte=at - timedelta(days=rule.repeat_days),
    )  # fmt: skip
    rows = rows.annotate(is_same_reporter=_shares_a_contact(case)).filter(near | Q(is_same_reporter=True))
    found = [_described(case, row) for row in rows.order_by("-closed_at", "-id")[:_READ]]
    found = [each for each in found if each.case.created_at <= case.created_at]
    return [each for each in found if _is_near(each, rule.repeat_metres)][:MOST]


def _shares_a_contact(case: Case) -> Exists:
    own = ReportLink.objects.filter(case=case.id, until=None, report__contact_index__isnull=False)
    theirs = ReportLink.objects.filter(case=OuterRef("pk"), until=None)
    return Exists(theirs.filter(report__contact_index__in=own.values("report__contact_index")))


def _same_address(case: Case) -> Q:
    address = case.address.strip()
    return Q(address=address) if address else Q(pk__in=[])


def _in_square(case: Case, metres: int) -> Q:
    if case.lon is None or case.lat is None:
        return Q(pk__in=[])
    down = metres / _METRES
    across = down / max(cos(radians(case.lat)), 0.01)
    return Q(lon__range=(case.lon - across, case.lon + across), lat__range=(case.lat - down, case.lat + down))


def _described(case: Case, row: Any) -> EarlierCase:
    address = case.address.strip()
    return EarlierCase(
        row, bool(row.is_same_reporter), bool(address) and row.address == address, _metres(case, row)
    )


def _metres(one: Case, other: Case) -> float | None:
    if one.lon is None or one.lat is None or other.lon is None or other.lat is None:
        return None
    return hypot((other.lon - one.lon) * cos(radians(one.lat)), other.lat - one.lat) * _METRES


def _is_near(found: EarlierCase, most: int) -> bool:
    if found.is_same_reporter or found.is_same_address:
        return True
    return found.metres is not None and found.metres <= most
