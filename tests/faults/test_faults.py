"""Killed processes, a full disk, lost connections: no acknowledged write is lost, none is half there, the desk goes on.

The short form; ``python -m benchmarks.faults`` is the long one.
"""

from __future__ import annotations

import random
import resource
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.databases import Databases
from tests.support.faults import created, kill_workers, load_on, losses, progress
from tests.support.servers import close_database, cut_connections, eventually, prepared, served

KILLS = 3


@pytest.fixture
def url(databases: Databases, dialect: str) -> Iterator[str]:
    found = prepared(databases, dialect)
    yield found
    databases.drop(found)


def test_killed_workers_lose_nothing(url: str, tmp_path: Path) -> None:
    with served(url, tmp_path, "--workers", "2") as server:
        load = load_on(server)
        progress(load)
        assert kill_workers(server, KILLS, random.Random(7)) >= KILLS
        progress(load)
        load.stop()
        assert load.faults == []
    assert len(load.acknowledged) > 6
    assert losses(url, load) == []


def test_a_killed_server_starts_again_without_help(url: str, tmp_path: Path) -> None:
    with served(url, tmp_path / "first") as server:
        load = load_on(server)
        progress(load)
        server.process.kill()
        load.stop()
    assert load.faults == []
    with served(url, tmp_path / "second") as server:
        assert losses(url, load) == []
        created(server, "Organization", name="Afterwards")


def test_lost_connections_are_told_and_made_anew(databases: Databases, tmp_path: Path) -> None:
    url = prepared(databases, "postgresql")
    with served(url, tmp_path, "--workers", "2") as server:
        load = load_on(server)
        for _ in range(3):
            progress(load)
            assert cut_connections(url) > 0
        close_database(url, closed=True)
        eventually(lambda: any("database" in refusal for refusal in load.refusals))
        close_database(url, closed=False)
        progress(load)
        load.stop()
        assert load.faults == []
    assert {refusal.partition(":")[0] for refusal in load.refusals} == {"100"}
    assert losses(url, load) == []
    databases.drop(url)


def test_a_full_disk_is_told_and_forgotten(databases: Databases, tmp_path: Path) -> None:
    url = prepared(databases, "sqlite")
    files = [Path(url.removeprefix("sqlite:///") + suffix) for suffix in ("", "-wal")]
    with served(url, tmp_path) as server:
        load = load_on(server)
        progress(load)
        load.stop()
        assert load.faults == load.refusals == []
        # Files may not grow any more: SQLite fails to write as it does on a full disk.
        limits = resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE)
        size = max(path.stat().st_size for path in files)
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (size, limits[1]))
        fields = {"title": "much", "org_id": load.organization, "description": "x" * 60_000}
        answers: list[dict[str, Any]] = []
        while len(answers) < 500 and (not answers or answers[-1]["code"] == 0):
            answers.append(server.rest("core/create", cls="UserRequest", fields=fields))
        answers.append(server.rest("core/create", cls="UserRequest", fields=fields))
        taken = len(answers) - 2
        assert [answer["code"] for answer in answers] == [0] * taken + [100] * 2
        assert all("disk" in answer["message"] for answer in answers[-2:])
        found = server.rest("core/get", cls="UserRequest", key="SELECT UserRequest WHERE title = 'much'")
        assert found["message"] == f"Found: {taken}"
        assert server.get("/ready")[0] == 200
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, limits)
        assert server.rest("core/create", cls="UserRequest", fields=fields)["code"] == 0
    assert losses(url, load) == []
    databases.drop(url)
