"""The desk that the tests of this folder share: the bundled design with a class of their own, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from interdesk.model import Model
from interdesk.model.design import bundled, load
from interdesk.store import Store
from tests.support.databases import Databases
from tests.support.timed_desks import START, TestDesk


@cache
def design_with_jobs() -> Model:
    return load([*bundled(), Path(__file__).with_name("jobs.xml")])


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def desk_of_module(request: pytest.FixtureRequest, databases: Databases) -> Iterator[TestDesk]:
    """One desk for all tests of a module: its database is large, and every test makes its own objects."""
    model = design_with_jobs()
    url = databases.with_schema(request.param, model)
    store = Store.open(url, model)
    yield TestDesk(store)
    store.close()
    databases.drop(url)


@pytest.fixture
def jobs(desk_of_module: TestDesk) -> TestDesk:
    """A desk for the bundled design and the class Job, its clock at the start."""
    desk_of_module.clock.now = START
    desk_of_module.observers.clear()
    return desk_of_module
