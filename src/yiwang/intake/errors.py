"""Errors of intake with a stable code."""

from __future__ import annotations

from ..kernel.errors import YiwangError


class TooMany(YiwangError):
    """Too many messages 超出配额 (429): over a channel's quota, or its queue is full.

    Attributes:
        retry_after: seconds after which it may be tried again.
    """

    status = 429
    code = "intake.too_many"

    def __init__(self, message: str, *, retry_after: int) -> None:
        super().__init__(message, retry_after=retry_after)
        self.retry_after = retry_after


class Unproved(YiwangError):
    """Unproved sender 身份未通过 (401): no key, a wrong signature, an old time stamp or a used nonce."""

    status = 401
    code = "intake.unproved"


class AlertRefused(YiwangError):
    """Alert refused 预警拒收 (422): a CAP message that may not be relayed.

    Attributes:
        reason: its name, a key of `rules.cap.refusals.REFUSALS`.
    """

    status = 422
    code = "intake.alert_refused"

    def __init__(self, message: str, *, reason: str) -> None:
        super().__init__(message, reason=reason)
        self.reason = reason
