"""The telephony API over a desk of the tests, called as over HTTP but without a socket."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from interdesk.desk import SYSTEM, Desk
from interdesk.desk.bootstrap import add_user
from interdesk.dialects.confd import Nonces
from interdesk.model import Model
from interdesk.server import application
from interdesk.settings import Settings
from interdesk.store import Store
from interdesk.telephony import Guard, accounts, prepare, setup
from tests.support.databases import Databases
from tests.support.people import bundled_model, desk_over

LOGIN, PASSWORD = "provisioner", "a-good-secret"


class Confd:
    """A caller with the account's password, who shows it by Basic."""

    def __init__(self, client: TestClient, desk: Desk) -> None:
        self.client, self.desk = client, desk
        client.auth = (LOGIN, PASSWORD)

    def call(self, method: str, path: str, body: Any = None, **more: Any) -> tuple[int, Any]:
        """(status, decoded body)"""
        if body is not None:
            more["json"] = body
        elif method in ("POST", "PUT"):
            more.setdefault("headers", {"Content-Type": "application/json"})
        answer = self.client.request(method, "/1.1" + path, **more)
        return answer.status_code, answer.json() if answer.content and "json" in answer.headers[
            "content-type"
        ] else None

    def create(self, path: str, **body: Any) -> Any:
        """The id of what was created."""
        status, made = self.call("POST", path, body)
        assert status == 201, made
        return made["id"]

    def get(self, path: str) -> Any:
        status, found = self.call("GET", path)
        assert status == 200, found
        return found

    def walk(self, number: str = "1100", incoming: str = "2100") -> tuple[int, int, int, int]:
        """(user, line, extension, extension for incoming calls), all connected."""
        user = self.create("/users", firstname="Lord", lastname="Sanderson")
        line = self.create("/lines_sip", context="default", device_slot=1)
        extension = self.create("/extensions", exten=number, context="default")
        incall = self.create("/extensions", exten=incoming, context="from-extern")
        for path, body in (
            (f"/users/{user}/lines", {"line_id": line}),
            (f"/lines/{line}/extensions", {"extension_id": extension}),
            (f"/lines/{line}/extensions", {"extension_id": incall}),
        ):
            status, answer = self.call("POST", path, body)
            assert status == 201, answer
        return user, line, extension, incall


def telephony_desk(store: Store) -> Desk:
    """A desk with the usual contexts and an account that acts as an administrator."""
    desk = desk_over(store)
    prepare(desk)
    desk.observers.append(Guard())
    with desk.transaction(SYSTEM) as tx:
        setup.usual_contexts(tx)
        user = add_user(tx, "admin", "Adm1n-of-the-desk!")
        accounts.add(tx, LOGIN, PASSWORD, user)
    return desk


@pytest.fixture
def confd(open_store: Callable[[Model], Store]) -> Iterator[Confd]:
    yield over(open_store(bundled_model()))


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def shared_confd(request: pytest.FixtureRequest, databases: Databases) -> Iterator[Confd]:
    """The API over a desk that the tests of a module share."""
    url = databases.with_schema(request.param, bundled_model())
    store = Store.open(url, bundled_model())
    yield over(store)
    store.close()
    databases.drop(url)


def over(store: Store) -> Confd:
    """The API over a desk of its own; whoever has opened the store closes it."""
    desk = telephony_desk(store)
    settings = Settings(body_bytes=100_000, threads=2, metrics=False, deliver=False)
    return Confd(TestClient(application(desk, settings, None, Nonces()), raise_server_exceptions=False), desk)
