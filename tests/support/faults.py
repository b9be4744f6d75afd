"""A load of writes that tells afterwards whether the database kept what was acknowledged, and nothing by halves.

Each ticket carries its version in several places that one transaction writes: its title, the number of entries of its
log, the number of changes in its history. It has one link and one operation of creation in its history.
"""

from __future__ import annotations

import http.client
import itertools
import os
import random
import signal
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from interdesk.store import Store
from tests.support.people import bundled_model
from tests.support.servers import Server, answers, call, eventually

TITLE = "load"
VERSIONS = 3  # of each ticket


@dataclass
class Load:
    """Writers that go on until ``stop``, whatever happens to the server. ``acknowledged``: version by ticket."""

    server: Server
    organization: int
    person: int
    acknowledged: dict[int, int] = field(default_factory=dict)
    refusals: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def start(self, writers: int) -> None:
        self._ended = threading.Event()
        self._numbers = itertools.count(1)
        self._threads = [threading.Thread(target=self._write) for _ in range(writers)]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join()

    def _write(self) -> None:
        while not self._ended.is_set():
            connection = self.server.connection(20)
            try:
                while not self._ended.is_set() and self._ticket(connection):
                    pass
            except (OSError, http.client.HTTPException):
                time.sleep(0.02)  # nobody knows what became of that write
            except Exception as problem:
                self.faults.append(repr(problem))
                return
            finally:
                connection.close()

    def _ticket(self, connection: http.client.HTTPConnection) -> bool:
        """Writes all versions of a new ticket; False when one was refused."""
        number = next(self._numbers)
        fields = {
            **version(number, 1),
            "org_id": self.organization,
            "description": "A text",
            "contacts_list": [{"contact_id": self.person}],
        }
        answer = call(connection, "core/create", cls="UserRequest", fields=fields, output_fields="id")
        if not self._taken(answer):
            return False
        key = int(next(iter(answer["objects"].values()))["key"])
        self.acknowledged[key] = 1
        for turn in range(2, VERSIONS + 1):
            fields = version(number, turn)
            answer = call(connection, "core/update", cls="UserRequest", key=key, fields=fields, output_fields="id")
            if not self._taken(answer):
                return False
            self.acknowledged[key] = turn
        return True

    def _taken(self, answer: dict[str, Any]) -> bool:
        if answer["code"] != 0:
            self.refusals.append(f"{answer['code']}: {answer['message']}")
        return bool(answer["code"] == 0)


def version(number: int, turn: int) -> dict[str, Any]:
    entry = {"message": f"version {turn}", "format": "text"}
    return {"title": f"{TITLE} {number} v{turn}", "public_log": {"add_item": entry}}


def load_on(server: Server, writers: int = 4) -> Load:
    """A load that runs."""
    organization = created(server, "Organization", name="Load")
    person = created(server, "Person", name="Load", first_name="Ann", org_id=organization)
    load = Load(server, organization, person)
    load.start(writers)
    return load


def created(server: Server, cls: str, **fields: Any) -> int:
    answer = server.rest("core/create", cls=cls, fields=fields, output_fields="id")
    assert answer["code"] == 0, answer["message"]
    return int(next(iter(answer["objects"].values()))["key"])


def kill_workers(server: Server, times: int, chance: random.Random) -> int:
    """Kills workers with SIGKILL at random moments, now and then all of them; how many were killed.

    After each time the server has to answer again, by itself.
    """
    killed = 0
    for _ in range(times):
        time.sleep(chance.uniform(0.05, 0.6))
        eventually(lambda: bool(server.workers()))
        workers = server.workers()
        for pid in workers if chance.random() < 0.3 else [chance.choice(workers)]:
            os.kill(pid, signal.SIGKILL)
            killed += 1
        eventually(lambda: answers(server, "/ready"), server.log.read_text)
    return killed


def progress(load: Load, more: int = 3) -> None:
    """Waits until so many further tickets are acknowledged: the server takes writes."""
    target = len(load.acknowledged) + more
    eventually(lambda: len(load.acknowledged) >= target or bool(load.faults), lambda: load.refusals[-3:])


def losses(url: str, load: Load) -> list[str]:
    """What the database lacks of the acknowledged writes, and what it holds of any write by halves."""
    store = Store.open(url, bundled_model())
    try:
        with store.read() as session:
            rows = session.connection.rows
            titles = dict(rows(f"SELECT id, title FROM \"Ticket\" WHERE title LIKE '{TITLE} %%'"))
            entries = counts(rows("SELECT object, count(*) FROM \"log_entry\" WHERE class = 'Ticket' GROUP BY object"))
            links = counts(rows('SELECT ticket_id, count(*) FROM "lnkContactToTicket" GROUP BY ticket_id'))
            history = "SELECT objkey, count(*) FROM \"CMDBChangeOp\" WHERE objclass = 'UserRequest' AND "
            creations = counts(rows(f"{history} finalclass = 'CMDBChangeOpCreate' GROUP BY objkey"))
            changes = counts(rows(f"{history} attcode = 'title' GROUP BY objkey"))
    finally:
        store.close()
    found = []
    for key, acknowledged in load.acknowledged.items():
        if key not in titles:
            found.append(f"ticket {key} was acknowledged and is not there")
        elif turn(titles[key]) < acknowledged:
            found.append(f"ticket {key}: version {acknowledged} was acknowledged, {titles[key]!r} is there")
    for key, title in titles.items():
        state = (entries.get(key, 0), changes.get(key, 0) + 1, creations.get(key, 0), links.get(key, 0))
        if state != (turn(title), turn(title), 1, 1):
            found.append(f"ticket {key}, {title!r}: entries, changes, creations and links are {state}")
    return found


def turn(title: str) -> int:
    return int(title.rpartition(" v")[2])


def counts(rows: list[tuple[Any, ...]]) -> dict[int, int]:
    return {int(key): int(count) for key, count in rows}
