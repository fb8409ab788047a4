"""Operating 运维: set going again what is stuck; each act is an intervention with its own journal entry."""

from __future__ import annotations

from datetime import datetime

from ..kernel.actor import Actor
from ..kernel.errors import NotFound, Refused
from .act import Act, acting
from .enums import InterventionKind
from .models import Intervention, OutboxEvent

#: Named acts: to see how the instance fares, and to set things going again.
OBSERVE, OPERATE = "ledger.observe", "ledger.operate"


def intervene(act: Act, kind: InterventionKind, subject: int, what: str) -> Intervention:
    """Record within an act that something was set going again 运维处置.

    Args:
        subject: number of the event, job or timer.
        what: its kind or task name; no personal data.

    Raises:
        Refused: without `ledger.operate`.
    """
    if not act.actor.may_anywhere(OPERATE):
        raise Refused("您没有运维处置的权限。", code="ledger.operate_refused", act=OPERATE)
    done = act.insert(
        Intervention(
            kind=kind, subject=subject, what=what[:100], by=act.actor.account_id, post=act.actor.post_id,
            at=act.at,
        )
    )  # fmt: skip
    act.record(done, f"ledger.{kind}", {"subject": subject, "what": what[:100]})
    return done


def retry_event(*, actor: Actor, at: datetime, event_id: int) -> Intervention:
    """Let the relay try an undelivered event again at once 立即重试.

    Raises:
        Refused: without `ledger.operate`.
        NotFound: there is no such event, or it has been delivered.
    """
    with acting(actor=actor, at=at) as act:
        found = act.fetch(OutboxEvent, id=event_id)
        if not found or found[0].delivered_at is not None:
            raise NotFound("没有这个待发事件，可能已经送达。", code="ledger.no_event")
        done = intervene(act, InterventionKind.EVENT_RETRIED, event_id, found[0].kind)
        found[0].retry_at = None
        act.update(found[0], "retry_at")
    return done
