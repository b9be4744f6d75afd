"""A desk whose triggers fire into a list, on both databases."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from interdesk.store import Store
from tests.support.databases import Databases
from tests.support.eventful import EventfulDesk
from tests.support.people import bundled_model


@pytest.fixture(params=["sqlite", "postgresql"])
def desk(request: pytest.FixtureRequest, databases: Databases) -> Iterator[EventfulDesk]:
    url = databases.with_schema(request.param, bundled_model())
    store = Store.open(url, bundled_model())
    yield EventfulDesk(store)
    store.close()
    databases.drop(url)


@pytest.fixture(scope="module")
def reading_desk(databases: Databases) -> Iterator[EventfulDesk]:
    """One desk for tests that render a lot and change little."""
    url = databases.with_schema("sqlite", bundled_model())
    store = Store.open(url, bundled_model())
    yield EventfulDesk(store)
    store.close()
    databases.drop(url)
