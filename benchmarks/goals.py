"""The requests of the reference, under load from wrk, as many times as fast as the reference as they are to be.

python -m benchmarks.goals [--workers 2] [--seconds 5] [--database postgresql://...]

Concurrency 8, beside the reference's figures at that concurrency. Processor time is that of all of the desk's
processes, without the database server's. The database of ``--database`` must be empty.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks import impact_limit
from benchmarks.load import CONNECTIONS, Rate, run
from benchmarks.processes import Memory, memory
from benchmarks.read_limits import Caller
from benchmarks.reference import reference_rates
from tests.support.desk_process import DeskProcess, free_port

LISTED = 100
# case of the reference -> how many times as fast
GOALS = {
    "get_by_id_all_fields": 100,
    "get_100_requests": 50,
    "create_request": 50,
    "update_title": 50,
    "get_related_1000": 500,
}
ANEW = "get_related_1000, anew"  # the same by a desk that remembers no answer
# MiB, see reference.md: what its processes hold, with what they share counted once, and once for each of them.
REFERENCE_PROPORTIONAL, REFERENCE_RESIDENT = 486.0, 1079.0
START_SECONDS = 90.0
PROGRAM = (sys.executable, "-m", "interdesk")


@contextmanager
def serving(data: Path, workers: int, database: str = "", **settings: str) -> Iterator[DeskProcess]:
    """``interdesk serve`` on a new desk, until the block ends; ``settings`` by their names in the environment.

    Raises RuntimeError when it does not come up.
    """
    data.mkdir(parents=True, exist_ok=True)
    command = [*PROGRAM, "init", *_place(data, database), "--password", "admin"]
    subprocess.run(command, check=True, capture_output=True, env={**os.environ, **settings})
    with served(data, workers, database, **settings) as desk:
        yield desk


@contextmanager
def served(data: Path, workers: int, database: str = "", **settings: str) -> Iterator[DeskProcess]:
    """``serving`` of a desk that was made before."""
    environment = {**os.environ, **settings}
    port = free_port()
    log = data / "server.log"
    with log.open("wb") as sink:
        command = [*PROGRAM, "serve", *_place(data, database), "--port", str(port), "--workers", str(workers)]
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink, env=environment)
        try:
            desk = DeskProcess(f"http://127.0.0.1:{port}", port, process.pid, data, log)
            _await(desk, process)
            yield desk
        finally:
            process.terminate()
            process.wait(60)


def _place(data: Path, database: str) -> list[str]:
    return ["--data", str(data), *(["--database", database] if database else [])]


def _await(desk: DeskProcess, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(desk.url + "/ready", timeout=5):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    raise RuntimeError(f"the desk does not serve:\n{desk.log.read_text()[-2000:]}")


def measure(desk: DeskProcess, seconds: float) -> tuple[dict[str, Rate], impact_limit.Graph]:
    """All cases, on a desk with the reference's data: one organization with 100 requests, and 1,000 items."""
    caller = Caller(desk)
    graph = impact_limit.built(caller)
    organization = caller.create("Organization", name="Bench")
    person = caller.create("Person", org_id=organization, name="Bench", first_name="Ann")
    new = {"org_id": organization, "caller_id": person, "description": "<p>A text</p>"}
    tickets = [int(caller.create("UserRequest", **new, title=f"Request {number}")) for number in range(LISTED)]
    ticket: dict[str, Any] = {"class": "UserRequest", "key": tickets[0]}
    query = f"SELECT UserRequest WHERE org_id = {organization} AND title LIKE 'Request %'"
    requests: dict[str, dict[str, Any]] = {
        "get_by_id_all_fields": {"operation": "core/get", **ticket, "output_fields": "*"},
        "get_100_requests": {"operation": "core/get", "class": "UserRequest", "key": query,
                             "output_fields": "id,friendlyname,status,org_name"},
        "update_title": {"operation": "core/update", **ticket, "comment": "bench", "output_fields": "title",
                         "fields": {"title": "Request changed {n}"}},
        "create_request": {"operation": "core/create", "class": "UserRequest", "comment": "bench",
                           "output_fields": "id", "fields": {**new, "title": "New {n}"}},
        "get_related_1000": graph.request,
    }  # fmt: skip
    answer = json.loads(caller.rest(**requests["get_100_requests"]))
    if answer["message"] != f"Found: {LISTED}":
        raise RuntimeError(f"the list has not {LISTED} requests: {answer['message']}")
    return {name: _warm(desk, request, seconds) for name, request in requests.items()}, graph


def _warm(desk: DeskProcess, request: dict[str, Any], seconds: float) -> Rate:
    run(desk.url, desk.pid, request, seconds=1.0)
    return run(desk.url, desk.pid, request, seconds=seconds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--database", default="", help="an empty PostgreSQL database instead of SQLite")
    args = parser.parse_args()
    run_and_show(args.workers, args.seconds, args.database)


def run_and_show(workers: int, seconds: float, database: str = "") -> None:
    """Measures a new desk and prints the table."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "desk"
        with serving(data, workers, database) as desk:
            rates, graph = measure(desk, seconds)
            held = memory(desk.pid)
        with served(data, workers, database, **impact_limit.NOTHING_KEPT) as desk:
            rates[ANEW] = _warm(desk, graph.request, seconds)
    theirs = reference_rates()
    print("| case | req/s | p50 ms | p95 ms | CPU ms | reference | times | goal | |")
    print("|---|---|---|---|---|---|---|---|---|")
    for name, rate in rates.items():
        case = name.partition(",")[0]
        times, goal = rate.rate / theirs[case, CONNECTIONS], GOALS[case]
        print(
            f"| {name} | {rate.rate:.0f} | {rate.p50:.1f} | {rate.p95:.1f} | {rate.cpu * 1000:.2f} "
            f"| {theirs[case, CONNECTIONS]:g} | {times:.0f} | {goal} "
            f"| {_verdict(times >= goal and not rate.errors)} |"
        )
    _show_memory(held)


def _show_memory(held: Memory) -> None:
    for name, ours, theirs in (
        ("shared pages counted once (PSS)", held.proportional, REFERENCE_PROPORTIONAL),
        ("shared pages counted for each process (RSS)", held.resident, REFERENCE_RESIDENT),
    ):
        goal = theirs / 4
        print(f"Memory, {name}: {ours:.0f} MiB, a quarter of the reference's {goal:.0f} MiB: {_verdict(ours <= goal)}")


def _verdict(held: bool) -> str:
    return "held" if held else "MISSED"


if __name__ == "__main__":
    main()
