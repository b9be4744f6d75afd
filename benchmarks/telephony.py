"""The telephony API: lists against SQL written by hand, and how many people one process provisions in a second.

python -m benchmarks.telephony [--seconds 5]

(a) ``GET /1.1/users`` of 1,000 users against the same answer made by ``sqlite3`` and ``json`` in this process, as the
    list stands, sorted, and a page of it. Goal: at most twice the processor time for the whole list. The server's side
    includes HTTP, the check of the password and the rights. Both answers must be equal.
(b) The complete walk: user, line, extension, both connected, an incoming call, connected, a telephone, connected: nine
    calls from four clients. Goal: 30 a second, counted by the processor time of the server.
"""

from __future__ import annotations

import argparse
import base64
import http.client
import itertools
import json
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.processes import cpu_seconds
from benchmarks.read_limits import Limit, database_file, in_turns, own_seconds, server_seconds
from tests.support.desk_process import DeskProcess, running_desk
from tests.support.xivo import ACCOUNT

USERS = 1000
REQUESTS = 30
CLIENTS = 4
CALLS = 9
GOAL_LIST, GOAL_WALKS = 2.0, 30.0
CONTEXTS = (("bench", "internal", "user"), ("bench-in", "incall", "incall"))  # with more numbers than the demo's
FIELDS = (
    "id", "firstname", "lastname", "caller_id", "outgoing_caller_id", "username", "music_on_hold",
    "mobile_phone_number", "userfield", "timezone", "language", "description", "preprocess_subroutine",
)  # fmt: skip
DEFAULTS = dict.fromkeys(("outgoing_caller_id", "username", "music_on_hold", "userfield", "description"), "")


class Client:
    """One kept-alive connection."""

    def __init__(self, desk: DeskProcess) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", desk.port, timeout=120)
        proof = base64.b64encode(":".join(ACCOUNT).encode()).decode()
        self._headers = {"Authorization": f"Basic {proof}", "Content-Type": "application/json"}

    def call(self, method: str, path: str, body: object = None) -> bytes:
        """Raises RuntimeError for every refusal."""
        content = None if body is None else json.dumps(body)
        self._connection.request(method, f"/1.1{path}", content, self._headers)
        answer = self._connection.getresponse()
        found = answer.read()
        if answer.status >= 300:
            raise RuntimeError(f"HTTP {answer.status}: {found[:200]!r}")
        return found

    def create(self, path: str, **body: Any) -> Any:
        return json.loads(self.call("POST", path, body))["id"]

    def walk(self, number: int) -> None:
        """A user with all that belongs to him."""
        user = self.create("/users", firstname="Lord", lastname=f"Sanderson {number}")
        line = self.create("/lines_sip", context="bench", device_slot=1)
        extension = self.create("/extensions", exten=str(100_000 + number), context="bench")
        self.call("POST", f"/users/{user}/lines", {"line_id": line})
        self.call("POST", f"/lines/{line}/extensions", {"extension_id": extension})
        incoming = self.create("/extensions", exten=str(100_000 + number), context="bench-in")
        self.call("POST", f"/lines/{line}/extensions", {"extension_id": incoming})
        mac = f"{number:012x}"
        device = self.create("/devices", mac=":".join(mac[at : at + 2] for at in range(0, 12, 2)))
        self.call("PUT", f"/lines/{line}/devices/{device}")


@dataclass(frozen=True)
class Walks:
    """``rate``: by the clock. ``cpu``: processor time of the server for one walk, in seconds."""

    rate: float
    cpu: float


@dataclass(frozen=True)
class Case:
    """A list by the API, and the same by hand: condition, order and page. ``goal`` 0: none is set."""

    name: str
    query: str
    where: str
    rest: str
    goal: float = 0.0


CASES = (
    Case("1,000 users", "", "", "lastname, firstname, id", GOAL_LIST),
    Case("1,000 users, sorted", "?order=firstname&direction=desc", "", "firstname DESC, id DESC", GOAL_LIST),
    Case("20 of 1,000, sorted", "?order=firstname&limit=20&skip=500", "", "firstname, id LIMIT 20 OFFSET 500"),
    Case(
        "25 of 1,000, found by a word", "?search=room%207%20", "userfield LIKE '%room 7 %'", "lastname, firstname, id"
    ),
)


