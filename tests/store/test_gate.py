"""Writers that wait together commit together; an error of the commit reaches each of them."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from interdesk.errors import Unavailable
from interdesk.store.database.gate import Gate

PATIENCE = 20.0


class Workplace:
    """A gate over a small database, and the COMMITs seen so far."""

    def __init__(self, path: Path, wait_seconds: float = PATIENCE, members_limit: int = 64) -> None:
        self.path = path
        self.connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self.connection.execute("PRAGMA foreign_keys = ON")
        self.connection.execute("CREATE TABLE parent (id INTEGER PRIMARY KEY)")
        self.connection.execute(
            "CREATE TABLE item (name TEXT, parent INTEGER REFERENCES parent DEFERRABLE INITIALLY DEFERRED)"
        )
        # A busy machine must not close a batch early, hence the long time for which it is open.
        self.gate = Gate(
            self.connection,
            wait_seconds,
            begin=lambda connection: connection.execute("BEGIN IMMEDIATE"),
            sync=self._sync,
            open_seconds=PATIENCE,
            members_limit=members_limit,
        )
        self.commits = self.syncs = 0
        self.broken_disk = False
        self.disk = threading.Event()
        self.disk.set()
        self.connection.set_trace_callback(self._see)

    def _see(self, statement: str) -> None:
        self.commits += statement == "COMMIT"

    def _sync(self) -> None:
        self.syncs += 1
        assert self.disk.wait(PATIENCE)
        if self.broken_disk:
            raise sqlite3.OperationalError("the disk is broken")

    def add(self, name: str, parent: int | None = None) -> None:
        with self.gate.turn():
            self.connection.execute("INSERT INTO item VALUES (?, ?)", (name, parent))
            if name == "fail":
                raise ZeroDivisionError

    def names(self) -> list[str]:
        """What a fresh connection finds: the committed rows."""
        other = sqlite3.connect(self.path)
        found = [name for (name,) in other.execute("SELECT name FROM item ORDER BY rowid")]
        other.close()
        return found

    def queue(self, count: int) -> None:
        """Waits until so many writers stand before the gate."""
        self.until(lambda: self.gate.waiting >= count)

    def until(self, wished: Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE
        while not wished():
            assert time.monotonic() < end
            time.sleep(0.001)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Workplace]:
    found = Workplace(tmp_path / "gate.db")
    yield found
    found.connection.close()


def behind_one_another(place: Workplace, *items: tuple[str, int | None]) -> list[BaseException | None]:
    """Lets a first writer hold the gate until the others wait, then lets all through; what each of them raised."""
    with ThreadPoolExecutor(len(items)) as pool:
        futures: list[Future[None]] = []
        with Holding(place):
            for number, (name, parent) in enumerate(items, 1):
                futures.append(pool.submit(place.add, name, parent))
                place.queue(number)
        return [future.exception() for future in futures]


class Holding:
    """Holds the gate, without writing, in a thread of its own."""

    def __init__(self, place: Workplace) -> None:
        self.place, self.inside, self.release = place, threading.Event(), threading.Event()
        self.thread = threading.Thread(target=self._hold)

    def _hold(self) -> None:
        try:
            with self.place.gate.turn():
                self.inside.set()
                self.release.wait(PATIENCE)
        except Unavailable:
            # The commit that this thread shares with the writers under test failed, as one test wants it.
            return

    def __enter__(self) -> None:
        self.thread.start()
        assert self.inside.wait(PATIENCE)

    def __exit__(self, *_: object) -> None:
        self.release.set()
        self.thread.join(PATIENCE)


def test_writers_that_wait_share_one_commit(place: Workplace) -> None:
    assert behind_one_another(place, ("a", None), ("b", None), ("c", None)) == [None] * 3
    assert place.names() == ["a", "b", "c"]
    assert (place.commits, place.syncs) == (1, 1)


def test_a_lone_writer_commits_at_once(place: Workplace) -> None:
    place.add("a")
    assert (place.names(), place.commits) == (["a"], 1)


def test_one_that_fails_does_not_take_the_others_along(place: Workplace) -> None:
    raised = behind_one_another(place, ("a", None), ("fail", None), ("c", None))
    assert [type(problem) for problem in raised] == [type(None), ZeroDivisionError, type(None)]
    assert place.names() == ["a", "c"]


def test_the_last_one_may_fail(place: Workplace) -> None:
    raised = behind_one_another(place, ("a", None), ("b", None), ("fail", None))
    assert [type(problem) for problem in raised] == [type(None), type(None), ZeroDivisionError]
    assert place.names() == ["a", "b"]


def test_a_failed_commit_reaches_every_writer_and_leaves_the_gate_usable(place: Workplace) -> None:
    raised = behind_one_another(place, ("a", None), ("orphan", 99), ("c", None))
    assert [type(problem) for problem in raised] == [Unavailable] * 3
    assert place.names() == []
    place.add("later")
    assert place.names() == ["later"]


def test_a_disk_that_fails_leaves_no_writer_believing_that_his_work_is_kept(place: Workplace) -> None:
    place.broken_disk = True
    raised = behind_one_another(place, ("a", None), ("b", None))
    assert [str(problem) for problem in raised] == [
        "The write was done but the disk does not keep it: look whether it is there before you send it again: "
        "the disk is broken"
    ] * 2
    place.broken_disk = False
    place.add("later")
    assert place.names() == ["a", "b", "later"]


def test_the_next_writer_works_while_the_disk_does(place: Workplace) -> None:
    place.disk.clear()
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(place.add, "first")
        place.until(lambda: place.syncs == 1)
        second = pool.submit(place.add, "second")
        place.until(lambda: place.syncs == 2)
        assert not first.done()
        assert not second.done()
        place.disk.set()
        first.result(PATIENCE)
        second.result(PATIENCE)
    assert place.names() == ["first", "second"]


def test_a_transaction_that_the_database_undoes_is_told_to_all(place: Workplace) -> None:
    def undone() -> None:
        with place.gate.turn():
            # What SQLite does by itself when the disk is full.
            place.connection.execute("ROLLBACK")
            raise ZeroDivisionError

    with ThreadPoolExecutor(2) as pool:
        with Holding(place):
            first = pool.submit(place.add, "a")
            place.queue(1)
            second = pool.submit(undone)
            place.queue(2)
        assert isinstance(first.exception(), Unavailable)
        assert isinstance(second.exception(), ZeroDivisionError)
    place.add("later")
    assert place.names() == ["later"]


def test_who_waits_too_long_is_told(tmp_path: Path) -> None:
    place = Workplace(tmp_path / "gate.db", wait_seconds=0.05)
    with Holding(place), pytest.raises(Unavailable, match="try again"):
        place.add("late")
    place.add("later")
    assert place.names() == ["later"]
    place.connection.close()


def test_a_full_batch_is_closed(tmp_path: Path) -> None:
    place = Workplace(tmp_path / "gate.db", members_limit=2)
    # The holder is the first of a batch of two.
    assert behind_one_another(place, ("a", None), ("b", None), ("c", None)) == [None] * 3
    assert (place.names(), place.commits) == (["a", "b", "c"], 2)
    place.connection.close()
