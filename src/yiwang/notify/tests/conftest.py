"""Fixtures of `notify`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .gateway_server import GatewayServer, running_gateway


@pytest.fixture
def server() -> Iterator[GatewayServer]:
    """A gateway on this machine."""
    with running_gateway() as found:
        yield found
