"""Approvals over the BlueKing API: what tickets cost, with few and with many open ones, and with dead receivers.

python -m benchmarks.approvals [--open 100000]

One server process. The goals: ``create_ticket`` up to the first approver at least 150 a second of its processor time;
``get_ticket_status`` at most 6 times the processor time of a route that does nothing; with many open tickets both take
at most 1.2 times as long; while 200 callbacks go to a receiver that never answers, a ticket is made, decided and its
callback taken by another receiver at most 1.5 times as late.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.processes import cpu_seconds
from interdesk.approvals.state import DECODER
from interdesk.store import Store
from tests.approvals.written_flows import sample
from tests.support.desk_process import DeskProcess, running_desk
from tests.support.people import bundled_model
from tests.support.receivers import receiving

LEAST_RATE, MOST_STATUS, MOST_SLOWER, MOST_LATER = 150.0, 6.0, 1.2, 1.5
ROUNDS, CREATED, ASKED, EMPTY = 5, 150, 500, 3_000
DEAD, TIMED = 200, 60
CHUNK = 5_000
APP = {"bk_app_code": "demo_app", "bk_app_secret": "demo_secret"}
FORM = {"title": "t", "reason": "r", "env": "prod"}


class Product:
    """A program that asks for approvals, over one connection."""

    def __init__(self, desk: DeskProcess) -> None:
        self.desk = desk
        self.connection = http.client.HTTPConnection("127.0.0.1", desk.port, timeout=120)

    def health(self) -> None:
        self.connection.request("GET", "/health")
        self.connection.getresponse().read()

    def call(self, name: str, /, **given: Any) -> Any:
        body = json.dumps({**APP, **given})
        self.connection.request("POST", f"/openapi/{name}/", body, {"Content-Type": "application/json"})
        return self._data()

    def status(self, number: str) -> Any:
        query = urllib.parse.urlencode({**APP, "sn": number})
        self.connection.request("GET", f"/openapi/ticket/get_ticket_status/?{query}")
        return self._data()

    def _data(self) -> Any:
        answer = json.loads(self.connection.getresponse().read())
        if not answer["result"]:
            raise RuntimeError(answer["message"])
        return answer["data"]

    def create(self, service: int, callback: str = "") -> str:
        fields = [{"key": key, "value": value} for key, value in FORM.items()]
        meta = {"callback_url": callback} if callback else {}
        made = self.call("ticket/create_ticket", service_id=service, creator="requester", fields=fields, meta=meta)
        number: str = made["sn"]
        return number

    def end(self, number: str) -> None:
        self.call("ticket/operate_ticket", sn=number, operator="requester", action_type="WITHDRAW", action_message="m")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--open", type=int, default=100_000, help="open tickets of the full desk")
    args = parser.parse_args()
    missed = 0
    with (
        tempfile.TemporaryDirectory() as folder,
        running_desk(Path(folder) / "few", "--empty") as few,
        running_desk(Path(folder) / "many", "--empty") as many,
    ):
        sides = {"few": _Side(few), "many": _Side(many)}
        fill(many, sides["many"].number, args.open)
        found = _in_turns(sides)
        missed += tell("create_ticket a second, few open tickets", 1 / found["few create"], LEAST_RATE, least=True)
        missed += tell("get_ticket_status : GET /health", found["few status"] / found["few empty"], MOST_STATUS)
        for name in ("create", "status"):
            ratio = found[f"many {name}"] / found[f"few {name}"]
            missed += tell(f"{name} with {args.open} open tickets : with few", ratio, MOST_SLOWER)
        missed += callbacks(sides["few"], sides["many"])
    sys.exit(1 if missed else 0)


class _Side:
    """A desk with the sample service and one open ticket."""

    def __init__(self, desk: DeskProcess) -> None:
        _prepare(desk)
        self.desk, self.product = desk, Product(desk)
        document = {**sample("linear_approval"), "catalog_id": 1}
        self.service: int = self.product.call("service/import_service", **document)["id"]
        self.number = self.product.create(self.service)


def tell(what: str, found: float, goal: float, *, least: bool = False) -> int:
    """Says how it went; 1 when the goal was missed."""
    held = found >= goal if least else found <= goal
    print(
        f"{what:<60} {found:8.2f}  goal {'>=' if least else '<='} {goal:g}  {'held' if held else 'MISSED'}", flush=True
    )
    return 0 if held else 1


def _prepare(desk: DeskProcess) -> None:
    command = [sys.executable, "-m", "interdesk", "app", "add", APP["bk_app_code"], "--secret", APP["bk_app_secret"]]
    subprocess.run([*command, "--data", str(desk.data)], check=True, stdout=subprocess.DEVNULL)


def _in_turns(sides: Mapping[str, _Side]) -> dict[str, float]:
    """Processor seconds of the servers for each kind of call, medians of rounds in which both desks take turns."""
    found: dict[str, list[float]] = {}
    for _ in range(ROUNDS + 1):  # the first one warms up
        for name, side in sides.items():
            kinds: dict[str, tuple[Callable[[], object], int]] = {
                "create": (partial(side.product.create, side.service), CREATED),
                "status": (partial(side.product.status, side.number), ASKED),
                "empty": (side.product.health, EMPTY),
            }
            for kind, (work, count) in kinds.items():
                before = cpu_seconds(side.desk.pid)
                for _ in range(count):
                    work()
                found.setdefault(f"{name} {kind}", []).append((cpu_seconds(side.desk.pid) - before) / count)
    return {name: statistics.median(values[1:]) for name, values in found.items()}


def callbacks(busy: _Side, quiet: _Side) -> int:
    """How much later a ticket and its callback come on a desk with many callbacks to one that never answers."""
    made: dict[str, list[float]] = {"busy": [], "quiet": []}
    told: dict[str, list[float]] = {"busy": [], "quiet": []}
    with receiving() as alive, silent() as dead:
        for number in [busy.product.create(busy.service, dead) for _ in range(DEAD)]:
            busy.product.end(number)
        for _ in range(TIMED):
            for name, side in (("busy", busy), ("quiet", quiet)):
                count, start = len(alive.arrived), time.perf_counter()
                side.product.end(side.product.create(side.service, f"{alive.url}/done"))
                made[name].append(time.perf_counter() - start)
                alive.wait_for(count + 1, 60.0)
                told[name].append(time.perf_counter() - start)
    missed = 0
    for what, found in (("a ticket", made), ("its callback", told)):
        ratio = statistics.median(found["busy"]) / statistics.median(found["quiet"])
        missed += tell(f"{what} while {DEAD} callbacks are not taken : otherwise", ratio, MOST_LATER)
    return missed


@contextlib.contextmanager
def silent() -> Iterator[str]:
    """The address of one who takes connections and never says anything."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(1_024)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/done"


