"""Every answer has a request id, also those past the routes; probes tell the truth."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from interdesk.desk import SYSTEM, Desk
from interdesk.desk.bootstrap import add_user
from interdesk.server import application
from interdesk.settings import Settings

PATH = "/webservices/rest.php"


@pytest.fixture
def client(bundled_desk: Desk) -> Iterator[TestClient]:
    with bundled_desk.transaction(SYSTEM) as tx:
        add_user(tx, "admin", "admin")
    settings = Settings(threads=2)
    with TestClient(application(bundled_desk, settings)) as client:
        yield client


@pytest.fixture(params=["sqlite"])
def dialect(request: pytest.FixtureRequest) -> str:
    """One database is enough: nothing here depends on it."""
    return str(request.param)


@pytest.mark.parametrize("path", ["/health", "/ready", "/metrics", "/nothing", PATH])
def test_every_answer_has_an_id_of_its_own(client: TestClient, path: str) -> None:
    ids = [client.get(path).headers["x-request-id"] for _ in range(2)]
    assert all(re.fullmatch("[0-9a-f]{16}", found) for found in ids)
    assert ids[0] != ids[1]


@pytest.mark.parametrize("given", ["abc-1", "0af7651916cd43dd8448eb211c80319c", "a/b:c.d_e=", "x" * 128])
def test_a_harmless_id_is_kept(client: TestClient, given: str) -> None:
    assert client.get("/health", headers={"X-Request-ID": given}).headers["x-request-id"] == given


@pytest.mark.parametrize("given", ["", "a b", 'a"b', "a\tb", "é", "x" * 129, "<script>", "a;b"])
def test_another_id_is_replaced(client: TestClient, given: str) -> None:
    raw = {b"X-Request-ID": given.encode()}
    assert re.fullmatch("[0-9a-f]{16}", client.get("/health", headers=raw).headers["x-request-id"])


def test_wrong_logins_are_counted(client: TestClient) -> None:
    client.post(PATH, params={"version": "1.3"}, data={"auth_user": "admin", "auth_pwd": "no", "json_data": "{}"})
    figures = client.get("/metrics").text
    assert "interdesk_login_failures_total 1\n" in figures
    assert 'interdesk_requests_total{operation="other",code="1"} 1\n' in figures


def test_figures_can_be_kept_away(bundled_desk: Desk) -> None:
    with TestClient(application(bundled_desk, Settings(metrics=False))) as client:
        assert client.get("/metrics").status_code == 404


def test_a_database_that_no_longer_fits_makes_the_process_unready(client: TestClient, bundled_desk: Desk) -> None:
    assert client.get("/ready").json() == {"status": "ready"}
    with bundled_desk.store.write() as session:
        session.connection.change("UPDATE meta SET value = '0' WHERE key = 'format'")
    answer = client.get("/ready")
    assert answer.status_code == 503
    assert "format" in answer.json()["reason"]
    assert client.get("/health").status_code == 200
