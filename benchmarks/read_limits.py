"""Two limits that reading holds, as ratios of processor time, so that the machine's speed does not matter.

(a) ``core/get`` of one ticket by its id with all its fields, against a route that does nothing (GET /health).
    Both run in turns against one server; the processor time is that of the server's process. Goal: at most 6.
(b) ``core/get`` of 1,000 tickets with eight fields, two of them through a key, against SQL written by hand for the
    same database file, through sqlite3, with the same answer built and encoded in this process. Goal: at most 1.5.
    The server's side includes HTTP, the check of the password and the rights. Both answers must be equal.
"""

from __future__ import annotations

import http.client
import json
import sqlite3
import statistics
import time
import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.processes import cpu_seconds
from tests.support.desk_process import DeskProcess

TICKETS = 1000
ROUNDS = 5
# Counted so that each turn lasts many clock ticks of /proc (10 ms).
REQUESTS_BY_ID = 800
EMPTY_REQUESTS = 5000
REQUESTS_OF_A_LIST = 40
FIELDS = ("ref", "title", "status", "impact", "urgency", "start_date", "org_name", "caller_id_friendlyname")

BY_HAND = """
SELECT t.id, t.ref, t.title, t.status, t.impact, t.urgency, t.start_date, o.name, c.first_name || ' ' || c.name
FROM "Ticket" AS t
LEFT JOIN "Organization" AS o ON o.id = t.org_id
LEFT JOIN "Contact" AS c ON c.id = t.caller_id
WHERE t.finalclass = 'UserRequest' AND t.org_id = ?
ORDER BY t.ref DESC
"""


@dataclass(frozen=True)
class Limit:
    name: str
    ours: float  # processor seconds per request
    base: float
    goal: float

    @property
    def ratio(self) -> float:
        return self.ours / self.base


class Caller:
    """One kept-alive connection to the desk."""

    def __init__(self, desk: DeskProcess) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", desk.port, timeout=120)

    def health(self) -> bytes:
        self.connection.request("GET", "/health")
        return self._body()

    def rest(self, **request: Any) -> bytes:
        form = {"auth_user": "admin", "auth_pwd": "admin", "json_data": json.dumps(request)}
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        self.connection.request("POST", "/webservices/rest.php?version=1.3", urllib.parse.urlencode(form), headers)
        return self._body()

    def create(self, cls: str, **fields: Any) -> str:
        body = self.rest(
            operation="core/create", comment="benchmark", **{"class": cls}, output_fields="id", fields=fields
        )
        answer = json.loads(body)
        if answer["code"] != 0:
            raise RuntimeError(answer["message"])
        key: str = next(iter(answer["objects"].values()))["key"]
        return key

    def _body(self) -> bytes:
        response = self.connection.getresponse()
        body = response.read()
        if response.status != 200:
            raise RuntimeError(f"HTTP {response.status}: {body[:200]!r}")
        return body


def measure(desk: DeskProcess) -> list[Limit]:
    """Fill an empty desk and measure both limits on it."""
    caller = Caller(desk)
    organization = caller.create("Organization", name="Read limits")
    person = caller.create("Person", org_id=organization, name="Limits", first_name="Ann")
    for number in range(TICKETS):
        ticket = caller.create(
            "UserRequest", org_id=organization, caller_id=person, title=f"Request {number}", description="A text"
        )
    return [_by_id(desk, caller, ticket), _list(desk, caller, organization)]


def _by_id(desk: DeskProcess, caller: Caller, ticket: str) -> Limit:
    def get() -> bytes:
        return caller.rest(operation="core/get", **{"class": "UserRequest"}, key=ticket, output_fields="*")

    answer = json.loads(get())
    assert answer["message"] == "Found: 1", answer
    ours, base = in_turns(
        lambda: server_seconds(desk, get, REQUESTS_BY_ID),
        lambda: server_seconds(desk, caller.health, EMPTY_REQUESTS),
    )
    return Limit("core/get by id, * : GET /health", ours, base, 6.0)


def _list(desk: DeskProcess, caller: Caller, organization: str) -> Limit:
    query = f"SELECT UserRequest WHERE org_id = {organization}"

    def get() -> bytes:
        fields = ",".join(FIELDS)
        return caller.rest(operation="core/get", **{"class": "UserRequest"}, key=query, output_fields=fields)

    database = sqlite3.connect(f"file:{database_file(desk.data)}?mode=ro", uri=True)
    try:

        def by_hand() -> bytes:
            return _written_by_hand(database, int(organization))

        if json.loads(get()) != json.loads(by_hand()):
            raise RuntimeError("the query written by hand does not give the desk's answer")
        ours, base = in_turns(
            lambda: server_seconds(desk, get, REQUESTS_OF_A_LIST),
            lambda: own_seconds(by_hand, REQUESTS_OF_A_LIST),
        )
    finally:
        database.close()
    return Limit("core/get of 1,000, 8 fields : SQL by hand", ours, base, 1.5)


def _written_by_hand(database: sqlite3.Connection, organization: int) -> bytes:
    objects = {}
    for row in database.execute(BY_HAND, (organization,)):
        key = str(row[0])
        objects[f"UserRequest::{key}"] = {
            "code": 0,
            "message": "",
            "class": "UserRequest",
            "key": key,
            "fields": dict(zip(FIELDS, row[1:], strict=True)),
        }
    return msgspec.json.encode({"objects": objects, "code": 0, "message": f"Found: {len(objects)}"})


def database_file(data: Path) -> Path:
    """The SQLite database in the demo's folder."""
    magic = b"SQLite format 3\0"
    [file] = [path for path in data.rglob("*") if path.is_file() and _starts_with(path, magic)]
    return file


def _starts_with(path: Path, magic: bytes) -> bool:
    with path.open("rb") as file:
        return file.read(len(magic)) == magic


def in_turns(ours: Callable[[], float], base: Callable[[], float]) -> tuple[float, float]:
    """The medians of both over some rounds, after one that warms up."""
    ours(), base()
    pairs = [(ours(), base()) for _ in range(ROUNDS)]
    return statistics.median(a for a, _ in pairs), statistics.median(b for _, b in pairs)


def server_seconds(desk: DeskProcess, call: Callable[[], object], times: int) -> float:
    before = cpu_seconds(desk.pid)
    for _ in range(times):
        call()
    return (cpu_seconds(desk.pid) - before) / times


def own_seconds(call: Callable[[], object], times: int) -> float:
    before = time.process_time()
    for _ in range(times):
        call()
    return (time.process_time() - before) / times
