"""Fixtures for all floors."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.databases import Databases, database_url, databases, dialect, open_store, store
from tests.support.desk_process import DeskProcess, running_desk
from tests.support.people import bundled_desk

__all__ = ["bundled_desk", "database_url", "databases", "demo_desk", "dialect", "open_store", "store"]


@pytest.fixture(scope="session")
def demo_desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskProcess]:
    """A desk with the demo's sample data, in a process of its own.

    Modules that use it mark themselves ``xdist_group("demo-desk")``, so that one desk serves them all.
    """
    with running_desk(tmp_path_factory.mktemp("demo")) as desk:
        yield desk


@pytest.fixture(
    scope="session",
    params=[
        pytest.param("sqlite", marks=pytest.mark.xdist_group("empty-desk-sqlite")),
        pytest.param("postgresql", marks=pytest.mark.xdist_group("empty-desk-postgresql")),
    ],
)
def empty_desk(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, databases: Databases
) -> Iterator[DeskProcess]:
    """A desk without sample data; one for each database and test run."""
    data = tmp_path_factory.mktemp("empty-desk")
    options = ["--empty"]
    if request.param == "postgresql":
        options += ["--database", databases.empty("postgresql")]
    with running_desk(data, *options) as desk:
        yield desk
