"""Fixtures for all floors."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.databases import database_url, databases, dialect, open_store, store
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
