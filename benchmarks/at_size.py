"""The same four requests on desks of different sizes.

python -m benchmarks.at_size [--sizes 10000,1000000] [--postgresql URL] [--seconds 5] [--keep FOLDER]

Each desk is made by ``benchmarks.populate`` (a tenth as many CIs as tickets) and served by one process. A goal: at
1,000,000 tickets no case takes more than 1.3 times as long as at 10,000. For that the desks are asked in turns, one
request each, so that what else the machine does troubles all of them alike; the rates under load are told beside it.
``--postgresql`` is the URL of a server's database in which the databases of the measurement are made.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from benchmarks.load import Rate, run
from benchmarks.processes import memory
from benchmarks.read_limits import Caller
from interdesk.desk import SYSTEM, queries
from interdesk.server import open_desk
from interdesk.settings import load
from tests.support.desk_process import DeskProcess, running_desk

GOAL, MEMORY_GOAL = 1.3, 250.0  # times, MiB a process
SAMPLE = 2_000  # tickets that are asked for, spread over all
TURNS, WARMING = 400, 50  # requests to each desk, and how many of them do not count

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


Home = tuple[Path, str | None]  # a desk's folder and database


@dataclass(frozen=True)
class Result:
    """``rates``: under load; ``alone``: milliseconds of one request after the other, the median. Both by case."""

    rates: dict[str, Rate]
    alone: dict[str, float]
    memory: float  # MiB, of the process


@dataclass(frozen=True)
class Asked:
    """A running desk, the requests to it, and the tickets that these ask for."""

    desk: DeskProcess
    requests: Mapping[str, dict[str, Any]]
    ids: Sequence[int]

    def run(self, name: str, seconds: float) -> Rate:
        return run(self.desk.url, self.desk.pid, self.requests[name], self.ids, seconds)


def measure(homes: Sequence[Home], seconds: float) -> list[Result]:
    """What the desks of these homes came to; each case has ``seconds`` of load."""
    samples = [sample(*home) for home in homes]
    with ExitStack() as stack:
        asked = []
        for (data, database), (ids, *owners) in zip(homes, samples, strict=True):
            desk = stack.enter_context(running_desk(data, *(["--database", database] if database else [])))
            # The slow proof of the password comes once, and not from eight connections together.
            Caller(desk).rest(operation="list_operations")
            asked.append(Asked(desk, cases(*owners), ids))
        names = list(asked[0].requests)
        alone = {name: in_turns(asked, name) for name in names}
        rates = [{name: (one.run(name, 1.0), one.run(name, seconds))[1] for name in names} for one in asked]
        return [
            Result(rates[at], {name: alone[name][at] for name in names}, memory(one.desk.pid).largest)
            for at, one in enumerate(asked)
        ]


def in_turns(asked: Sequence[Asked], name: str) -> list[float]:
    """Milliseconds that a request takes, for each desk."""
    callers = [Caller(one.desk) for one in asked]
    choose = random.Random(1)
    taken: list[list[float]] = [[] for _ in asked]
    for turn in range(TURNS):
        for one, caller, times in zip(asked, callers, taken, strict=True):
            text = json.dumps(one.requests[name])
            text = text.replace('"{id}"', str(choose.choice(one.ids))).replace("{n}", str(turn))
            request = json.loads(text)
            begun = time.perf_counter()
            answer = caller.rest(**request)
            times.append(time.perf_counter() - begun)
            if json.loads(answer)["code"] != 0:
                raise RuntimeError(f"{name}: {answer[:300]!r}")
    return [statistics.median(times[WARMING:]) * 1000 for times in taken]


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
    """Prints a table: for each size and case what a request takes alone, to the smallest, and under load."""
    first = results[0].alone
    print("| tickets | case | ms alone | to the smallest | req/s | p50 ms | p95 ms | CPU ms | errors |")
    print("|---|---|---|---|---|---|---|---|---|")
    for size, result in zip(sizes, results, strict=True):
        for name, rate in result.rates.items():
            ratio = result.alone[name] / first[name]
            cells = (f"{size:,}", name, f"{result.alone[name]:.2f}", f"{ratio:.2f}{'' if ratio <= GOAL else ' MISSED'}",
                     f"{rate.rate:.0f}", f"{rate.p50:.1f}", f"{rate.p95:.1f}", f"{rate.cpu * 1000:.2f}",
                     str(rate.errors))  # fmt: skip
            print("| " + " | ".join(cells) + " |")
    for size, result in zip(sizes, results, strict=True):
        verdict = "held" if result.memory <= MEMORY_GOAL else "MISSED"
        goal = f"goal {MEMORY_GOAL:.0f} MiB: {verdict}"
        print(f"Memory of the process at {size:,} tickets: {result.memory:.0f} MiB, {goal}")


if __name__ == "__main__":
    main()
