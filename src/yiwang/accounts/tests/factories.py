"""Accounts and actors for the tests of `accounts`."""

from __future__ import annotations

from datetime import UTC, datetime

from yiwang.accounts.models import Account
from yiwang.kernel.actor import Actor, system_actor

AT = datetime(2026, 2, 13, 7, 20, tzinfo=UTC)
PASSWORD = "korrekt-Pferd-7"
MANAGER: Actor = system_actor("test", "accounts.manage")


def make_account(username: str = "wang", **fields: object) -> Account:
    """An account with a known password, made without the service's validators."""
    account = Account(username=username, display_name=f"{username}氏", **fields)
    account.set_password(PASSWORD)
    account.save(force_insert=True)
    return account


def himself(account: Account) -> Actor:
    """The actor of an account without any grant."""
    return Actor(account_id=account.id)
