"""The same four requests on desks of different sizes.

python -m benchmarks.at_size [--sizes 10000,1000000] [--postgresql URL] [--seconds 5] [--keep FOLDER]

Each desk is made by ``benchmarks.populate`` (a tenth as many CIs as tickets) and served by one process. They are
asked in turns, so that what else the machine does troubles all of them, and the cheapest turn of each counts. A goal:
at 1,000,000 tickets no case costs more than 1.3 times what it costs at 10,000. ``--postgresql`` is the URL of a
server's database in which the databases of the measurement are made.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psycopg

from benchmarks.load import Rate, run
from benchmarks.processes import memory
from benchmarks.read_limits import Caller
from interdesk.desk import SYSTEM, queries
from interdesk.server import open_desk
from interdesk.settings import load
from tests.support.desk_process import running_desk

GOAL, MEMORY_GOAL = 1.3, 250.0  # times, MiB a process
SAMPLE = 2_000  # tickets that are asked for, spread over all
TURNS = 5

FIELDS = "id,friendlyname,status,org_name"


def cases(organization: int, other: int, caller: int) -> Mapping[str, dict[str, Any]]:
    """The requests by name; ``{id}`` is a UserRequest. Those of ``organization`` stay as many as they are."""
    ticket: dict[str, Any] = {"class": "UserRequest", "key": "{id}"}
    page = {"class": "UserRequest", "key": f"SELECT UserRequest WHERE org_id = {organization}", "limit": 100, "page": 1}
    new = {"org_id": other, "caller_id": caller, "title": "Request {n}", "description": "<p>A text</p>"}
    return {
        "get by id, *": {"operation": "core/get", **ticket, "output_fields": "*"},
        "page of 100": {"operation": "core/get", **page, "output_fields": FIELDS},
        "create": {"operation": "core/create", "class": "UserRequest", "comment": "bench", "output_fields": "id,ref",
                   "fields": new},
        "update": {"operation": "core/update", **ticket, "comment": "bench", "output_fields": "id,title",
                   "fields": {"title": "Changed {n}"}},
    }  # fmt: skip


Result = tuple[dict[str, Rate], float]  # the rates of all cases, and the resident memory of the process in MiB
Home = tuple[Path, str | None]  # a desk's folder and database


def measure(homes: Sequence[Home], seconds: float) -> list[Result]:
    """What the desks of these homes came to; each case and desk has ``seconds`` in all."""
    asked = []
    for data, database in homes:
        ids, *owners = sample(data, database)
        asked.append((ids, cases(*owners)))
    with ExitStack() as stack:
        desks = []
        for data, database in homes:
            desk = stack.enter_context(running_desk(data, *(["--database", database] if database else [])))
            # The slow proof of the password comes once, and not from eight connections together.
            Caller(desk).rest(operation="list_operations")
            desks.append(desk)
        found: list[dict[str, Rate]] = [{} for _ in homes]
        for name in asked[0][1]:
            for turn in range(1 + TURNS):
                for rates, desk, (ids, requests) in zip(found, desks, asked, strict=True):
                    rate = run(desk.url, desk.pid, requests[name], ids, seconds / TURNS)
                    if turn <= 1 or rate.cpu < rates[name].cpu:  # the first is for warming up
                        rates[name] = rate
        return [(rates, memory(desk.pid).largest) for rates, desk in zip(found, desks, strict=True)]


def sample(data: Path, database: str | None) -> tuple[list[int], int, int, int]:
    """Ids of UserRequests spread over the whole desk, an organization, another one and a person of that."""
    desk = open_desk(load(environment={}, overrides={"data": str(data), "database": database or ""}))
    try:
        with desk.reading() as reader:
            everything = [key for key, _ in reader.keys(queries.every(desk.model.cls("UserRequest")), {})]
            people = queries.every(desk.model.cls("Person"))
            (table,) = reader.page(people, ("org_id",), desk.arguments(SYSTEM, reader), limit=100).tables
        (position, *_) = table.positions["org_id"]
        first = table.rows[0][position]
        caller, other = next((row[0], row[position]) for row in table.rows if row[position] != first)
        return everything[:: max(1, len(everything) // SAMPLE)], first, other, caller
    finally:
        desk.store.close()


def make(data: Path, database: str | None, tickets: int) -> None:
    """A populated desk with the user admin / admin."""
    where = ["--data", str(data), *(["--database", database] if database else [])]
    quietly: dict[str, Any] = {"check": True, "stdout": subprocess.DEVNULL}
    subprocess.run([sys.executable, "-m", "interdesk", "init", *where, "--password", "admin"], **quietly)
    size = ["--tickets", str(tickets), "--cis", str(tickets // 10)]
    subprocess.run([sys.executable, "-m", "benchmarks.populate", *where, *size], **quietly)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="10000,1000000")
    parser.add_argument("--postgresql", help="postgresql://user@host/database")
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--keep", type=Path, help="make the desks here and leave them; those that are there are used")
    args = parser.parse_args()
    run_and_show([int(size) for size in args.sizes.split(",")], args.seconds, args.postgresql, args.keep)


def run_and_show(sizes: list[int], seconds: float, postgresql: str | None = None, keep: Path | None = None) -> None:
    """Makes the desks, measures them and prints the table; see ``main``."""
    with tempfile.TemporaryDirectory() as folder:
        homes: list[Home] = []
        for size in sizes:
            data = (keep or Path(folder)) / f"tickets-{size}"
            database = _database(postgresql, size) if postgresql else None
            if not data.exists():
                data.mkdir(parents=True)
                make(data, database, size)
            homes.append((data, database))
        show(sizes, measure(homes, seconds))


def _database(server: str, size: int) -> str:
    name = f"bench_{size}"
    with psycopg.connect(server, autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchall():
            connection.execute(f"CREATE DATABASE {name}")
    return server.rpartition("/")[0] + "/" + name


def show(sizes: Sequence[int], results: Sequence[Result]) -> None:
    """Prints a table: for each size and case the rate, the latency and the processor time, and how they compare."""
    first = results[0][0]
    print("| tickets | case | req/s | p50 ms | p95 ms | CPU ms | CPU, to the smallest | errors |")
    print("|---|---|---|---|---|---|---|---|")
    for size, (rates, _) in zip(sizes, results, strict=True):
        for name, rate in rates.items():
            ratio = rate.cpu / first[name].cpu
            cells = (f"{size:,}", name, f"{rate.rate:.0f}", f"{rate.p50:.1f}", f"{rate.p95:.1f}",
                     f"{rate.cpu * 1000:.2f}", f"{ratio:.2f}{'' if ratio <= GOAL else ' MISSED'}",
                     str(rate.errors))  # fmt: skip
            print("| " + " | ".join(cells) + " |")
    for size, (_, held) in zip(sizes, results, strict=True):
        verdict = "held" if held <= MEMORY_GOAL else "MISSED"
        print(f"Memory of the process at {size:,} tickets: {held:.0f} MiB, goal {MEMORY_GOAL:.0f} MiB: {verdict}")


if __name__ == "__main__":
    main()