def fill(desk: DeskProcess, number: str, count: int) -> None:
    """Copies an open ticket, with all that belongs to it, so many times."""
    store = Store.open(f"sqlite:///{desk.data / 'interdesk.db'}", bundled_model())
    try:
        with store.read() as session:
            found = _copied(session, number)
        for start in range(0, count, CHUNK):
            with store.write() as session:
                for place in range(start, min(start + CHUNK, count)):
                    _insert(session, found, place)
    finally:
        store.close()


def _copied(session: Any, number: str) -> dict[str, list[dict[str, Any]]]:
    """The rows of a ticket by class."""
    (key,) = session.connection.rows('SELECT id FROM "Ticket" WHERE ref = ?', (number,))[0]
    wanted = {"FlowTicket": ("Ticket", "id"), "FlowRun": ("FlowRun", "ticket_id")}
    wanted |= {"FlowStep": ("FlowStep", "ticket_id"), "FlowTask": ("FlowTask", "ticket_id")}
    found: dict[str, list[dict[str, Any]]] = {}
    for cls, (table, column) in wanted.items():
        names = [row[1] for row in session.connection.rows(f'PRAGMA table_info("{table}")', ())]
        rows = session.connection.rows(f'SELECT * FROM "{table}" WHERE "{column}" = ?', (key,))
        codes = session.model.cls(cls).attributes
        found[cls] = [
            {name: value for name, value in zip(names, row, strict=True) if name in codes and codes[name].columns()}
            | {"id": row[names.index("id")]}
            for row in rows
        ]
    return found


def _insert(session: Any, found: dict[str, list[dict[str, Any]]], place: int) -> None:
    (ticket,) = found["FlowTicket"]
    key = session.insert("FlowTicket", {**_bare(ticket), "ref": f"REQ20000101{place:06d}"})
    (run,) = found["FlowRun"]
    state = DECODER.decode(run["state"])
    steps = {step["id"]: session.insert("FlowStep", {**_bare(step), "ticket_id": key}) for step in found["FlowStep"]}
    for step in state.steps.values():
        step.row = steps[step.row]
    values = {**_bare(run), "ticket_id": key, "state": msgspec.json.encode(state).decode()}
    session.insert("FlowRun", values)
    for task in found["FlowTask"]:
        session.insert("FlowTask", {**_bare(task), "ticket_id": key, "step_id": steps[task["step_id"]]})


def _bare(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in ("id", "finalclass")}


if __name__ == "__main__":
    main()
