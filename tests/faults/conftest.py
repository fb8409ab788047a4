"""One instance for all the faults: made once, started anew by the test that finds it ended."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .instance import Instance


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    """The instance with the small city, not necessarily running."""
    made = Instance(tmp_path_factory.mktemp("faults"))
    yield made
    made.destroy()


@pytest.fixture
def instance(house: Instance) -> Instance:
    """The instance, running and ready."""
    if not house.is_running:
        house.start()
    return house
