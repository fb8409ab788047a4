"""Queries 查询: reads of the loop, always inside what the actor may see."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from ..kernel.actor import Actor
from ..kernel.errors import NotFound
from .models import Callback, Case, CaseAccess, Merge, Report, Supervision, Task
from .permissions import OWED_STATES, RAISED_ACTS, may
from .states import GONE_TASK_STATES


def visible_to(actor: Actor, act: str = "cases.view") -> QuerySet[Case]:
    """Cases the actor may see (or do `act` to).

    - everywhere: every case;
    - communities: cases whose community is one of them;
    - units: cases whose host is one of them, or on which one of them has a task that was neither recalled nor
      returned;
    - units: to see, also cases that were raised to one of them (超时升级), or about which one owes an answer
      (督办) until it is settled;
    - never a case that complains of one of the actor's units;
    - a sensitive case only by `cases.view_sensitive` in its place, or by its access list.
    """
    scope = actor.scope(act)
    if scope.is_empty:
        return Case.objects.none()
    inside: Any = Q()
    if not scope.everywhere:
        inside = Q(community__in=scope.communities) if scope.communities else Q(pk__in=[])
        if scope.units:
            tasks = Task.objects.filter(case=OuterRef("pk"), unit__in=scope.units).exclude(
                state__in=GONE_TASK_STATES
            )
            inside |= Q(host__in=scope.units) | Exists(tasks)
            if act in RAISED_ACTS:
                owed = Supervision.objects.filter(
                    case=OuterRef("pk"), state__in=OWED_STATES, units__overlap=sorted(scope.units)
                )
                inside |= Q(raised_to__in=scope.units) | Exists(owed)
    found = Case.objects.filter(inside)
    viewing_units = actor.scope("cases.view").units
    if viewing_units:
        found = found.exclude(complained_unit__in=viewing_units)
    return found.filter(_cleared(actor))


def _cleared(actor: Actor) -> Any:
    sensitive = actor.scope("cases.view_sensitive")
    if sensitive.everywhere or actor.kind in {"system", "resident"}:
        return Q()
    units = actor.scope("cases.view").units
    listed = CaseAccess.objects.filter(case=OuterRef("pk")).filter(
        Q(account=actor.account_id) | Q(unit__in=units)
    )
    return Q(is_sensitive=False) | Q(community__in=sensitive.communities) | Exists(listed)


def absorbed_keys(case_id: UUID) -> list[UUID]:
    """Cases that are part of this one now 并入的案件, merged into it or into one that is; a query a level."""
    found: list[UUID] = []
    level: list[UUID] = [case_id]
    while level:
        rows = Merge.objects.filter(survivor__in=level, undone_at=None).values_list("absorbed", flat=True)
        level = [key for key in rows if key not in found]
        found += level
    return found


def callbacks_for(actor: Actor) -> QuerySet[Callback]:
    """Call-backs of cases the actor may call about, none of which the actor handled in any round."""
    seen = visible_to(actor, "cases.rate")
    if actor.account_id is not None:
        own = Task.objects.filter(case=OuterRef("pk"), handler=actor.account_id)
        seen = seen.exclude(handlers__contains=[actor.account_id]).exclude(Exists(own))
    return Callback.objects.filter(case__in=seen)


def task_units(case: Case) -> set[UUID]:
    """Units that have a task of the case that was neither recalled nor returned."""
    return set(
        Task.objects.filter(case=case).exclude(state__in=GONE_TASK_STATES).values_list("unit", flat=True)
    )


def case_for(actor: Actor, case_id: UUID, act: str = "cases.view") -> Case:
    """One case the actor may see.

    Raises:
        NotFound: there is none, or not for this actor; both look the same.
    """
    case = Case.objects.filter(pk=case_id).first()
    if case is None or not may(actor, act, case, task_units(case)):
        raise NotFound("找不到该案件，或您无权查看。", code="cases.not_found")
    return case


def reports_of(case: Case) -> QuerySet[Report]:
    """The reports that belong to a case now, oldest first."""
    return Report.objects.filter(links__case=case, links__until=None).order_by("received_at", "id")
