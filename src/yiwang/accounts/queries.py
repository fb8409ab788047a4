"""Reads of accounts 账号查询."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from uuid import UUID

from axes.models import AccessAttempt
from django.conf import settings
from django.db.models import Q, QuerySet, Sum
from django.utils import timezone

from ..ledger.public import unseal
from .models import AccessRecord, Account, ApiToken
from .rules import normal_username


def accounts_matching(text: str = "") -> QuerySet[Account]:
    """Accounts whose username or name contains a text, by username."""
    rows = Account.objects.order_by("username")
    if text:
        rows = rows.filter(Q(username__icontains=text) | Q(display_name__icontains=text))
    return rows


def display_names(account_ids: Iterable[UUID]) -> dict[UUID, str]:
    """Name of each account, in one query; for pages that staff see."""
    return dict(Account.objects.filter(id__in=set(account_ids)).values_list("id", "display_name"))


def account_known_as(*, identity: str = "", username: str = "") -> UUID | None:
    """Key of the active account with a 统一身份标识, or else with a username; None when there is none."""
    rows = Account.objects.filter(is_active=True).values_list("id", flat=True)
    if identity:
        return rows.filter(identity=identity).first()
    return rows.filter(username=normal_username(username)).first() if username else None


def tokens_of(account_id: UUID) -> QuerySet[ApiToken]:
    """Tokens of an account, newest first."""
    return ApiToken.objects.filter(account_id=account_id).order_by("-created_at", "id")


def is_locked(username: str, at: datetime) -> bool:
    """Whether failed logins lock an account out 锁定 from at least one address."""
    since = at - timedelta(hours=settings.AXES_COOLOFF_TIME)
    return (
        AccessAttempt.objects.filter(username=username, attempt_time__gt=since)
        .values("ip_address")
        .annotate(failures=Sum("failures_since_start"))
        .filter(failures__gte=settings.AXES_FAILURE_LIMIT)
        .exists()
    )


def access_records(
    *, account_id: UUID | None = None, username: str = "", kind: str = "", on: date | None = None
) -> QuerySet[AccessRecord]:
    """Access records 登录记录 of one account, or of all that meet a filter; the page orders them.

    Args:
        username: the whole username; one that nobody has finds nothing.
        on: a Shanghai date.
    """
    rows = AccessRecord.objects.select_related("account")
    if account_id is not None:
        rows = rows.filter(account_id=account_id)
    if username:
        rows = rows.filter(account__username=username)
    if kind:
        rows = rows.filter(kind=kind)
    if on is not None:
        start = datetime.combine(on, time.min, tzinfo=timezone.get_default_timezone())
        rows = rows.filter(at__gte=start, at__lt=start + timedelta(days=1))
    return rows


def address_in_clear(record: AccessRecord) -> str:
    """The address of a record, for masking or for its owner; empty when it came without one."""
    return "" if record.address is None else unseal(bytes(record.address), context=record.id.bytes)
