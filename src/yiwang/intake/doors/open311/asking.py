"""Asking 来访识别: which channel a request to the server is for, and by whose key."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from ...enums import KeyKind
from ...queries.channels import LiveChannel, LiveKey, channel_index, hash_of
from ...queries.transfers import DOOR, settings_of
from ...rules.open311.settings import Open311Settings
from ...rules.open311.submission import value_of

_KEY = re.compile(r"[\x21-\x7e]{1,200}")
_IN = ("in", "both")
Query = Mapping[str, Sequence[str]]


class Unanswerable(Exception):
    """A request that is refused 无法受理: status and the errors in the specification's form."""

    def __init__(self, status: int, problems: Sequence[tuple[int, str]], retry_after: int = 0) -> None:
        super().__init__("；".join(text for _code, text in problems))
        self.status = status
        self.problems = problems
        self.retry_after = retry_after


def refuse(status: int, text: str) -> Unanswerable:
    """A refusal with a single error, whose code is the status."""
    return Unanswerable(status, [(status, text)])


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks 来访者: the channel, its settings, and the key that was shown; None without one."""

    channel: LiveChannel
    settings: Open311Settings
    key: LiveKey | None

    @property
    def sees_public_only(self) -> bool:
        """Whether only what everybody may know is shown."""
        return self.key is None


def serving_channels(at: datetime) -> list[LiveChannel]:
    """The open channels that offer services and bring reports."""
    return [
        channel
        for channel in channel_index().of_door(DOOR, at)
        if channel.definition.direction in _IN
        and channel.mapping_id is not None
        and settings_of(channel).services
    ]


def asker_of(query: Query, at: datetime, *, needs_key: bool = False) -> Asker:
    """Whom a request comes from, by `api_key` and `jurisdiction_id`.

    Raises:
        Unanswerable: 403 for a missing or wrong key, 404 for an unknown jurisdiction, 400 when several
            jurisdictions are served and none is named, or none is served at all.
    """
    channels = serving_channels(at)
    if not channels:
        raise refuse(400, _("Open311 服务未启用，请联系对接管理员。"))
    secret, jurisdiction = value_of(query, "api_key"), value_of(query, "jurisdiction_id")
    if needs_key and not secret:
        raise refuse(403, _("缺少 api_key，请先向本平台申请。"))
    if secret:
        return _asker_by_key(channels, secret, jurisdiction, at)
    named = (
        [c for c in channels if settings_of(c).jurisdiction_id == jurisdiction] if jurisdiction else channels
    )
    if not named:
        raise _unknown_jurisdiction(jurisdiction)
    if len({settings_of(channel).jurisdiction_id for channel in named}) > 1:
        raise refuse(400, _("本服务有多个辖区，请提供 jurisdiction_id。"))
    chosen = next((channel for channel in named if settings_of(channel).public), named[0])
    return Asker(chosen, settings_of(chosen), None)


def _asker_by_key(channels: list[LiveChannel], secret: str, jurisdiction: str, at: datetime) -> Asker:
    found = _holder(channels, secret, at) if _KEY.fullmatch(secret) else None
    if found is None:
        raise refuse(403, _("api_key 无效或已失效。"))
    channel, key = found
    settings = settings_of(channel)
    if jurisdiction and jurisdiction != settings.jurisdiction_id:
        raise _unknown_jurisdiction(jurisdiction)
    return Asker(channel, settings, key)


def _holder(channels: list[LiveChannel], secret: str, at: datetime) -> tuple[LiveChannel, LiveKey] | None:
    """The channel and the API key that a secret belongs to; keys of other kinds are none."""
    digest = hash_of(secret)
    for channel in channels:
        for key in channel.keys:
            if key.kind == KeyKind.API_KEY and key.secret_hash == digest and key.holds(at):
                return channel, key
    return None


def _unknown_jurisdiction(jurisdiction: str) -> Unanswerable:
    return refuse(404, _("没有这个 jurisdiction_id：%(given)s。") % {"given": jurisdiction[:60]})