def by_hand(database: sqlite3.Connection, base: str, case: Case) -> bytes:
    """The answer to a list, without Interdesk."""
    where = f" WHERE {case.where}" if case.where else ""
    (total,) = database.execute(f'SELECT count(*) FROM "TelephonyUser"{where}').fetchone()
    items = []
    for row in database.execute(f'SELECT {", ".join(FIELDS)} FROM "TelephonyUser"{where} ORDER BY {case.rest}'):
        item = {name: value or DEFAULTS.get(name) for name, value in zip(FIELDS, row, strict=True)}
        item["password"] = None
        item["links"] = [{"rel": "users", "href": f"{base}/users/{row[0]}"}]
        items.append(item)
    return json.dumps({"items": items, "total": total}).encode()


def lists(desk: DeskProcess) -> list[Limit]:
    """Fills an empty desk with users and measures."""
    client = Client(desk)
    for number in range(USERS):
        values = {"language": "fr_FR", "userfield": f"room {number % 40} ", "description": "éa"}
        client.create("/users", firstname=f"First {number * 7 % USERS:04}", lastname=f"Last {number // 4:04}", **values)
    database = sqlite3.connect(f"file:{database_file(desk.data)}?mode=ro", uri=True)
    try:
        return [_compared(desk, client, database, case) for case in CASES]
    finally:
        database.close()


def _compared(desk: DeskProcess, client: Client, database: sqlite3.Connection, case: Case) -> Limit:
    def get() -> bytes:
        return client.call("GET", f"/users{case.query}")

    def hand() -> bytes:
        return by_hand(database, f"{desk.url}/1.1", case)

    if json.loads(get()) != json.loads(hand()):
        raise RuntimeError(f"{case.name}: the query written by hand does not give the desk's answer")
    times = REQUESTS if case.goal else 10 * REQUESTS
    ours, base = in_turns(lambda: server_seconds(desk, get, times), lambda: own_seconds(hand, times))
    return Limit(case.name, ours, base, case.goal)


def walks(desk: DeskProcess, seconds: float) -> Walks:
    """Four clients provision people."""
    numbers, errors = itertools.count(1), list[BaseException]()
    until = 0.0

    def work() -> None:
        try:
            client = Client(desk)
            while time.monotonic() < until:
                client.walk(next(numbers))
        except (RuntimeError, OSError) as problem:
            errors.append(problem)

    Client(desk).walk(next(numbers))
    before, started = cpu_seconds(desk.pid), time.monotonic()
    until = started + seconds
    threads = [threading.Thread(target=work) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    done = next(numbers) - 2
    return Walks(done / (time.monotonic() - started), (cpu_seconds(desk.pid) - before) / done)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=5.0)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, running_desk(Path(folder), "--empty") as desk:
        for name, kind, use in CONTEXTS:
            command = [sys.executable, "-m", "interdesk", "telephony", "context", "add", name, "--data", folder]
            subprocess.run([*command, "--type", kind, "--range", f"{use}:100000-999999"], check=True)
        limits = lists(desk)
        done = walks(desk, args.seconds)
    print("| list | ours | base | ratio | goal | |")
    print("|---|---|---|---|---|---|")
    for limit in limits:
        goal = f"{limit.goal:g} | {'held' if limit.ratio <= limit.goal else 'MISSED'}" if limit.goal else "- |"
        figures = f"{limit.ours * 1000:.2f} ms | {limit.base * 1000:.2f} ms | {limit.ratio:.2f}"
        print(f"| {limit.name} | {figures} | {goal} |")
    possible = 1 / done.cpu
    print(
        f"Walks of {CALLS} calls: {done.rate:.1f}/s by the clock, {done.cpu * 1000:.1f} ms of processor time each, "
        f"so {possible:.0f}/s; goal {GOAL_WALKS:g}: {'held' if possible >= GOAL_WALKS else 'MISSED'}"
    )


if __name__ == "__main__":
    main()
