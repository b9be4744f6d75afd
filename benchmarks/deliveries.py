"""Measure deliveries: what a web hook adds to a write, how many a worker sends, with an empty and a large ledger.

python -m benchmarks.deliveries [--rows 1000000] [--messages 3000] [--database postgresql://...]
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from contextlib import closing
from pathlib import Path

import interdesk.server  # noqa: F401 - binds the methods of the standard model
from benchmarks.goals import serving
from benchmarks.processes import cpu_seconds
from benchmarks.read_limits import Caller
from benchmarks.sink import sink
from interdesk.desk import Desk, Vault
from interdesk.events.outbox import milliseconds
from interdesk.settings import DATABASE_FILE
from interdesk.store import Store
from tests.support.deliveries import deliverer_over, post, request
from tests.support.desk_process import DeskProcess
from tests.support.people import CHEAP, KEY, bundled_model

WRITES = 200
ROUNDS = 5
MOST_RATIO, LEAST_RATE = 1.5, 300.0
CHUNK = 10_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000, help="of the large ledger")
    parser.add_argument("--messages", type=int, default=3_000)
    parser.add_argument("--database", default="", help="an empty PostgreSQL database instead of SQLite")
    args = parser.parse_args()
    settings = {"INTERDESK_DELIVER": "false", "INTERDESK_SECRET_KEY": KEY}
    with (
        tempfile.TemporaryDirectory() as folder,
        sink() as url,
        serving(Path(folder), 1, args.database, **settings) as server,
        closing(Store.open(args.database or f"sqlite:///{folder}/{DATABASE_FILE}", bundled_model())) as store,
    ):
        desk = Desk(store, Vault(KEY, CHEAP))
        for rows in (0, args.rows):
            fill(desk, rows)
            waited, used = write_ratio(server, url)
            rate = sending_rate(desk, url, args.messages)
            shown = "held" if waited <= MOST_RATIO and rate >= LEAST_RATE else "MISSED"
            print(f"ledger {rows:>9}: a write with a web hook takes {waited:.2f} times as long (goal {MOST_RATIO}) and "
                  f"{used:.2f} times the processor, one worker sends {rate:.0f}/s (goal {LEAST_RATE:.0f})  {shown}",
                  flush=True)  # fmt: skip


def fill(desk: Desk, rows: int) -> None:
    """A ledger of so many delivered messages, with their events and attempts."""
    for start in range(0, rows, CHUNK):
        with desk.store.write() as session:
            for number in range(start, min(start + CHUNK, rows)):
                event = session.insert(
                    "EventWebhook",
                    {"message": "Sent", "date": "2026-01-01 00:00:00", "action_id": 1, "object_id": number},
                )
                delivery = session.insert(
                    "Delivery",
                    {
                        "message_id": f"msg_{number:024x}", "event_id": event, "connection_id": number % 20,
                        "lane": number % 20,
                        "state": "delivered" if number % 1_000 else "dead", "object_class": "UserRequest",
                        "object_id": number, "created": "2026-01-01 00:00:00", "finished": "2026-01-01 00:00:01",
                        "attempts": 1, "ordering": number * 7_919, "batch": number, "due": milliseconds(),
                    },
                )  # fmt: skip
                session.insert("DeliveryAttempt", {"delivery_id": delivery, "number": 1, "outcome": "delivered"})


def write_ratio(server: DeskProcess, url: str) -> tuple[float, float]:
    """What an update over REST costs when it fires one web hook, as a multiple of what it costs when it fires none.

    By the median time that the client waits, and by the processor time of the server. Nothing is sent meanwhile. The
    two kinds of updates take turns, a block of each, so that what else the machine does meets both.
    """
    caller = Caller(server)
    action, tickets = _hook(caller, url)
    times: dict[bool, list[float]] = {False: [], True: []}
    used = {False: 0.0, True: 0.0}
    for number in range(2 * ROUNDS):
        fires = number % 2 == 1
        status = {"status": "enabled" if fires else "disabled"}
        _update(caller, "ActionWebhook", action, status)
        _update(caller, "UserRequest", tickets[0], {"title": f"reads the triggers anew {number}"})
        before = cpu_seconds(server.pid)
        for key in tickets:
            since = time.perf_counter()
            _update(caller, "UserRequest", key, {"title": f"T{number}"})
            times[fires].append(time.perf_counter() - since)
        used[fires] += cpu_seconds(server.pid) - before
    plain, fired = (statistics.median(times[fires]) * 1_000 for fires in (False, True))
    print(f"  update {plain:.2f} ms, with a web hook {fired:.2f} ms", flush=True)
    return fired / plain, used[True] / used[False]


def _hook(caller: Caller, url: str) -> tuple[str, list[str]]:
    """The action of a trigger on updates of tickets, and tickets."""
    stamp = f"Bench {milliseconds()}"
    organization, kind = caller.create("Organization", name=stamp), caller.create("RemoteApplicationType", name=stamp)
    person = caller.create("Person", org_id=organization, name=stamp, first_name="Ann")
    connection = caller.create(
        "RemoteApplicationConnection", name=stamp, url=url, remoteapplicationtype_id=kind,
        environment="3-production",
    )  # fmt: skip
    action = caller.create(
        "ActionWebhook", name=stamp, status="enabled", remoteapplicationconnection_id=connection,
        payload='{"id": $this->id$, "title": "$this->title$", "org": "$this->org_id->name$"}',
    )  # fmt: skip
    links = [{"action_id": action}]
    mine = f"SELECT UserRequest WHERE org_id = {organization}"
    caller.create(
        "TriggerOnObjectUpdate", description=stamp, target_class="UserRequest", filter=mine, action_list=links
    )
    given = {"org_id": organization, "caller_id": person, "description": "A text"}
    return action, [caller.create("UserRequest", title=f"T{n}", **given) for n in range(WRITES)]


def _update(caller: Caller, cls: str, key: str, fields: dict[str, str]) -> None:
    answer = json.loads(
        caller.rest(operation="core/update", comment="b", **{"class": cls}, key=key, fields=fields, output_fields="id")
    )
    if answer["code"]:
        raise RuntimeError(answer["message"])


def sending_rate(desk: Desk, url: str, messages: int) -> float:
    """Messages a second that one worker sends to a receiver on the same machine, all for different objects."""
    deliverer = deliverer_over(desk)
    deliverer.drain(600)
    for start in range(0, messages, 500):
        for number in range(start, min(start + 500, messages)):
            post(desk, request(url, body=b'{"n": 1}', object_id=number, connection_id=1 + number % 3))
    since = time.perf_counter()
    if not deliverer.drain(600):
        raise RuntimeError("the worker did not get to the end")
    return messages / (time.perf_counter() - since)


if __name__ == "__main__":
    main()
