"""Registry 渠道目录: publishing definitions, switching channels on and off, giving and ending keys."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime
from uuid import UUID

from ...kernel.actor import Actor
from ...kernel.errors import Conflict, Invalid, Refused, invalid
from ...ledger.public import Act, acting, bump, seal
from ..enums import KeyKind
from ..models import Channel, ChannelKey, Mapping
from ..queries.channels import CHANNELS, hash_of
from ..rules.definition import Definition, canonical_definition, read_definition
from ..rules.door_settings import check_door_settings
from ..rules.words import words_of
from .mappings import mapper_of, next_edition
from .rewiring import leave_behind


def publish_channel(*, actor: Actor, at: datetime, text: str, expected: int | None = None) -> Channel:
    """Publish a channel's definition 发布渠道定义; the same meaning again changes nothing.

    A new channel starts disabled. A changed mapping becomes the next edition of the channel's mapping; what
    came in before stays explained by the edition of its day. Another door ends the keys, another address
    reads the source from its start.

    Args:
        expected: version that the editor saw.

    Raises:
        Refused: the actor may not edit the registry.
        Invalid: the definition is wrong; names line and key.
        StaleVersion: somebody else has published since.
    """
    _require(actor)
    definition = read_definition(text)
    check_door_settings(definition)
    words_of(definition)
    if definition.spec is not None:
        mapper_of(definition.spec)
    digest = hashlib.sha256(canonical_definition(text)).digest()
    with acting(actor=actor, at=at) as act:
        known = Channel.objects.filter(code=definition.code).only("id").first()
        channel = act.lock(Channel, known.id, expected=expected) if known else None
        if channel is not None and bytes(channel.digest) == digest:
            return channel
        mapping, before = _mapping(act, definition), None
        if channel is None:
            channel = act.insert(_row(Channel(code=definition.code), definition, digest, mapping))
        else:
            before = _readable(channel.text)
            _row(channel, definition, digest, mapping)
            act.update(
                channel, "name", "kind", "door", "direction", "owner", "rank", "text", "digest", "mapping",
                "valid_from", "valid_to",
            )  # fmt: skip
        act.record(
            channel, "intake.channel_published",
            {"code": channel.code, "digest": digest, "mapping": mapping.id if mapping else None},
        )  # fmt: skip
        if before is not None:
            leave_behind(act, channel, before, definition)
        bump(act, CHANNELS)
    return channel


def _readable(text: str) -> Definition | None:
    """The definition before; None when this release cannot read it."""
    try:
        return read_definition(text)
    except Invalid:
        return None


def switch_channel(
    *, actor: Actor, at: datetime, channel_id: UUID, on: bool, reason: str = "", expected: int | None = None
) -> Channel:
    """Enable 启用 or disable 停用 a channel; a disabled one refuses every message.

    Raises:
        Refused: the actor may not edit the registry.
        Invalid: disabling without a reason.
        Conflict: it is so already.
    """
    _require(actor)
    reason = reason.strip()
    if not on and not reason:
        raise invalid("reason", reason, "请填写停用的原因。")
    with acting(actor=actor, at=at) as act:
        channel = act.lock(Channel, channel_id, expected=expected)
        if channel.is_enabled == on:
            raise Conflict("该渠道已经启用。" if on else "该渠道已经停用。", code="intake.switched")
        channel.is_enabled = on
        act.update(channel, "is_enabled")
        kind = "intake.channel_enabled" if on else "intake.channel_disabled"
        act.record(channel, kind, {"reason": reason} if reason else {})
        bump(act, CHANNELS)
    return channel


def add_key(
    *,
    actor: Actor,
    at: datetime,
    channel_id: UUID,
    kind: str,
    valid_to: datetime | None = None,
    given: str = "",
) -> tuple[ChannelKey, str]:
    """Give a channel a key 发放凭证; returns it with its secret, which is never shown again.

    Args:
        given: the token that the source gave us, for a key of kind `theirs`; all others are made here.

    Raises:
        Refused: the actor may not edit the registry.
        Invalid: the kind is unknown, a token is missing or too many, or the key ends before it begins.
    """
    _require(actor)
    given = given.strip()
    if kind not in KeyKind.values:
        raise invalid("kind", kind, f"只能是 {'、'.join(KeyKind.values)} 之一。")
    if (kind == KeyKind.THEIRS) != bool(given):
        raise invalid("given", "", "对方发放的令牌须填写；其他凭证由本系统生成，请留空。")
    if valid_to is not None and valid_to <= at:
        raise invalid("valid_to", valid_to.isoformat(), "失效时间须晚于现在。")
    secret = given or secrets.token_urlsafe(32)
    with acting(actor=actor, at=at) as act:
        channel = act.lock(Channel, channel_id)
        key = ChannelKey(
            channel=channel, kind=kind, name=f"{channel.code[:24]}-{secrets.token_hex(4)}",
            secret_hash=hash_of(secret), valid_from=at, valid_to=valid_to,
        )  # fmt: skip
        key.secret = seal(secret, context=key.id.bytes)
        act.insert(key)
        act.record(channel, "intake.key_added", {"key": key.name, "kind": kind, "valid_to": valid_to})
        bump(act, CHANNELS)
    return key, secret


def end_key(*, actor: Actor, at: datetime, key_id: UUID) -> ChannelKey:
    """End a key 注销凭证 now.

    Raises:
        Refused: the actor may not edit the registry.
        Conflict: it has ended already.
    """
    _require(actor)
    with acting(actor=actor, at=at) as act:
        key = ChannelKey.objects.get(pk=key_id)
        channel = act.lock(Channel, key.channel_id)
        key = act.fetch(ChannelKey, id=key_id)[0]
        if key.valid_to is not None and key.valid_to <= at:
            raise Conflict("该凭证已经失效。", code="intake.key_ended")
        key.valid_to = at
        act.update(key, "valid_to")
        act.record(channel, "intake.key_ended", {"key": key.name})
        bump(act, CHANNELS)
    return key


def _require(actor: Actor) -> None:
    if not actor.may_anywhere("intake.channels"):
        raise Refused("您没有维护渠道目录的权限。", code="intake.refused", act="intake.channels")


def _mapping(act: Act, definition: Definition) -> Mapping | None:
    if definition.spec is None:
        return None
    return next_edition(act, definition.spec, definition.mapping_text)


def _row(channel: Channel, definition: Definition, digest: bytes, mapping: Mapping | None) -> Channel:
    channel.name, channel.kind, channel.door = definition.name, definition.kind, definition.door
    channel.direction, channel.owner, channel.rank = definition.direction, definition.owner, definition.rank
    channel.text, channel.digest, channel.mapping = definition.text, digest, mapping
    channel.valid_from, channel.valid_to = definition.valid_from, definition.valid_to
    return channel
