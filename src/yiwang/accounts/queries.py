"""Reads of accounts 账号查询."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from axes.models import AccessAttempt
from django.conf import settings
from django.db.models import Q, QuerySet

from .models import Account, ApiToken


def accounts_matching(text: str = "") -> QuerySet[Account]:
    """Accounts whose username or name contains a text, by username."""
    rows = Account.objects.order_by("username")
    if text:
        rows = rows.filter(Q(username__icontains=text) | Q(display_name__icontains=text))
    return rows


def display_names(account_ids: Iterable[UUID]) -> dict[UUID, str]:
    """Name of each account, in one query; for pages that staff see."""
    return dict(Account.objects.filter(id__in=set(account_ids)).values_list("id", "display_name"))


def tokens_of(account_id: UUID) -> QuerySet[ApiToken]:
    """Tokens of an account, newest first."""
    return ApiToken.objects.filter(account_id=account_id).order_by("-created_at", "id")


def is_locked(username: str, at: datetime) -> bool:
    """Whether failed logins lock an account out 锁定 from at least one address."""
    since = at - timedelta(hours=settings.AXES_COOLOFF_TIME)
    return AccessAttempt.objects.filter(
        username=username, failures_since_start__gte=settings.AXES_FAILURE_LIMIT, attempt_time__gt=since
    ).exists()
