"""Sending 发送: each due message is claimed, committed, sent, and what came of it committed.

One message is on its way at a time a worker, so a worker that dies leaves exactly one of which nobody knows
whether it went out. Where the gateway says that it deduplicates by our number (`is_deduplicating`), such a
message is sent again with the same number: at least once here, once for the reporter. Where it does not, the
message is held for a person: at most once. The same holds when a connection breaks before the answer.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

import httpx
from django.db import transaction
from django.db.models import QuerySet

from ...kernel.actor import system_actor
from ...ledger.public import SealBroken, acting, unseal
from ..enums import MessageReason, MessageState
from ..models import Gateway, Message
from ..queries import gateway_on, opened
from ..rules import MOST_ATTEMPTS, Verdict, day_begins, delay_after, envelope, quiet_until, verdict
from .outbound import NoAnswer, NotAllowed, NotReached, call

SENDER = system_actor("notify")
#: A message that could not be sent for so long is not sent any more: old news confuses.
PATIENCE = timedelta(days=2)
#: A message on its way for longer than this was left by a worker that died.
LEASE = timedelta(minutes=5)
#: Seconds after which a round ends; the next begins with the minute.
_ROUND = 50.0
_BATCH = 200
_LOG = logging.getLogger(__name__)


def send_due(*, at: datetime, client: httpx.Client) -> int:
    """Send what is due 发送到期短信 through the gateway that is on; how many were tried.

    Without a gateway nothing is sent; what waits too long meanwhile is given up.
    """
    begun, tried = time.monotonic(), 0
    _give_up_old(at)
    _settle_lost(at)
    while (spent := time.monotonic() - begun) < _ROUND:
        now = at + timedelta(seconds=spent)
        gateway = gateway_on(now)
        message = _claim(gateway.id, now) if gateway is not None else None
        if gateway is None or message is None:
            break
        _send(message, gateway, at=now, client=client)
        tried += 1
    return tried


def _claim(gateway_id: UUID, at: datetime) -> Message | None:
    """Take the next due message and commit that it is on its way; None when none may go now.

    The gateway's row is locked meanwhile, so workers side by side keep to one quota.
    """
    with transaction.atomic():
        gateway = Gateway.objects.select_for_update().get(pk=gateway_id)
        due = Message.objects.filter(state=MessageState.QUEUED, next_at__lte=at)
        until = quiet_until(at, gateway.quiet_from, gateway.quiet_to)
        if until is not None:
            due.filter(is_urgent=False).update(next_at=until, reason=MessageReason.QUIET)
            due = due.filter(is_urgent=True)
        row = due.order_by("next_at", "id").select_for_update(skip_locked=True).first()
        if row is None:
            return None
        if _sent_today(gateway, at) >= gateway.daily_quota:
            due.update(next_at=day_begins(at) + timedelta(days=1), reason=MessageReason.QUOTA)
            return None
        row.state, row.gateway, row.claimed_at = MessageState.SENDING, gateway, at
        row.attempts, row.next_at = row.attempts + 1, at + LEASE
        row.save(update_fields=["state", "gateway", "claimed_at", "attempts", "next_at"])
        return row


def _sent_today(gateway: Gateway, at: datetime) -> int:
    """How many messages of the gateway went out or may have gone out today, up to its quota."""
    states = (MessageState.SENT, MessageState.SENDING, MessageState.HELD)
    rows = Message.objects.filter(gateway=gateway, claimed_at__gte=day_begins(at), state__in=states)
    return rows.order_by()[: gateway.daily_quota].count()


def _send(message: Message, gateway: Gateway, *, at: datetime, client: httpx.Client) -> None:
    """Send a claimed message and settle it."""
    told = opened(message)
    if not told:
        _settle(message, at, MessageState.SKIPPED, MessageReason.ERASED, "")
        return
    try:
        found = call_gateway(gateway, told, str(message.id), client=client)
    except NotReached as error:
        _later(message, at, str(error))
    except (NotAllowed, SealBroken) as error:
        _settle(message, at, MessageState.FAILED, MessageReason.MISSING, str(error))
    except NoAnswer as error:
        _unsure(message, gateway, at, str(error))
    else:
        if found.outcome == "sent":
            _settle(message, at, MessageState.SENT, MessageReason.NONE, found.answer)
        elif found.outcome == "refused":
            _settle(message, at, MessageState.FAILED, MessageReason.REFUSED, found.answer)
        else:
            _later(message, at, found.answer)


def call_gateway(gateway: Gateway, told: Mapping[str, str], key: str, *, client: httpx.Client) -> Verdict:
    """Tell a gateway one message; what its answer means.

    Args:
        told: `phone` and `text`.
        key: our number of the message, by which the gateway may deduplicate.

    Raises:
        NotAllowed, NotReached, NoAnswer; SealBroken: the credential does not open.
    """
    secret = ""
    if gateway.credential is not None:
        secret = unseal(bytes(gateway.credential), context=gateway.id.bytes)
    sent = envelope(
        method=gateway.method, url=gateway.url, headers=gateway.headers, body=gateway.body,
        encoding=gateway.encoding, facts={**told, "id": key, "credential": secret},
    )  # fmt: skip
    answer = call(sent, is_internal=gateway.is_internal, client=client)
    found = verdict(
        answer.status, answer.body, success_path=gateway.success_path,
        success_value=gateway.success_value, id_path=gateway.id_path,
    )  # fmt: skip
    return Verdict(found.outcome, _without_secrets(found.answer, [secret, *told.values()]))


def _without_secrets(answer: str, secrets: list[str]) -> str:
    """An answer as it may be kept and shown: a gateway that echoes what it was sent tells nobody."""
    for secret in secrets:
        if secret:
            answer = answer.replace(secret, "***")
    return answer


def _later(message: Message, at: datetime, answer: str) -> None:
    if message.attempts >= MOST_ATTEMPTS:
        _settle(message, at, MessageState.FAILED, MessageReason.UNREACHABLE, answer)
        return
    _LOG.warning("message %s is tried again: %s", message.id, answer[:60])
    _mine(message).update(
        state=MessageState.QUEUED, reason=MessageReason.RETRY, answer=answer[:200],
        next_at=at + delay_after(message.attempts),
    )  # fmt: skip


def _unsure(message: Message, gateway: Gateway | None, at: datetime, answer: str) -> None:
    if gateway is not None and gateway.is_deduplicating:
        _later(message, at, answer)
    else:
        _settle(message, at, MessageState.HELD, MessageReason.UNCERTAIN, answer)


def _mine(message: Message) -> QuerySet[Message]:
    """The row while it is on its way by this very claim."""
    return Message.objects.filter(pk=message.pk, state=MessageState.SENDING, attempts=message.attempts)


_KINDS = {
    MessageState.SENT: "notify.sent", MessageState.FAILED: "notify.failed", MessageState.HELD: "notify.held",
    MessageState.SKIPPED: "notify.skipped",
}  # fmt: skip


def _settle(message: Message, at: datetime, state: MessageState, reason: MessageReason, answer: str) -> None:
    """Write down what came of a message, with a journal entry; what another has taken over stays as it is."""
    if state != MessageState.SENT:
        _LOG.error("message %s: %s, %s", message.id, state.value, reason.value)
    with acting(actor=SENDER, at=at) as act:
        row = act.lock(Message, message.id)
        if row.state != message.state or row.attempts != message.attempts:
            return
        row.state, row.reason, row.answer = state, reason, answer.replace("\0", "")[:200]
        row.sent_at = at if state == MessageState.SENT else None
        act.update(row, "state", "reason", "answer", "sent_at")
        body = {"notice": row.notice, "attempts": row.attempts, "reason": reason.value}
        act.record(row, _KINDS[state], body)


def _settle_lost(at: datetime) -> None:
    """Settle what workers that died have left on its way."""
    lost = Message.objects.filter(state=MessageState.SENDING, next_at__lte=at).select_related("gateway")
    for message in lost.order_by("next_at")[:_BATCH]:
        _unsure(message, message.gateway, at, "")


def _give_up_old(at: datetime) -> None:
    old = Message.objects.filter(state=MessageState.QUEUED, created_at__lt=at - PATIENCE)
    for message in old.order_by("created_at")[:_BATCH]:
        _settle(message, at, MessageState.FAILED, MessageReason.EXPIRED, message.answer)
