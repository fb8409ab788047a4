"""Channels in force 渠道: what every process keeps in memory of the registry."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from uuid import UUID

from ...kernel.errors import Invalid, NotFound, Refused
from ...kernel.working_time import SHANGHAI
from ...ledger.public import VersionedCache, unseal
from ..models import Channel, ChannelKey
from ..rules.definition import Definition, read_definition
from ..rules.specification import Specification

CHANNELS = "channels"
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class LiveKey:
    """A key of a channel 渠道凭证 as doors use it.

    Attributes:
        sealed: the secret; `secret` opens it.
    """

    id: UUID
    channel: str
    kind: str
    name: str
    sealed: bytes = field(repr=False)
    secret_hash: bytes = field(repr=False)
    valid_from: datetime
    valid_to: datetime | None

    @cached_property
    def secret(self) -> str:
        """The secret in clear; stays in memory only."""
        return unseal(self.sealed, context=self.id.bytes)

    def holds(self, at: datetime) -> bool:
        """Whether the key is valid at an instant."""
        return self.valid_from <= at and (self.valid_to is None or at < self.valid_to)


@dataclass(frozen=True, slots=True)
class LiveChannel:
    """A channel of the registry 在册渠道 with its definition read."""

    id: UUID
    code: str
    name: str
    door: str
    rank: int
    definition: Definition
    mapping_id: UUID | None
    is_enabled: bool
    valid_from: date | None
    valid_to: date | None
    keys: tuple[LiveKey, ...] = ()

    @property
    def spec(self) -> Specification | None:
        """How its messages become reports."""
        return self.definition.spec

    def key(self, kind: str, at: datetime) -> LiveKey | None:
        """The newest key of a kind that is valid at `at`; None when there is none."""
        held = (key for key in reversed(self.keys) if key.kind == kind and key.holds(at))
        return next(held, None)

    def is_open(self, at: datetime) -> bool:
        """Whether it is enabled and valid on the Shanghai day of `at`."""
        day = at.astimezone(SHANGHAI).date()
        return (
            self.is_enabled
            and (self.valid_from is None or self.valid_from <= day)
            and (self.valid_to is None or day < self.valid_to)
        )


@dataclass(frozen=True, slots=True)
class ChannelIndex:
    """All channels of the registry, by code, and all keys by name and by hash."""

    by_code: dict[str, LiveChannel]
    by_id: dict[UUID, LiveChannel]
    keys_by_name: dict[str, LiveKey]
    keys_by_hash: dict[bytes, LiveKey]

    def of_door(self, door: str, at: datetime) -> list[LiveChannel]:
        """The open channels of one door, by rank and code."""
        return [channel for channel in self.by_code.values() if channel.door == door and channel.is_open(at)]

    def key_of_secret(self, secret: str, at: datetime) -> LiveKey | None:
        """The valid key with this secret (a bearer token or an API key)."""
        key = self.keys_by_hash.get(hash_of(secret))
        return key if key is not None and key.holds(at) else None


def hash_of(secret: str) -> bytes:
    """SHA-256 of a secret, by which tokens are looked up."""
    return hashlib.sha256(secret.encode()).digest()


def _build() -> ChannelIndex:
    keys: dict[UUID, list[LiveKey]] = {}
    for row in ChannelKey.objects.select_related("channel").order_by("valid_from"):
        keys.setdefault(row.channel_id, []).append(
            LiveKey(
                row.id, row.channel.code, row.kind, row.name, bytes(row.secret), bytes(row.secret_hash),
                row.valid_from, row.valid_to,
            )
        )  # fmt: skip
    found = []
    for channel in Channel.objects.order_by("rank", "code"):
        live = _live(channel, tuple(keys.get(channel.id, ())))
        if live is not None:
            found.append(live)
    every = [key for listed in keys.values() for key in listed]
    return ChannelIndex(
        {channel.code: channel for channel in found},
        {channel.id: channel for channel in found},
        {key.name: key for key in every},
        {key.secret_hash: key for key in every},
    )


def _live(row: Channel, keys: tuple[LiveKey, ...]) -> LiveChannel | None:
    """A channel with its definition read; one that this release cannot read is left out, and said so."""
    try:
        definition = read_definition(row.text)
    except Invalid as error:
        _LOG.error("channel %s is closed, its definition cannot be read: %s", row.code, error.message)
        return None
    return LiveChannel(
        row.id, row.code, row.name, row.door, row.rank, definition, row.mapping_id, row.is_enabled,
        row.valid_from, row.valid_to, keys,
    )  # fmt: skip


_CACHE: VersionedCache[ChannelIndex] = VersionedCache(CHANNELS, _build)


def channel_index() -> ChannelIndex:
    """The registry as it stands."""
    return _CACHE.get()


def channel_names() -> dict[str, str]:
    """Code and name of every channel of the registry."""
    return {code: channel.name for code, channel in channel_index().by_code.items()}


def live_channel(code: str, at: datetime) -> LiveChannel:
    """A channel that takes messages at `at`.

    Raises:
        NotFound: there is none of that code.
        Refused: it is not enabled, or not valid on that day.
    """
    channel = channel_index().by_code.get(code)
    if channel is None:
        raise NotFound(f"没有代码为“{code}”的渠道，请核对地址。", code="intake.no_channel")
    if not channel.is_open(at):
        raise Refused(
            f"渠道“{channel.name}”未启用或不在有效期内，请联系对接管理员。", code="intake.channel_closed"
        )
    return channel
