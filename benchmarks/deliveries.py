"""Measure deliveries: what a web hook adds to a write, how many a worker sends, with an empty and a large ledger.

python -m benchmarks.deliveries [--rows 1000000] [--messages 3000]
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from functools import partial
from pathlib import Path

import interdesk.server  # noqa: F401 - binds the methods of the standard model
from benchmarks.sink import sink
from interdesk.desk import SYSTEM, Desk, Transaction, Vault
from interdesk.desk.bootstrap import prepare
from interdesk.desk.values import LinkChange
from interdesk.events.observer import Observer
from interdesk.events.outbox import Outbox, milliseconds
from interdesk.store import Store, create_schema
from tests.support.deliveries import deliverer_over, post, request
from tests.support.people import CHEAP, KEY, bundled_model

WRITES = 400
ROUNDS = 5
MOST_RATIO, LEAST_RATE = 1.5, 300.0
CHUNK = 10_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000, help="of the large ledger")
    parser.add_argument("--messages", type=int, default=3_000)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, sink() as url:
        desk = new_desk(Path(folder) / "desk.db")
        for rows in (0, args.rows):
            fill(desk, rows)
            ratio = write_ratio(desk, url)
            rate = sending_rate(desk, url, args.messages)
            shown = "held" if ratio <= MOST_RATIO and rate >= LEAST_RATE else "MISSED"
            print(f"ledger {rows:>9}: a web hook makes a write {ratio:.2f} times as long (goal {MOST_RATIO}), "
                  f"one worker sends {rate:.0f}/s (goal {LEAST_RATE:.0f})  {shown}", flush=True)  # fmt: skip


def new_desk(path: Path) -> Desk:
    url = f"sqlite:///{path}"
    create_schema(url, bundled_model())
    desk = Desk(Store.open(url, bundled_model()), Vault(KEY, CHEAP))
    prepare(desk)
    return desk


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


def write_ratio(desk: Desk, url: str) -> float:
    """The median time of an update that fires one web hook, over that of the same update that fires none."""
    with desk.transaction(SYSTEM) as tx:
        organization = tx.create("Organization", {"name": f"Bench {milliseconds()}"})
        kind = tx.create("RemoteApplicationType", {"name": f"Bench {milliseconds()}"})
        connection = tx.create(
            "RemoteApplicationConnection",
            {"name": "sink", "url": url, "remoteapplicationtype_id": kind, "environment": "3-production"},
        )
        action = tx.create(
            "ActionWebhook",
            {
                "name": "hook", "status": "enabled", "remoteapplicationconnection_id": connection,
                "payload": '{"id": $this->id$, "name": "$this->name$", "org": "$this->org_id->name$"}',
            },
        )  # fmt: skip
        links = LinkChange([("lnkTriggerAction", {"action_id": action})])
        trigger = tx.create(
            "TriggerOnObjectUpdate", {"description": "hook", "target_class": "Location", "action_list": links}
        )
        locations = [tx.create("Location", {"name": f"L{n}", "org_id": organization}) for n in range(WRITES)]
    observing = [Observer(Outbox(), "http://desk.example/")]
    times: dict[bool, list[float]] = {False: [], True: []}
    for number in range(ROUNDS):
        for key in locations:
            for fires in (False, True):
                desk.observers = list(observing) if fires else []
                work = partial(_move, key=key, city=f"C{number} {fires}")
                since = time.perf_counter()
                desk.write(SYSTEM, work)
                times[fires].append(time.perf_counter() - since)
    desk.observers = []
    with desk.transaction(SYSTEM) as tx:
        tx.delete("TriggerOnObjectUpdate", [trigger])
    plain, fired = (statistics.median(times[fires]) * 1_000 for fires in (False, True))
    print(f"  update {plain:.2f} ms, with a web hook {fired:.2f} ms", flush=True)
    return fired / plain


def _move(tx: Transaction, key: int, city: str) -> bool:
    return tx.update("Location", key, {"city": city})


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
