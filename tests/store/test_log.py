"""The write-ahead log gets onto the disk once for all who wait; a disk that fails is never taken at its word again."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest

from interdesk.store.database.log import Log


class Keeper:
    """Stands for the database into which the log is brought."""

    def __init__(self) -> None:
        self.checkpoints = 0
        self.broken = False

    def checkpoint(self) -> None:
        self.checkpoints += 1
        if self.broken:
            raise sqlite3.OperationalError("disk I/O error")


def test_a_log_on_a_good_disk_is_not_checkpointed(tmp_path: Path) -> None:
    (tmp_path / "desk.db-wal").touch()
    keeper = Keeper()
    log = Log(tmp_path / "desk.db", keeper.checkpoint)
    log.sync()
    (tmp_path / "desk.db-wal").unlink()  # as SQLite does with the last connection
    (tmp_path / "desk.db-wal").touch()
    log.sync()
    log.close()
    assert keeper.checkpoints == 0


def test_a_log_that_the_disk_does_not_keep_is_brought_into_the_database(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "desk.db-wal")  # cannot be synchronised, as a disk that fails
    keeper = Keeper()
    log = Log(tmp_path / "desk.db", keeper.checkpoint)
    log.sync()
    assert keeper.checkpoints == 1
    log.close()


def test_while_that_fails_too_nothing_counts_as_durable(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "desk.db-wal")
    keeper = Keeper()
    log = Log(tmp_path / "desk.db", keeper.checkpoint)
    keeper.broken = True
    for _ in range(2):
        with pytest.raises(sqlite3.OperationalError):
            log.sync()
    # The disk's own word counts again only after a checkpoint: what it lost lies before everything that follows.
    (tmp_path / "desk.db-wal").unlink()
    (tmp_path / "desk.db-wal").touch()
    with pytest.raises(sqlite3.OperationalError):
        log.sync()
    keeper.broken = False
    log.sync()
    log.sync()
    assert keeper.checkpoints == 4
    log.close()
