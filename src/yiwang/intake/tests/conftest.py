"""Logins for tests of pages: somebody whose post grants the given acts everywhere."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.test import Client

from yiwang.accounts.models import Account
from yiwang.cases.tests.factories import make_city
from yiwang.kernel.ids import uuid7
from yiwang.ledger.public import bump_now
from yiwang.orgs.models import Holding, Post, PostKind, Unit


@pytest.fixture
def log_in(client: Client) -> Callable[..., Client]:
    """Log somebody in whose post grants the given acts everywhere."""
    make_city()

    def enter(*acts: str) -> Client:
        account = Account.objects.create(username=f"wang{uuid7()}", display_name="王")
        grants = [{"act": act, "scope": "everywhere"} for act in acts]
        kind = PostKind.objects.create(code=str(uuid7())[:24], name="岗", grants=grants)
        post = Post.objects.create(kind=kind, unit=Unit.objects.get(code="C1"))
        Holding.objects.create(account=account, post=post, starts_at=datetime(2020, 1, 1, tzinfo=UTC))
        for name in ("grants", "posts", "post_kinds"):
            bump_now(name)
        client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return enter
