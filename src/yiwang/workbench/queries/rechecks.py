"""Sample rechecks 抽查 that wait: short-path cases drawn for a look by another person."""

from __future__ import annotations

from ...cases.public import Recheck, RecheckResult, visible_to
from ...interface.public import Order, Page, page_by_key
from ...kernel.actor import Actor

OLDEST = Order("oldest", "opened_at")


def waiting_samples(actor: Actor, *, cursor: str = "") -> Page[Recheck]:
    """Drawn rechecks the actor may do, oldest first; none of a case that the actor handled."""
    seen = visible_to(actor, "cases.recheck").filter(state="closed")
    if actor.account_id is not None:
        seen = seen.exclude(handlers__contains=[actor.account_id])
    rows = Recheck.objects.filter(result=RecheckResult.PENDING, is_sample=True, case__in=seen).select_related(
        "case"
    )
    return page_by_key(rows, OLDEST, cursor=cursor or None)
