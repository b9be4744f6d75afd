"""Several write at once, in one process and in two: nothing is lost, no rule is broken, conflicts are tried again."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from interdesk.desk import SYSTEM, Desk, Limits, Transaction, Vault, queries
from interdesk.desk.values import LogChange, NewEntry
from interdesk.errors import Conflict, InterdeskError, Refused, Unauthenticated
from interdesk.store import Store
from tests.support.databases import Databases
from tests.support.people import ADMINISTRATOR, CHEAP, GOOD, KEY, REST, add, add_user, bundled_model, desk_over

MANY = 6


@pytest.fixture
def desks(databases: Databases, dialect: str) -> Iterator[tuple[Desk, Desk]]:
    """Two desks on one database, as two processes have them."""
    url = databases.with_schema(dialect, bundled_model())
    stores = [Store.open(url, bundled_model()) for _ in range(2)]
    first, second = (desk_over(store) for store in stores)
    yield first, second
    for store in stores:
        store.close()
    databases.drop(url)


def at_once(*works: Callable[[], object]) -> list[object]:
    """What each returns or raises, all started at the same moment."""
    barrier = threading.Barrier(len(works))

    def one(work: Callable[[], object]) -> object:
        barrier.wait()
        try:
            return work()
        except InterdeskError as problem:
            return problem

    with ThreadPoolExecutor(len(works)) as pool:
        return [future.result() for future in [pool.submit(one, work) for work in works]]


def stored(desk: Desk, cls: str, key: int, *codes: str) -> list[object]:
    with desk.reading() as reader:
        table = reader.one(desk.model.cls(cls), key, codes)
        return [table.rows[0][table.positions[code][0]] for code in codes]


def organizations(desk: Desk) -> int:
    with desk.reading() as reader:
        return reader.count(queries.every(desk.model.cls("Organization")), {})


class Meeting:
    """Brings two transactions to a point where each holds what the other wants next."""

    def __init__(self, desks: tuple[Desk, Desk], keys: list[int]) -> None:
        self.desks, self.keys = desks, keys
        self.barrier = threading.Barrier(2)
        self.tries = [0, 0]

    def work(self, number: int) -> object:
        own, others = self.keys if number == 0 else self.keys[::-1]

        def both(tx: Transaction) -> str:
            self.tries[number] += 1
            tx.update("Organization", own, {"code": f"own {number}"})
            if self.tries == [1, 1] or self.tries[number] == 1:
                with suppress(threading.BrokenBarrierError):
                    self.barrier.wait(5)
            tx.update("Organization", others, {"name": f"others {number}"})
            return f"done {number}"

        return self.desks[number].write(SYSTEM, both)


@pytest.mark.parametrize("dialect", ["postgresql"])
def test_a_deadlock_is_tried_again(desks: tuple[Desk, Desk], dialect: str) -> None:
    keys = [add(desks[0], "Organization", name=name) for name in ("A", "B")]
    meeting = Meeting(desks, keys)
    assert at_once(lambda: meeting.work(0), lambda: meeting.work(1)) == ["done 0", "done 1"]
    assert sorted(meeting.tries) == [1, 2]
    assert sum(desk.retries for desk in desks) == 1
    assert stored(desks[0], "Organization", keys[0], "code", "name") == ["own 0", "others 1"]
    assert stored(desks[0], "Organization", keys[1], "code", "name") == ["own 1", "others 0"]


@pytest.mark.parametrize("dialect", ["postgresql"])
def test_a_failed_serialisation_is_tried_again_as_a_whole(desks: tuple[Desk, Desk], dialect: str) -> None:
    key = add(desks[0], "Organization", name="A", code="0")
    tries = []

    def work(tx: Transaction) -> None:
        tries.append(1)
        if len(tries) == 1:
            # As a stricter level would have it: this transaction has a snapshot that somebody makes stale.
            tx.session.connection.change("COMMIT")
            tx.session.connection.change("BEGIN ISOLATION LEVEL REPEATABLE READ")
            tx.reader.count(queries.every(desks[0].model.cls("Organization")), {})
            at_once(lambda: desks[1].write(SYSTEM, lambda other: other.update("Organization", key, {"code": "9"})))
        (code,) = (row[0] for row in tx.session.connection.rows('SELECT code FROM "Organization"'))
        tx.create("Organization", {"name": "B"})
        tx.update("Organization", key, {"code": code + "1"})

    desks[0].write(SYSTEM, work)
    assert len(tries) == 2
    assert stored(desks[0], "Organization", key, "code") == ["91"]
    assert organizations(desks[0]) == 2


@pytest.mark.parametrize("attempts", [1, 3])
def test_attempts_are_bounded_and_leave_nothing(open_store: Callable[..., Store], attempts: int) -> None:
    desk = Desk(open_store(bundled_model()), Vault(KEY, CHEAP), limits=Limits(write_attempts=attempts))
    tries = []

    def work(tx: Transaction) -> None:
        tries.append(tx.create("Organization", {"name": "Never"}))
        raise Conflict("always in the way")

    with pytest.raises(Conflict):
        desk.write(SYSTEM, work)
    assert len(tries) == attempts
    assert desk.retries == attempts - 1
    assert organizations(desk) == 0


def test_other_errors_are_not_tried_again(bundled_desk: Desk) -> None:
    tries = []

    def work(tx: Transaction) -> None:
        tries.append(1)
        tx.create("Organization", {"name": ""})

    with pytest.raises(Refused):
        bundled_desk.write(SYSTEM, work)
    assert tries == [1]


def test_updates_of_one_object_at_once_are_all_kept(desks: tuple[Desk, Desk]) -> None:
    organization = add(desks[0], "Organization", name="A")
    ticket = add(desks[0], "UserRequest", org_id=organization, title="T", description="D", caller_id=0)

    def work(number: int) -> object:
        change = LogChange((NewEntry(f"entry {number}", "text"),))
        values = {"private_log": change, ("title" if number == 0 else "description"): f"by {number}"}
        return desks[number % 2].write(SYSTEM, lambda tx: tx.update("UserRequest", ticket, values))

    found = at_once(*(lambda number=number: work(number) for number in range(MANY)))  # type: ignore[misc]
    assert found == [True] * MANY
    title, _ = stored(desks[1], "UserRequest", ticket, "title", "description")
    assert title == "by 0"
    with desks[1].store.read() as session:
        entries = session.logs("Ticket", "private_log", [ticket])[ticket]
        assert sorted(entry.message for entry in entries) == [f"entry {number}" for number in range(MANY)]
        rows = session.connection.rows(
            'SELECT h.finalclass, h.oldvalue, h.newvalue FROM "CMDBChangeOp" h '
            "WHERE h.objclass = 'UserRequest' AND h.attcode = 'title'"
        )
    assert [row[1:] for row in rows] == [("T", "by 0")]


@pytest.mark.parametrize("names", [["Same"] * MANY, ["Same", "same", "SAME ", "Sàme", "same", "Same"]])
def test_creations_at_once_keep_a_uniqueness_rule(desks: tuple[Desk, Desk], names: list[str]) -> None:
    def work(number: int) -> object:
        return desks[number % 2].write(SYSTEM, lambda tx: tx.create("Brand", {"name": names[number]}))

    found = at_once(*(lambda number=number: work(number) for number in range(MANY)))  # type: ignore[misc]
    assert sorted(type(result).__name__ for result in found) == ["Refused"] * (MANY - 1) + ["int"]
    with desks[0].store.read() as session:
        assert session.connection.rows("SELECT count(*) FROM \"Typology\" WHERE finalclass = 'Brand'") == [(1,)]


def test_logins_made_at_once_differ(desks: tuple[Desk, Desk]) -> None:
    def work(number: int) -> object:
        login = "ann" if number % 2 else "Ann"
        return desks[number % 2].write(SYSTEM, lambda tx: add_user(tx, login))

    found = at_once(*(lambda number=number: work(number) for number in range(MANY)))  # type: ignore[misc]
    assert sorted(type(result).__name__ for result in found) == ["Refused"] * (MANY - 1) + ["int"]


def test_who_is_disabled_in_one_process_is_refused_by_the_other_at_once(desks: tuple[Desk, Desk]) -> None:
    first, second = desks
    with first.transaction(SYSTEM) as tx:
        user = add_user(tx, "ann", (ADMINISTRATOR, REST), password=GOOD)
    for desk in desks:
        assert desk.credentials.verify("ann", GOOD).login == "ann"
    with first.transaction(SYSTEM) as tx:
        tx.update("UserLocal", user, {"status": "disabled"})
    for desk in (second, first):
        with pytest.raises(Unauthenticated):
            desk.credentials.verify("ann", GOOD)
    with second.transaction(SYSTEM) as tx:
        tx.update("UserLocal", user, {"status": "enabled", "password": GOOD + "2"})
    assert first.credentials.verify("ann", GOOD + "2").is_administrator
    with pytest.raises(Unauthenticated):
        first.credentials.verify("ann", GOOD)


def test_a_profile_taken_away_in_one_process_is_missed_in_the_other_at_once(desks: tuple[Desk, Desk]) -> None:
    first, second = desks
    with first.transaction(SYSTEM) as tx:
        user = add_user(tx, "ann", (ADMINISTRATOR, REST), password=GOOD)
    assert second.credentials.verify("ann", GOOD).profiles == {ADMINISTRATOR, REST}
    with first.store.read() as session:
        query = 'SELECT id FROM "URP_UserProfile" WHERE userid = %d AND profileid = %d'
        link = session.connection.rows(query % (user, ADMINISTRATOR))[0][0]
    with first.transaction(SYSTEM) as tx:
        tx.delete("URP_UserProfile", [link])
    assert second.credentials.verify("ann", GOOD).profiles == {REST}
