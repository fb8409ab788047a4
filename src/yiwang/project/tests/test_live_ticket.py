"""The web hands out tickets for the live feed."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from yiwang.interface import live_ticket as tickets


@pytest.mark.django_db
def test_a_ticket_is_for_those_who_are_logged_in(client: Client, django_user_model: Any) -> None:
    assert client.get("/live/ticket/", {"topic": "cases"}).status_code == 403
    client.force_login(
        django_user_model.objects.create(username="a", display_name="甲"),
        backend="django.contrib.auth.backends.ModelBackend",
    )
    answer = client.get("/live/ticket/", {"topic": ["cases", "cases:1"]}, headers={"host": "127.0.0.1:8000"})
    assert answer.status_code == 200
    address, _, ticket = answer.json()["url"].partition("?ticket=")
    assert address == "http://127.0.0.1:8001/events"
    assert tickets.topics_of(ticket) == frozenset({"cases", "cases:1"})
    assert client.get("/live/ticket/", {"topic": "no topic"}).status_code == 400
