"""Permissions of `notify` 权限: who sets gateways and templates, who sees messages and sends them again."""

from __future__ import annotations

from ..kernel.actor import Actor
from ..kernel.errors import Refused

CONFIGURE = "notify.configure"
MESSAGES = "notify.messages"


def require(actor: Actor, act: str) -> None:
    """Demand a named act somewhere.

    Raises:
        Refused: the actor does not hold it.
    """
    if not actor.may_anywhere(act):
        raise Refused("您没有维护短信通知的权限。", code="notify.refused", act=act)
