"""The sample objects in both databases."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.store.compile import sample
from tests.store.compile.loaded import Loaded
from tests.support.databases import Databases


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, databases: Databases) -> Iterator[Loaded]:
    """A database that a module's tests fill as they like."""
    if request.param == "sqlite":
        found = Loaded.in_memory()
        yield found
        found.connection.close()
        return
    url = databases.with_schema("postgresql", sample.sample_model())
    found = Loaded.on_postgres(url)
    yield found
    found.connection.close()
    databases.drop(url)


@pytest.fixture(scope="module")
def desk(empty: Loaded) -> Loaded:
    """A database with the sample objects, not to be changed."""
    return empty.load(sample.objects())
