"""A desk whose triggers fire into a list, on both databases."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from interdesk.desk import queries
from interdesk.store import Store
from tests.support.databases import Databases
from tests.support.eventful import EventfulDesk
from tests.support.people import bundled_model


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def desk_of_module(request: pytest.FixtureRequest, databases: Databases) -> Iterator[EventfulDesk]:
    yield from _desk(databases, request.param)


@pytest.fixture
def desk(desk_of_module: EventfulDesk) -> Iterator[EventfulDesk]:
    """The module's desk without triggers: every test makes its own, and its own objects."""
    desk_of_module.watch()
    yield desk_of_module
    with desk_of_module.acting() as tx:
        for key, name in tx.reader.keys(queries.every(desk_of_module.model.cls("Trigger")), {}):
            tx.delete(name, [key])


@pytest.fixture(scope="module")
def reading_desk(databases: Databases) -> Iterator[EventfulDesk]:
    """One desk for tests that render a lot and change little."""
    yield from _desk(databases, "sqlite")


def _desk(databases: Databases, dialect: str) -> Iterator[EventfulDesk]:
    url = databases.with_schema(dialect, bundled_model())
    store = Store.open(url, bundled_model())
    yield EventfulDesk(store)
    store.close()
    databases.drop(url)
