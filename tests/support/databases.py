"""Fixtures for tests that need a database: each runs once on SQLite and once on PostgreSQL."""

from __future__ import annotations

import itertools
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from interdesk.model import Model
from interdesk.store import Store, create_schema
from interdesk.store.schema import Schema
from tests.support.models import desk_model
from tests.support.postgres import Server, shared_server


class Databases:
    """Makes databases: empty ones, and cheap copies of one with a model's schema."""

    def __init__(self, folder: Path, server: Callable[[], Server]) -> None:
        self._folder, self._server = folder, server
        self._numbers = itertools.count(1)
        self._templates: dict[tuple[str, str], str] = {}

    def _new_name(self) -> str:
        return f"test_{os.getpid()}_{next(self._numbers)}"

    def empty(self, dialect: str) -> str:
        """The URL of a database without tables; for SQLite, of a file that does not exist."""
        name = self._new_name()
        if dialect == "sqlite":
            return f"sqlite:///{self._folder / name}.db"
        self._server().run(f"CREATE DATABASE {name}")
        return self._server().url(name)

    def with_schema(self, dialect: str, model: Model) -> str:
        """The URL of a database that holds the schema of ``model`` and no objects."""
        kind = (dialect, Schema.of(model).fingerprint + model.fingerprint)
        if kind not in self._templates:
            self._templates[kind] = self.empty(dialect)
            create_schema(self._templates[kind], model)
        template, name = self._templates[kind], self._new_name()
        if dialect == "sqlite":
            path = self._folder / f"{name}.db"
            shutil.copyfile(template.removeprefix("sqlite:///"), path)
            return f"sqlite:///{path}"
        self._server().run(f"CREATE DATABASE {name} TEMPLATE {template.rpartition('/')[2]}")
        return self._server().url(name)

    def drop(self, url: str) -> None:
        """Removes a database that is no longer needed."""
        if url.startswith("postgresql"):
            self._server().run(f"DROP DATABASE {url.rpartition('/')[2]} WITH (FORCE)")
        else:
            for suffix in ("", "-wal", "-shm"):
                Path(url.removeprefix("sqlite:///") + suffix).unlink(missing_ok=True)


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    """What makes databases; PostgreSQL is started when it is first asked for."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    with ExitStack() as stack:
        servers: list[Server] = []

        def server() -> Server:
            if not servers:
                servers.append(stack.enter_context(shared_server(shared)))
            return servers[0]

        yield Databases(tmp_path_factory.mktemp("databases"), server)


@pytest.fixture(params=["sqlite", "postgresql"])
def dialect(request: pytest.FixtureRequest) -> str:
    """The kind of database that a test runs on."""
    return str(request.param)


@pytest.fixture
def database_url(databases: Databases, dialect: str) -> Iterator[str]:
    """The URL of an empty database."""
    url = databases.empty(dialect)
    yield url
    databases.drop(url)


@pytest.fixture
def open_store(databases: Databases, dialect: str) -> Iterator[Callable[[Model], Store]]:
    """Opens a store for a model, in a database of its own that holds no objects."""
    opened: list[tuple[str, Store]] = []

    def open_one(model: Model) -> Store:
        url = databases.with_schema(dialect, model)
        store = Store.open(url, model)
        opened.append((url, store))
        return store

    yield open_one
    for url, store in opened:
        store.close()
        databases.drop(url)


@pytest.fixture
def store(open_store: Callable[[Model], Store]) -> Store:
    """An empty store for the small service desk of ``tests.support.models``."""
    return open_store(desk_model())
