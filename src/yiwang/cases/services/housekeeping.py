"""Housekeeping 归档: what happens to cases by themselves after a while."""

from __future__ import annotations

from datetime import datetime, timedelta

from ...catalog.public import catalog_index
from ...kernel.actor import system_actor
from ...kernel.errors import Conflict
from ..models import Case
from ..policy import policy_for, shortest_archive_days
from ..states import CLOSED
from .closing import archive_case

ARCHIVIST = system_actor("archivist", "cases.archive")
BATCH = 500


def archive_due(at: datetime) -> int:
    """Archive the cases whose policy says that they have been closed long enough; returns how many."""
    classes = catalog_index().class_by_id
    done = 0
    shortest = timedelta(days=shortest_archive_days(at))
    due = Case.objects.filter(state=CLOSED, closed_at__lt=at - shortest).order_by("closed_at")
    for case in due[:BATCH]:
        node = classes.get(case.matter_class) if case.matter_class else None
        wait = timedelta(days=policy_for(node.kind if node else None, at, case.matter_class).archive_days)
        if case.closed_at is None or at - case.closed_at < wait:
            continue
        try:
            archive_case(actor=ARCHIVIST, at=at, case_id=case.id)
        except Conflict:  # reopened a moment ago
            continue
        done += 1
    return done
