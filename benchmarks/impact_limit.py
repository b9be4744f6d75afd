"""The limit that impact analysis is to hold: what reading the same objects and edges costs in SQL by hand.

The graph is that of bench_itop.py, about 1,000 items below one server.
"""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from typing import Any

import msgspec

from benchmarks.read_limits import Caller, Limit, database_file, in_turns, own_seconds, server_seconds
from tests.support.desk_process import DeskProcess

MACHINES = 200
APPLICATIONS = 198
CALLS = 40
NOTHING_KEPT = {"INTERDESK_KEPT_RELATED": "0"}  # so that each call is work
GOAL = 2.5

GIVEN = "IN (SELECT value FROM json_each(?))"
# One statement for each level: start, id and friendly name of the end.
BELOW = (
    ("Hypervisor", f'SELECT server_id, id, name FROM "FunctionalCI" WHERE server_id {GIVEN}'),
    ("VirtualMachine", f'SELECT virtualhost_id, id, name FROM "FunctionalCI" WHERE virtualhost_id {GIVEN}'),
    (
        "DBServer",
        "SELECT d.system_id, d.id, d.name || ' ' || s.name "
        f'FROM "FunctionalCI" AS d JOIN "FunctionalCI" AS s ON s.id = d.system_id WHERE d.system_id {GIVEN}',
    ),
    ("DatabaseSchema", f'SELECT dbserver_id, id, name FROM "FunctionalCI" WHERE dbserver_id {GIVEN}'),
    (
        "ApplicationSolution",
        "SELECT l.functionalci_id, a.id, a.name "
        'FROM "lnkApplicationSolutionToFunctionalCI" AS l JOIN "FunctionalCI" AS a ON a.id = l.applicationsolution_id '
        f"WHERE l.functionalci_id {GIVEN}",
    ),
)


@dataclass(frozen=True)
class Graph:
    server: int
    items: int

    @property
    def request(self) -> dict[str, Any]:
        """Asks for all of it."""
        related = {"relation": "impacts", "direction": "down", "depth": 20}
        return {"operation": "core/get_related", "class": "Server", "key": self.server, **related}


def measure(desk: DeskProcess) -> Limit:
    """Fill a desk with the graph and measure the limit on it. The desk was started with ``NOTHING_KEPT``."""
    caller = Caller(desk)
    graph = built(caller)

    def get() -> bytes:
        return caller.rest(**graph.request)

    database = sqlite3.connect(f"file:{database_file(desk.data)}?mode=ro", uri=True)
    try:

        def by_hand() -> bytes:
            return _written_by_hand(database, graph.server)

        theirs, ours = json.loads(by_hand()), json.loads(get())
        if (ours["objects"], ours["relations"]) != (theirs["objects"], theirs["relations"]):
            raise RuntimeError("the walk written by hand does not give the desk's answer")
        if len(ours["objects"]) != graph.items:
            raise RuntimeError(f"{len(ours['objects'])} objects are related, not {graph.items}")
        used, base = in_turns(
            lambda: server_seconds(desk, get, CALLS),
            lambda: own_seconds(by_hand, CALLS),
        )
    finally:
        database.close()
    return Limit(f"core/get_related of {graph.items:,} : SQL by hand", used, base, GOAL)


def built(caller: Caller) -> Graph:
    """Creates the graph."""
    organization = caller.create("Organization", name="Impact limit")
    items = 0

    def create(cls: str, **fields: Any) -> str:
        nonlocal items
        items += 1
        return caller.create(cls, org_id=organization, **fields)

    server = create("Server", name="Server")
    host = create("Hypervisor", name="Hypervisor", server_id=server)
    for number in range(MACHINES):
        machine = create("VirtualMachine", name=f"Machine {number}", virtualhost_id=host)
        database = create("DBServer", name=f"Database {number}", system_id=machine)
        schemas = [create("DatabaseSchema", name=f"Schema {number}.{half}", dbserver_id=database) for half in (1, 2)]
        if number < APPLICATIONS:
            listed = [{"functionalci_id": schema} for schema in schemas]
            create("ApplicationSolution", name=f"Application {number}", functionalcis_list=listed)
    return Graph(int(server), items)


def _written_by_hand(database: sqlite3.Connection, server: int) -> bytes:
    [(name,)] = database.execute('SELECT name FROM "FunctionalCI" WHERE id = ?', (server,))
    objects, relations = {f"Server::{server}": _entry("Server", server, name)}, dict[str, list[dict[str, str]]]()
    above, level = "Server", [server]
    for cls, statement in BELOW:
        found: dict[int, None] = {}
        for start, key, friendly in database.execute(statement, (json.dumps(level),)):
            shown = f"{cls}::{key}"
            if key not in found:
                found[key] = None
                objects[shown] = _entry(cls, key, friendly)
            relations.setdefault(f"{above}::{start}", []).append({"key": shown})
        above, level = cls, list(found)
    return msgspec.json.encode({"objects": objects, "code": 0, "message": "", "relations": relations})


def _entry(cls: str, key: int, name: str) -> dict[str, Any]:
    fields = {"id": str(key), "friendlyname": name}
    return {"code": 0, "message": "", "class": cls, "key": str(key), "fields": fields}
