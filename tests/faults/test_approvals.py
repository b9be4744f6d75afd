"""Two servers of one desk, killed at random while approvals run: nothing is stuck or lost, callbacks come once.

The short form; ``python -m benchmarks.faults`` is the long one.
"""

from __future__ import annotations

import random
from pathlib import Path

from tests.support.approving import SETTINGS, Approvals, service_for
from tests.support.databases import Databases
from tests.support.faults import kill_workers
from tests.support.receivers import receiving
from tests.support.servers import prepared, served

KILLS = 3
WORKERS = ("--workers", "2")


def test_killed_servers_lose_no_approval(databases: Databases, tmp_path: Path) -> None:
    url = prepared(databases, "postgresql")
    with receiving() as receiver:
        service = service_for(url, receiver)
        with (
            served(url, tmp_path / "one", *WORKERS, settings=SETTINGS) as one,
            served(url, tmp_path / "two", *WORKERS, settings=SETTINGS) as two,
        ):
            load = Approvals((one, two), receiver, service)
            load.start(4)
            load.progress()
            chance = random.Random(7)
            assert sum(kill_workers(chance.choice((one, two)), 1, chance) for _ in range(KILLS)) >= KILLS
            load.progress()
            load.stop()
            assert load.faults == []
            assert load.losses() == []
    assert len(load.decided) > 6 and load.withdrawn
    databases.drop(url)
