"""Succession 更替: which message ends which, whatever the order they come in.

An alert stands until the first message that may end it was sent: an Update or a Cancel of the same source and
the same status (an exercise ends no real alert), sent no earlier than the alert, that names it by its
identifier and, where it says them, by sender and instant. What has come in so far decides, and nothing else,
so every order of arrival ends in the same state.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from .messages import Reference


@dataclass(frozen=True, slots=True)
class Key:
    """What identifies a message 报文标识 (CAP 1.2 §3.2.1): identifier, sender, instant."""

    identifier: str
    sender: str
    sent: datetime


@dataclass(frozen=True, slots=True)
class Mention:
    """One reference of an Update or a Cancel 提及: who mentions, and whom.

    Attributes:
        msg_type: `Update` or `Cancel`.
    """

    by: Key
    msg_type: str
    status: str
    reference: Reference


def is_meant(key: Key, reference: Reference) -> bool:
    """Whether a reference names a message."""
    return (
        reference.identifier == key.identifier
        and reference.sender in {"", key.sender}
        and (reference.sent is None or reference.sent == key.sent)
    )


def ending_of(key: Key, status: str, mentions: Iterable[Mention]) -> Mention | None:
    """The mention that ends a message: the earliest sent of those that may; None while it stands."""
    able = [
        mention
        for mention in mentions
        if mention.status == status
        and mention.by != key
        and mention.by.sent >= key.sent
        and is_meant(key, mention.reference)
    ]
    return min(able, key=lambda m: (m.by.sent, m.by.identifier, m.by.sender, m.msg_type), default=None)
