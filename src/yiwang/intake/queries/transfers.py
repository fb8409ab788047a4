"""Transfers 转派: reads of what was handed to other cities, and of the channels that send."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from uuid import UUID

from django.db.models import QuerySet

from ...cases.public import Case, visible_to
from ...interface.public import Order, Page, page_by_key
from ...kernel.actor import Actor
from ...kernel.errors import Refused
from ..enums import KeyKind
from ..models import Transfer
from ..rules.definition import read_definition
from ..rules.door_settings import settings_tree
from ..rules.open311.settings import Open311Settings, Remote, read_settings
from .channels import LiveChannel, channel_index

DOOR = "open311"
_RECENT = Order("recent", "created_at", descending=True)
_OUT = ("out", "both")


@lru_cache(maxsize=64)
def _read(text: str) -> Open311Settings:
    tree = settings_tree(read_definition(text))
    return read_settings(tree.tree, tree.wrong)


def settings_of(channel: LiveChannel) -> Open311Settings:
    """The checked settings of a channel of the Open311 door."""
    return _read(channel.definition.text)


def sends(channel: LiveChannel) -> bool:
    """Whether a channel hands cases to another city."""
    return channel.definition.direction in _OUT and settings_of(channel).remote is not None


def sending_channels(at: datetime) -> list[LiveChannel]:
    """The open channels that hand cases to another city."""
    return [channel for channel in channel_index().of_door(DOOR, at) if sends(channel)]


def sending_channel(channel_id: UUID, at: datetime) -> LiveChannel:
    """One of them.

    Raises:
        Refused: it does not send now.
    """
    found = next((channel for channel in sending_channels(at) if channel.id == channel_id), None)
    if found is None:
        raise Refused("该渠道未启用或不向外转派。", code="intake.channel_closed")
    return found


def remote_of(channel: LiveChannel) -> Remote:
    """The other city's endpoint of a sending channel."""
    remote = settings_of(channel).remote
    assert remote is not None
    return remote


def remote_key_of(channel: LiveChannel, at: datetime) -> str:
    """The API key that the other city gave us; empty when none is kept."""
    key = channel.key(KeyKind.THEIRS, at)
    return key.secret if key is not None else ""


def transfers_of(case_id: UUID) -> QuerySet[Transfer]:
    """The transfers of a case, newest first, with what the other cities told."""
    rows = Transfer.objects.filter(case=case_id).select_related("channel").prefetch_related("updates")
    return rows.order_by("-created_at", "-id")


def transfers_page(actor: Actor, *, state: str = "", cursor: str = "") -> Page[Transfer]:
    """One page of the transfers of cases that the actor may see, newest first."""
    rows = Transfer.objects.select_related("channel").filter(case__in=visible_to(actor).values("id"))
    if state:
        rows = rows.filter(state=state)
    return page_by_key(rows, _RECENT, cursor=cursor)


def cases_of(transfers: list[Transfer]) -> dict[UUID, Case]:
    """The cases of some transfers by key."""
    return Case.objects.in_bulk([transfer.case for transfer in transfers])
