"""Processes at one SQLite database write in turn, and none waits for one that is gone."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from interdesk.store.database.queue import Queue

PATIENCE = 20.0
# Writes again and again without a pause, so that SQLite alone would hardly ever let another in.
GREEDY = """
import sqlite3, sys, time
from pathlib import Path
from interdesk.store.database.queue import Queue

path = Path(sys.argv[1])
connection = sqlite3.connect(path, timeout=0, isolation_level=None)
queue = Queue(path, 20.0)
print("begins", flush=True)
while True:
    queue.begin(connection)
    connection.execute("UPDATE counter SET greedy = greedy + 1")
    time.sleep(0.02)
    connection.execute("COMMIT")
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    found = tmp_path / "queue.db"
    connection = connected(found)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("CREATE TABLE counter (greedy INTEGER, own INTEGER)")
    connection.execute("INSERT INTO counter VALUES (0, 0)")
    connection.close()
    return found


def connected(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, timeout=0, isolation_level=None)


def test_two_that_always_want_to_write_take_turns(path: Path) -> None:
    greedy = subprocess.Popen([sys.executable, "-c", GREEDY, str(path)], stdout=subprocess.PIPE)
    connection, queue = connected(path), Queue(path, PATIENCE)
    try:
        assert greedy.stdout is not None and greedy.stdout.readline()
        for _ in range(10):
            queue.begin(connection)
            connection.execute("UPDATE counter SET own = own + 1")
            time.sleep(0.02)
            connection.execute("COMMIT")
    finally:
        greedy.kill()
        greedy.communicate()
    ((others, own),) = connection.execute("SELECT greedy, own FROM counter").fetchall()
    assert own == 10
    assert 5 <= others <= 20
    connection.close()
    queue.close()


def test_a_process_that_is_killed_holds_up_nobody(path: Path) -> None:
    greedy = subprocess.Popen([sys.executable, "-c", GREEDY, str(path)], stdout=subprocess.PIPE)
    assert greedy.stdout is not None and greedy.stdout.readline()
    greedy.kill()
    greedy.communicate()
    connection, queue = connected(path), Queue(path, PATIENCE)
    queue.begin(connection)
    connection.execute("ROLLBACK")
    connection.close()
    queue.close()


def test_waiting_ends(path: Path) -> None:
    holder, waiter = connected(path), connected(path)
    holder.execute("BEGIN IMMEDIATE")
    queue, behind = Queue(path, 0.05), Queue(path, 0.05)
    begun = time.monotonic()
    for one in (queue, behind):
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            one.begin(waiter)
    assert time.monotonic() - begun < PATIENCE
    holder.execute("ROLLBACK")
    queue.begin(waiter)
    waiter.execute("ROLLBACK")
    for opened in (holder, waiter, queue, behind):
        opened.close()
