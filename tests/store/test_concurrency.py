"""Many writers at once: each is durable or undone for itself, none sees or harms another."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from interdesk.errors import QueryTooSlow, Unavailable
from interdesk.store import Store
from tests.support.databases import Databases
from tests.support.models import desk_model

SLOW = {
    "sqlite": "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n",
    "postgresql": "SELECT count(*) FROM generate_series(1, 1000000000)",
}


def together(count: int, work: Callable[[int], object]) -> list[object]:
    """Runs ``work`` in ``count`` threads that start at the same moment; results or exceptions."""
    barrier = threading.Barrier(count)

    def one(number: int) -> object:
        barrier.wait()
        try:
            return work(number)
        except Exception as problem:
            return problem

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


def names(store: Store) -> list[str]:
    with store.read() as session:
        return [name for (name,) in session.connection.rows('SELECT name FROM "Organization" ORDER BY name')]


def test_all_writers_are_there_but_the_one_that_failed(store: Store) -> None:
    def work(number: int) -> int:
        for turn in range(5):
            with store.write() as session:
                key = session.insert("Organization", {"name": f"{number:02}-{turn}"})
                if number == 3:
                    raise ZeroDivisionError
            # An acknowledged write is seen by everybody.
            with store.read() as session:
                assert session.connection.rows(f'SELECT count(*) FROM "Organization" WHERE id = {key}') == [(1,)]
        return number

    results = together(8, work)
    assert isinstance(results[3], ZeroDivisionError)
    assert [result for result in results if result != results[3]] == [0, 1, 2, 4, 5, 6, 7]
    assert names(store) == [f"{number:02}-{turn}" for number in range(8) if number != 3 for turn in range(5)]


def test_what_a_database_error_undoes_is_one_write_only(store: Store) -> None:
    def work(number: int) -> None:
        with store.write() as session:
            session.insert("Organization", {"name": str(number)})
            if number % 2:
                session.connection.change("INSERT INTO nowhere VALUES (1)")

    results = together(8, work)
    assert [result is None for result in results] == [True, False] * 4
    assert names(store) == ["0", "2", "4", "6"]


def test_reserved_ids_differ_between_threads(store: Store) -> None:
    def work(_: int) -> list[int]:
        with store.write() as session:
            return [session.reserve("Person") for _ in range(10)]

    keys = [key for found in together(8, work) for key in found]  # type: ignore[attr-defined]
    assert len(set(keys)) == 80


def test_increments_under_a_lock_are_not_lost(store: Store) -> None:
    with store.write() as session:
        team = session.insert("Team", {"size": 0})

    def work(_: int) -> None:
        for _ in range(5):
            with store.write() as session:
                assert session.lock("Team", team)
                size = session.connection.rows(f'SELECT size FROM "Contact" WHERE id = {team}')[0][0]
                session.update("Team", team, {"size": size + 1})

    assert together(6, work) == [None] * 6
    with store.read() as session:
        assert session.connection.rows('SELECT size FROM "Contact"') == [(30,)]


def test_moves_that_would_close_a_loop_together_do_not(store: Store) -> None:
    with store.write() as session:
        keys = [session.insert("Organization", {}) for _ in range(2)]

    def work(number: int) -> None:
        with store.write() as session:
            session.update("Organization", keys[number], {"parent_id": keys[1 - number]})

    results = together(2, work)
    assert sorted(result is None for result in results) == [False, True]


@pytest.mark.parametrize("mode", ["read", "write"])
def test_a_query_that_runs_too_long_is_stopped(databases: Databases, dialect: str, mode: str) -> None:
    model = desk_model()
    url = databases.with_schema(dialect, model)
    store = Store.open(url, model, query_seconds=0.1)
    with pytest.raises(QueryTooSlow), getattr(store, mode)() as session:
        session.connection.rows(SLOW[dialect])
    with store.write() as session:
        session.insert("Team", {})
    store.close()
    databases.drop(url)


def test_two_stores_on_one_database_share_it(databases: Databases, dialect: str) -> None:
    model = desk_model()
    url = databases.with_schema(dialect, model)
    stores = [Store.open(url, model) for _ in range(2)]

    def work(number: int) -> None:
        for _ in range(5):
            with stores[number % 2].write() as session:
                session.insert("Organization", {"name": str(number)})

    assert together(4, work) == [None] * 4
    assert len(names(stores[0])) == 20
    for store in stores:
        store.close()
    databases.drop(url)


def test_a_connection_that_died_is_replaced(databases: Databases) -> None:
    model = desk_model()
    url = databases.with_schema("postgresql", model)
    store, other = Store.open(url, model), Store.open(url, model)
    kill = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> "
    with pytest.raises(Unavailable), store.read() as session:
        with other.read() as killer:
            killer.connection.rows(kill + "pg_backend_pid()")
        session.connection.rows("SELECT 1")
    assert names(store) == []
    store.close()
    other.close()
    databases.drop(url)


def test_a_server_that_is_not_there_is_told() -> None:
    with pytest.raises(Unavailable):
        Store.open("postgresql://nobody@127.0.0.1:9/nothing", desk_model())
