"""The REST service over a desk of the tests, called as over HTTP but without a socket."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from starlette.testclient import TestClient

from interdesk.desk import SYSTEM, Desk
from interdesk.desk.bootstrap import add_user
from interdesk.server import application
from interdesk.settings import Settings
from interdesk.store import Store
from tests.support.databases import Databases
from tests.support.people import bundled_model, desk_over

PATH = "/webservices/rest.php"
ADMIN = {"auth_user": "admin", "auth_pwd": "admin"}
BODY_BYTES = 200_000


class Rest:
    """A caller with the credentials of an administrator."""

    def __init__(self, client: TestClient) -> None:
        self.client = client

    def raw(self, **form: Any) -> Any:
        """The answer's JSON for these form fields."""
        answer = self.client.post(PATH, params={"version": "1.3"}, data=form)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def call(self, operation: str, **data: Any) -> Any:
        """One operation; ``cls`` stands for the member ``class``."""
        if "cls" in data:
            data["class"] = data.pop("cls")
        return self.raw(**ADMIN, json_data=json.dumps({"operation": operation, "comment": "test", **data}))

    def create(self, cls: str, **fields: Any) -> int:
        """The id of a new object."""
        answer = self.call("core/create", cls=cls, fields=fields, output_fields="id")
        assert answer["code"] == 0, answer["message"]
        (found,) = answer["objects"].values()
        return int(found["key"])

    def get_attributes(self, cls: str) -> set[str]:
        """The codes of the attributes of a class."""
        return set(bundled_model().cls(cls).attributes)

    def get(self, cls: str, key: Any, fields: str = "*") -> dict[str, Any]:
        """The fields of one object."""
        answer = self.call("core/get", cls=cls, key=key, output_fields=fields)
        assert answer["code"] == 0, answer["message"]
        (found,) = answer["objects"].values()
        shown: dict[str, Any] = found["fields"]
        return shown


@contextmanager
def serving(desk: Desk) -> Iterator[Rest]:
    """The service over a desk that has no users yet; admin / admin may do everything."""
    with desk.transaction(SYSTEM) as tx:
        add_user(tx, "admin", "admin")
    with TestClient(application(desk, Settings(threads=2, body_bytes=BODY_BYTES))) as client:
        yield Rest(client)


@pytest.fixture
def rest(bundled_desk: Desk) -> Iterator[Rest]:
    """The service over a desk of the test's own."""
    with serving(bundled_desk) as rest:
        yield rest


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def shared_rest(request: pytest.FixtureRequest, databases: Databases) -> Iterator[Rest]:
    """The service over a desk that the tests of a module share."""
    url = databases.with_schema(request.param, bundled_model())
    store = Store.open(url, bundled_model())
    with serving(desk_over(store)) as rest:
        yield rest
    databases.drop(url)
