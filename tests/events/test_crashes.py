"""Deliverers are killed at random moments: nothing that was committed is lost, repeats carry the same id.

``python -m benchmarks.crashes`` does the same to a whole server, fifty times.
"""

from __future__ import annotations

import random
import time

from interdesk.desk import Desk, Vault
from interdesk.store import Store
from tests.support.databases import Databases
from tests.support.deliveries import post, request, rows, states
from tests.support.delivery_worker import workers
from tests.support.people import CHEAP, KEY, bundled_model
from tests.support.receivers import Reply, receiving

KILLS = 6
WRITES = 120
OBJECTS = 15
SECONDS = 90.0


def test_nothing_is_lost_when_deliverers_are_killed(databases: Databases, dialect: str) -> None:
    url = databases.with_schema(dialect, bundled_model())
    store = Store.open(url, bundled_model())
    desk = Desk(store, Vault(KEY, CHEAP))
    chance = random.Random(20_261_122)
    with receiving() as receiver, workers(url, lease=0.5) as crew:
        receiver.answering = lambda _: Reply(delay=0.002, status=500 if len(receiver.arrived) % 17 == 3 else 200)
        pid = crew.start()
        for number in range(WRITES):
            post(desk, request(receiver.url, body=b"%d" % number, object_id=number % OBJECTS, connection_id=number % 3))
            if number % (WRITES // KILLS) == 0:
                time.sleep(chance.uniform(0, 0.15))
                crew.kill(pid)
                pid = crew.start()
        until = time.monotonic() + SECONDS
        while set(states(desk)) != {"delivered"}:
            assert time.monotonic() < until, states(desk)
            time.sleep(0.1)
    ids = {row[1] for row in rows(desk, "Delivery", "message_id")}
    sent: dict[str, set[bytes]] = {}
    for one in receiver.arrived:
        sent.setdefault(one.id, set()).add(one.body)
    assert sent.keys() == ids, "every delivery arrived, and nothing else"
    assert sorted(body for bodies in sent.values() for body in bodies) == sorted(b"%d" % n for n in range(WRITES))
    for one in range(OBJECTS):
        first: dict[str, int] = {}
        for place, arrived in enumerate(receiver.arrived):
            if int(arrived.body) % OBJECTS == one:
                first.setdefault(arrived.id, place)
        order = [int(receiver.arrived[place].body) for place in first.values()]
        for lane in range(3):
            of_lane = [number for number in order if number % 3 == lane]
            assert of_lane == sorted(of_lane), "first arrivals are in order for each object and connection"
    repeats = [one for one in receiver.arrived if one.headers["webhook-attempt"] != "1"]
    assert len(receiver.arrived) - len(ids) <= len(repeats), "a repeat is marked"
    store.close()
    databases.drop(url)
