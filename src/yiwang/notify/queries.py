"""Reads of `notify`: the gateway in use, the words in force, the list of messages."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

from django.db.models import Q, QuerySet

from ..interface.public import Order, Page, masked, page_by_key
from ..kernel.working_time import SHANGHAI
from ..ledger.public import unseal
from .enums import MessageState
from .models import Gateway, Message, MessageTemplate

_RECENT = Order("recent", "created_at", descending=True)
_FAILED = (MessageState.FAILED, MessageState.HELD)


def valid_on(at: datetime) -> Q:
    """Rows whose validity holds on the day of `at` in Shanghai."""
    day = at.astimezone(SHANGHAI).date()
    return Q(valid_from__lte=day) & (Q(valid_to=None) | Q(valid_to__gt=day))


def gateway_on(at: datetime) -> Gateway | None:
    """The gateway in use at `at`, None when nothing may be sent."""
    return Gateway.objects.filter(valid_on(at), is_on=True).first()


def template_for(notice: str, at: datetime) -> MessageTemplate | None:
    """The template in force for a notice: the newest that has begun; None when there is none to send."""
    day = at.astimezone(SHANGHAI).date()
    rows = MessageTemplate.objects.filter(notice=notice, valid_from__lte=day).order_by("-valid_from")
    row = rows.first()
    return row if row is not None and row.is_sent else None


def templates_shown(at: datetime) -> dict[str, list[MessageTemplate]]:
    """Every template by notice, newest first."""
    found: dict[str, list[MessageTemplate]] = {}
    for row in MessageTemplate.objects.order_by("notice", "-valid_from")[:500]:
        found.setdefault(row.notice, []).append(row)
    return found


def opened(message: Message) -> Mapping[str, str]:
    """Number (`phone`) and words (`text`) of a message; empty when they were erased."""
    if message.sealed is None:
        return {}
    told: Mapping[str, str] = json.loads(unseal(bytes(message.sealed), context=message.id.bytes))
    return told


def masked_phone(message: Message) -> str:
    """The number with its middle hidden, empty when it was erased."""
    return masked(opened(message).get("phone", ""), "phone")


def messages_page(*, state: str, notice: str, number: str, cursor: str = "") -> Page[Message]:
    """One page of messages, newest first.

    Args:
        state, notice: one of each, or empty for all.
        number: a report's whole number, or empty.
    """
    rows: QuerySet[Message] = Message.objects.select_related("gateway")
    if state:
        rows = rows.filter(state=state)
    if notice:
        rows = rows.filter(notice=notice)
    if number:
        rows = rows.filter(number=number)
    return page_by_key(rows, _RECENT, cursor=cursor, size=20)


def last_failures(gateway: Gateway, most: int = 5) -> list[Message]:
    """The newest messages of a gateway that failed or of which nobody knows whether they went out."""
    rows = Message.objects.filter(gateway=gateway, state__in=_FAILED)
    return list(rows.order_by("-created_at", "-id")[:most])
