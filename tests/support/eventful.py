"""A desk with the observer of events whose outbox is a list, and short ways to configure triggers and actions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import interdesk.events.rules
import interdesk.server  # noqa: F401 - binds the methods of the standard model
from interdesk.desk import SYSTEM, Actor, Desk, Transaction, Vault
from interdesk.desk.values import LinkChange, LogChange, NewEntry
from interdesk.events.observer import Observer
from interdesk.events.requests import Rendered
from interdesk.store import Store

ROOT = "https://desk.example/"
REST = "webservice-rest"
PAYLOAD = '{"id": $this->id$, "trigger": "$trigger->description$"}'


class Listed:
    """An outbox that keeps what it gets; what an undone transaction put in stays out."""

    def __init__(self) -> None:
        self.requests: list[Rendered] = []

    def enqueue(self, tx: Transaction, rendered: Rendered) -> int:
        self.requests.append(rendered)
        return len(self.requests)

    def take(self) -> list[Rendered]:
        taken, self.requests = self.requests, []
        return taken

    def fired(self) -> list[str]:
        """The descriptions of the triggers that fired, for actions with the payload ``PAYLOAD``."""
        return [one.body.decode().rpartition('"trigger": "')[2].removesuffix('"}') for one in self.take()]


class EventfulDesk(Desk):
    outbox: Listed

    def __init__(self, store: Store) -> None:
        super().__init__(store, Vault("a key for tests only"))
        self.outbox = Listed()
        self.watch()

    def watch(self, *, previous_values: bool = False) -> None:
        self.observers = [Observer(self.outbox, ROOT, previous_values=previous_values)]
        self.outbox.take()

    @contextmanager
    def acting(self, origin: str = REST, actor: Actor = SYSTEM) -> Iterator[Transaction]:
        with self.transaction(actor, comment="test", origin=origin) as tx:
            yield tx

    def create(self, name: str, /, **values: Any) -> int:
        with self.acting() as tx:
            return tx.create(name, values)

    def update(self, name: str, key: int, /, **values: Any) -> bool:
        with self.acting() as tx:
            return tx.update(name, key, values)

    def delete(self, name: str, *keys: int) -> None:
        with self.acting() as tx:
            tx.delete_in_turn(name, list(keys))

    def connection(self, name: str = "RemoteApplicationConnection", /, **values: Any) -> int:
        given = {"name": "c", "remoteapplicationtype_id": self._type(), "url": "http://partner.example/hook"}
        return self.create(name, **given | values)

    def _type(self) -> int:
        return self.create("RemoteApplicationType", name="Other")

    def action(self, name: str = "ActionWebhook", /, **values: Any) -> int:
        given = {"name": "a", "status": "enabled", "payload": PAYLOAD}
        if name in ("ActionEmail", "ActionNewsroom"):
            given.pop("payload")
        elif "remoteapplicationconnection_id" not in values:
            given["remoteapplicationconnection_id"] = self.connection()
        return self.create(name, **given | values)

    def trigger(self, name: str, description: str, target: str, *actions: int, **values: Any) -> int:
        links = LinkChange([("lnkTriggerAction", {"action_id": action}) for action in actions or (self.action(),)])
        made = self.create(name, description=description, target_class=target, action_list=links, **values)
        self.outbox.take()
        return made

    def organization(self, **values: Any) -> int:
        return self.create("Organization", **{"name": "Org"} | values)

    def person(self, org: int, **values: Any) -> int:
        return self.create("Person", **{"org_id": org, "name": "Doe", "first_name": "Ann"} | values)

    def ticket(self, org: int, caller: int, **values: Any) -> int:
        given = {"org_id": org, "caller_id": caller, "title": "t", "description": "<p>d</p>"}
        return self.create("UserRequest", **given | values)


def entry(message: str, **more: Any) -> LogChange:
    return LogChange((NewEntry(message, **more),))
