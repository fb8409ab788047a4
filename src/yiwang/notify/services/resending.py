"""Sending again 重新发送, trying a gateway 试发, and forgetting old texts 到期清除."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import httpx

from ...kernel.actor import Actor
from ...kernel.errors import NotFound, invalid
from ...kernel.ids import uuid7
from ...ledger.public import SealBroken, acting
from .. import errors
from ..enums import MessageReason, MessageState, Notice
from ..models import Gateway, Message
from ..permissions import CONFIGURE, MESSAGES, require
from ..rules import Verdict, mobile_of
from .outbound import NoAnswer, NotAllowed, NotReached
from .sending import call_gateway

TRIAL_TEXT = "这是一条试发短信，收到即表示短信网关已接通，请勿回复。"
#: Number and text of a settled message are kept so long.
KEPT = timedelta(days=180)
_SENT_AGAIN = (MessageState.FAILED, MessageState.HELD)


def resend(*, actor: Actor, at: datetime, message_id: UUID, expected: int | None = None) -> Message:
    """Send a failed or held message once more 重新发送; its two days begin anew.

    Raises:
        Refused, StaleVersion; Conflict: it waits, went out, or is erased.
    """
    require(actor, MESSAGES)
    with acting(actor=actor, at=at) as act:
        row = act.lock(Message, message_id, expected=expected)
        if row.state not in _SENT_AGAIN:
            raise errors.is_not_settled()
        if row.sealed is None:
            raise errors.is_erased()
        before = row.reason
        row.state, row.reason, row.attempts = MessageState.QUEUED, MessageReason.NONE, 0
        row.next_at, row.created_at, row.answer = at, at, ""
        act.update(row, "state", "reason", "attempts", "next_at", "created_at", "answer")
        act.record(row, "notify.resent", {"notice": row.notice, "before": before})
    return row


def try_gateway(
    *, actor: Actor, at: datetime, gateway_id: UUID, phone: str, client: httpx.Client | None = None
) -> Message:
    """Send a trial to a number 试发, at once and whether or not the gateway is on; it is not tried again.

    Neither quiet hours nor quota hold it up: a person asked for it. The call is made outside any transaction.

    Raises:
        Refused; NotFound; Invalid: no mobile number.
    """
    require(actor, CONFIGURE)
    number = mobile_of(phone)
    if not number:
        raise invalid("phone", "", "请填写 11 位手机号码。")
    gateway = Gateway.objects.filter(pk=gateway_id).first()
    if gateway is None:
        raise NotFound("没有这个短信网关。")
    key = uuid7()
    state, reason, answer = _tried(gateway, {"phone": number, "text": TRIAL_TEXT}, str(key), client)
    with acting(actor=actor, at=at) as act:
        row = act.insert(
            Message(
                id=key, notice=Notice.TEST, occurrence=str(key), gateway=gateway, state=state, reason=reason,
                answer=answer[:200], attempts=1, next_at=at, claimed_at=at, created_at=at,
                sent_at=at if state == MessageState.SENT else None,
            )
        )  # fmt: skip
        body = {"gateway": gateway.id, "state": state.value, "reason": reason.value}
        act.record(row, "notify.gateway_tested", body)
    return row


def _tried(
    gateway: Gateway, told: dict[str, str], key: str, client: httpx.Client | None
) -> tuple[MessageState, MessageReason, str]:
    try:
        if client is None:
            with httpx.Client() as own:
                found = call_gateway(gateway, told, key, client=own)
        else:
            found = call_gateway(gateway, told, key, client=client)
    except (NotReached, NotAllowed, SealBroken) as error:
        reason = MessageReason.UNREACHABLE if isinstance(error, NotReached) else MessageReason.MISSING
        return MessageState.FAILED, reason, str(error)
    except NoAnswer as error:
        return MessageState.HELD, MessageReason.UNCERTAIN, str(error)
    return _of_verdict(found)


def _of_verdict(found: Verdict) -> tuple[MessageState, MessageReason, str]:
    if found.outcome == "sent":
        return MessageState.SENT, MessageReason.NONE, found.answer
    return MessageState.FAILED, MessageReason.REFUSED, found.answer


def forget_old(at: datetime) -> int:
    """Blank number and text of messages made more than 180 days ago 到期清除; how many."""
    old = Message.objects.filter(created_at__lt=at - KEPT).exclude(sealed=None)
    return old.exclude(state__in=(MessageState.QUEUED, MessageState.SENDING)).update(sealed=None)
