"""A small city, and the channels that come with the product, opened in it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from django.core.cache import cache
from django.utils import timezone

from yiwang.cases.tests.factories import City, make_city
from yiwang.intake.queries.channels import LiveChannel
from yiwang.intake.services.registry import add_key

from ..channels import OPERATOR, opened

CHANNELS = Path(__file__).resolve().parents[2] / "channels"
Open = Callable[..., LiveChannel]


@pytest.fixture
def city(db: None) -> City:
    cache.clear()
    return make_city()


@pytest.fixture
def open_channel(city: City) -> Open:
    """Open a shipped channel, some of its words exchanged for those of the small city."""

    def opening(code: str, *exchanged: tuple[str, str], at: datetime | None = None) -> LiveChannel:
        text = (CHANNELS / f"{code}.yaml").read_text(encoding="utf-8")
        for old, new in exchanged:
            assert old in text, old
            text = text.replace(old, new)
        return opened(text, at or timezone.now())

    return opening


@pytest.fixture
def token() -> Callable[[LiveChannel], str]:
    """A token of a channel."""
    return lambda channel: add_key(actor=OPERATOR, at=timezone.now(), channel_id=channel.id, kind="token")[1]
