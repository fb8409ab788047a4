"""A small city and logged-in clients for the pages."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from yiwang.cases.tests.factories import City, make_city

Login = Callable[..., Client]


@pytest.fixture
def city(db: None) -> City:
    return make_city()


@pytest.fixture
def login(city: City) -> Login:
    """`login("dispatcher")`: a client of an account that holds such a post."""

    def enter(kind: str, **where: str) -> Client:
        name = where.get("username", kind)
        account = city.accounts.get(name) or city.login(kind, **where)
        client = Client()
        client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return enter
