"""A load of approvals on several servers of one desk, and what must be true of it whatever was killed meanwhile.

Each product's thread asks for an approval, decides it, and goes on; the flow then sends a request of its own and ends,
and the ticket's callback goes to the receiver. Every seventh ticket is withdrawn instead.
"""

from __future__ import annotations

import http.client
import itertools
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from interdesk.approvals import apps
from interdesk.approvals.bootstrap import prepare
from interdesk.approvals.services import import_service
from interdesk.desk import SYSTEM
from interdesk.store import Store
from tests.approvals.written_flows import approval, document, node
from tests.support.people import bundled_model, desk_over
from tests.support.receivers import Receiver
from tests.support.servers import Server, eventually

APP = {"bk_app_code": "load", "bk_app_secret": "s3cret"}
ENDS = {"FINISHED", "TERMINATED", "REVOKED"}
SETTINGS = {"private_networks": "127.0.0.0/8", "delivery_lease_seconds": "3"}
WITHDRAWN = 7


class Refused(Exception):
    """The desk answered, and said no."""


def service_for(url: str, receiver: Receiver) -> int:
    """An approval, then a request to the receiver; its id. The desk gets an application too."""
    store = Store.open(url, bundled_model())
    try:
        desk = desk_over(store)
        prepare(desk)
        hook = {"url": f"{receiver.url}/hook?sn=$this->ref$", "answer": "fail unless code == 0", "attempts": 50}
        nodes = {"boss": approval("boss"), "hook": node("WEBHOOK", "ops", extras={"webhook": hook})}
        workflow = document(nodes, [("submit", "boss"), ("boss", "hook"), ("hook", "end")])
        made = {"name": "load", "key": "request", "project_key": "0", "catalog_id": 1, "workflow": workflow}
        with desk.transaction(SYSTEM) as tx:
            apps.add(tx, APP["bk_app_code"], secret=APP["bk_app_secret"])
            return import_service(tx, made)
    finally:
        store.close()


@dataclass
class Approvals:
    """``created``, ``decided`` and ``withdrawn`` are what the servers acknowledged, by number of the ticket."""

    servers: Sequence[Server]
    receiver: Receiver
    service: int
    created: list[str] = field(default_factory=list)
    decided: list[str] = field(default_factory=list)
    withdrawn: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def start(self, writers: int) -> None:
        self._ended = threading.Event()
        self._numbers = itertools.count(1)
        self._threads = [threading.Thread(target=self._write, args=(place,)) for place in range(writers)]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join()

    def progress(self, more: int = 3) -> None:
        """Waits until so many further tickets were decided."""
        target = len(self.decided) + more
        eventually(lambda: len(self.decided) >= target or bool(self.faults))

    def call(self, path: str, /, *, method: str = "POST", server: int = 0, **given: Any) -> Any:
        """Raises Refused, OSError, HTTPException."""
        connection = self.servers[server % len(self.servers)].connection(20)
        try:
            body = json.dumps({**APP, **given})
            connection.request(method, f"/openapi/{path}/", body, {"Content-Type": "application/json"})
            answer = json.loads(connection.getresponse().read())
        finally:
            connection.close()
        if not answer["result"]:
            raise Refused(answer["message"])
        return answer["data"]

    def status(self, number: str) -> Any:
        return self.call("ticket/get_ticket_status", method="GET", sn=number)

    # -- the products

    def _write(self, place: int) -> None:
        chance = random.Random(place)
        while not self._ended.is_set():
            try:
                self._ticket(next(self._numbers), chance)
            except (OSError, http.client.HTTPException):
                time.sleep(0.02)  # nobody knows what became of that call
            except Exception as problem:
                self.faults.append(repr(problem))
                return

    def _ticket(self, place: int, chance: random.Random) -> None:
        meta = {"callback_url": f"{self.receiver.url}/done"}
        fields = [{"key": "title", "value": f"load {place}"}]
        given = {"service_id": self.service, "creator": "product", "fields": fields, "meta": meta}
        number = self.call("ticket/create_ticket", server=chance.randrange(2), **given)["sn"]
        self.created.append(number)
        if place % WITHDRAWN == 0:
            given = {"operator": "product", "action_type": "WITHDRAW", "action_message": "m"}
            self.call("ticket/operate_ticket", server=chance.randrange(2), sn=number, **given)
            self.withdrawn.append(number)
            return
        self.decide(number, chance.randrange(2))
        self.decided.append(number)

    def decide(self, number: str, server: int = 0) -> None:
        step = self.status(number)["current_steps"][0]["state_id"]
        given = {"state_id": step, "approver": "boss", "action": "true", "remark": "r"}
        self.call("ticket/approve", server=server, sn=number, **given)

    # -- afterwards

    def losses(self) -> list[str]:
        """What is stuck, lost, or told more or less often than once. Undecided tickets are decided first."""
        for number in self.created:
            shown = self.status(number)
            if [one["name"] for one in shown["current_steps"]] == ["boss"]:
                if number in self.decided:
                    return [f"{number}: its decision is lost"]
                self.decide(number)
        problems: list[str] = []
        stuck = list(self.created)

        def over() -> bool:
            nonlocal stuck
            stuck = [number for number in stuck if self.status(number)["current_status"] not in ENDS]
            return not stuck

        eventually(over, lambda: f"stuck: {stuck[:3]}")
        self.quiet()
        told = Counter(json.loads(one.body)["sn"] for one in list(self.receiver.arrived) if one.path == "/done")
        failed = self.call("ticket/callback_failed_ticket", method="GET")
        problems += [f"{number}: called back {count} times" for number, count in told.items() if count > 1]
        problems += [
            f"{one}: neither called back nor listed" for one in self.created if not told[one] | (one in failed)
        ]
        for number in self.withdrawn:
            if self.status(number)["current_status"] != "REVOKED":
                problems.append(f"{number}: its withdrawal is lost")
        return problems

    def quiet(self) -> None:
        """Waits until no delivery waits or is under way."""
        query = "SELECT Delivery WHERE state IN ('waiting', 'sending')"

        def none() -> bool:
            found = self.servers[0].rest("core/get", cls="Delivery", key=query, output_fields="id")
            return found["code"] == 0 and not found["objects"]

        eventually(none)
