"""``interdesk serve`` as it runs in production: several workers, TLS, stopping, starting anew."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import signal
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.support.databases import Databases
from tests.support.servers import LOGIN, Server, answers, close_database, eventually, locked, prepared, served, waiting


@pytest.fixture
def url(databases: Databases, dialect: str) -> Iterator[str]:
    found = prepared(databases, dialect)
    yield found
    databases.drop(found)


def figure(server: Server, name: str) -> float:
    found = re.search(rf"^interdesk_{re.escape(name)} (\S+)$", server.get("/metrics")[1], re.MULTILINE)
    return float(found[1]) if found else 0.0


def lines(server: Server) -> list[dict[str, object]]:
    """The log, without the greeting."""
    return [json.loads(line) for line in server.log.read_text().splitlines() if line.startswith("{")]


def test_dead_workers_are_replaced_and_their_figures_kept(url: str, tmp_path: Path) -> None:
    with served(url, tmp_path, "--workers", "2") as server:
        eventually(lambda: figure(server, "workers") == 2)
        for number in range(6):
            answer = server.rest("core/create", cls="Organization", fields={"name": f"O{number}"})
            assert answer["code"] == 0
        created = 'requests_total{operation="core/create",code="0"}'
        eventually(lambda: figure(server, created) == 6)  # a request is counted when its answer is on its way
        for pid in server.workers():
            os.kill(pid, signal.SIGKILL)
        eventually(lambda: answers(server) and figure(server, "workers") == 2, server.log.read_text)
        assert figure(server, "worker_starts_total") == 4
        assert figure(server, created) == 6
        found = server.rest("core/get", cls="Organization", key="SELECT Organization", output_fields="name")
        assert found["message"] == "Found: 6"
        assert server.stop() == 0
    ended = [line for line in lines(server) if line["event"] == "a worker ended, another takes its place"]
    assert [line["code"] for line in ended] == [-9, -9]


@pytest.mark.parametrize("dialect", ["sqlite"])
def test_workers_end_with_their_supervisor(url: str, dialect: str, tmp_path: Path) -> None:
    with served(url, tmp_path, "--workers", "2") as server:
        eventually(lambda: len(server.workers()) == 2)
        workers = server.workers()
        server.process.kill()
        server.process.wait()
        eventually(lambda: not any(Path(f"/proc/{pid}").exists() for pid in workers))


@pytest.mark.parametrize("dialect", ["sqlite"])
def test_a_reload_replaces_all_workers_without_refusing_anybody(url: str, dialect: str, tmp_path: Path) -> None:
    with served(url, tmp_path, "--workers", "2") as server:
        eventually(lambda: figure(server, "workers") == 2)
        before = set(server.workers())
        server.process.send_signal(signal.SIGHUP)
        statuses = set()

        def replaced() -> bool:
            statuses.add(server.get("/health")[0])
            now = set(server.workers())
            return len(now) == 2 and not now & before and figure(server, "workers") == 2

        eventually(replaced)
        assert statuses == {200}


@pytest.mark.parametrize("workers", ["1", "2"])
def test_requests_are_finished_before_the_server_ends(databases: Databases, tmp_path: Path, workers: str) -> None:
    url = prepared(databases, "postgresql")
    with served(url, tmp_path, "--workers", workers) as server:
        organization = server.rest("core/create", cls="Organization", fields={"name": "Busy"}, output_fields="id")
        key = next(iter(organization["objects"].values()))["key"]
        answered: list[dict[str, object]] = []

        def update() -> None:
            fields = {"name": "Done"}
            answered.append(server.rest("core/update", cls="Organization", key=key, fields=fields))

        with locked(url, "Organization", key) as release:
            caller = threading.Thread(target=update)
            caller.start()
            eventually(lambda: waiting(url) == 1)
            server.process.send_signal(signal.SIGTERM)
            time.sleep(0.5)
            assert server.process.poll() is None
            release()
            caller.join()
        assert answered[0]["code"] == 0
        assert server.process.wait(30) == 0
    databases.drop(url)


def test_a_request_that_takes_too_long_does_not_keep_the_server(databases: Databases, tmp_path: Path) -> None:
    url = prepared(databases, "postgresql")
    settings = {"stop_seconds": "0.5", "lock_seconds": "60"}
    with served(url, tmp_path, "--workers", "2", settings=settings) as server:
        organization = server.rest("core/create", cls="Organization", fields={"name": "Busy"}, output_fields="id")
        key = next(iter(organization["objects"].values()))["key"]

        answered: list[dict[str, object]] = []

        def update() -> None:
            answered.append(server.rest("core/update", cls="Organization", key=key, fields={"name": "Done"}))

        with locked(url, "Organization", key):
            caller = threading.Thread(target=update)
            caller.start()
            eventually(lambda: waiting(url) == 1)
            assert server.stop() == 0
            caller.join()
        assert answered[0]["code"] == 100
        assert "stopped" in str(answered[0]["message"])
    databases.drop(url)


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """A certificate for localhost and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    files = tmp_path / "server.crt", tmp_path / "server.key"
    files[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    files[1].write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return files


def test_tls(databases: Databases, tmp_path: Path, certificate: tuple[Path, Path]) -> None:
    url = prepared(databases, "sqlite")
    settings = {"tls_certificate": str(certificate[0]), "tls_key": str(certificate[1])}
    tls = ssl.create_default_context(cafile=certificate[0])
    with served(url, tmp_path, "--workers", "2", settings=settings, tls=tls) as server:
        assert server.rest("core/get", cls="Organization", key=1)["code"] == 0
        # Who speaks no TLS is sent away, and disturbs nobody.
        with pytest.raises(OSError):
            Server(server.port, server.process, server.log).get("/health")
        assert server.get("/health")[0] == 200
    databases.drop(url)


def test_a_certificate_that_cannot_be_used_is_told(databases: Databases, tmp_path: Path) -> None:
    url = prepared(databases, "sqlite")
    settings = {"tls_certificate": "/nowhere.crt", "tls_key": "/nowhere.key"}
    with pytest.raises(RuntimeError, match="tls_certificate"), served(url, tmp_path, settings=settings):
        raise AssertionError("the server came up")
    databases.drop(url)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_the_log_tells_who_did_what(databases: Databases, tmp_path: Path, workers: str) -> None:
    url = prepared(databases, "sqlite")
    with served(url, tmp_path, "--workers", workers, settings={"access_log": "true"}) as server:
        for _ in range(2):  # the first in a thread, the others perhaps on the event loop
            server.rest("core/get", cls="Organization", key=1)
        server.get("/nothing", **{"X-Request-ID": "one-two"})
        server.stop()
    told = [line for line in lines(server) if line["event"] == "request" and line["path"] != "/health"]
    names = ("operation", "code", "login", "status")
    assert [[line[name] for name in names] for line in told] == [
        ["core/get", 0, LOGIN, 200],
        ["core/get", 0, LOGIN, 200],
        ["", 404, "", 404],
    ]
    assert told[2]["request_id"] == "one-two"
    assert all(re.fullmatch("[0-9a-f]{16}", str(line["request_id"])) for line in told[:2])


def test_readiness_follows_the_database(databases: Databases, tmp_path: Path) -> None:
    url = prepared(databases, "postgresql")
    with served(url, tmp_path, "--workers", "2") as server:
        assert server.get("/ready")[0] == 200
        close_database(url, closed=True)
        eventually(lambda: server.get("/ready")[0] == 503)
        assert server.get("/health")[0] == 200
        answer = server.rest("core/get", cls="Organization", key=1)
        assert answer["code"] == 100
        assert "database" in answer["message"]
        close_database(url, closed=False)
        eventually(lambda: server.get("/ready")[0] == 200)
        eventually(lambda: server.rest("core/get", cls="Organization", key=1)["code"] == 0)
    databases.drop(url)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_systemd_is_told(databases: Databases, tmp_path: Path, workers: str) -> None:
    url = prepared(databases, "sqlite")
    address = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(address)
        listener.settimeout(60)
        with served(url, tmp_path, "--workers", workers, environment={"NOTIFY_SOCKET": address}) as server:
            assert listener.recv(100) == b"READY=1"
            assert server.stop() == 0
    databases.drop(url)


@pytest.mark.parametrize(("proxies", "client"), [("192.0.2.1", "127.0.0.1"), ("127.0.0.1", "192.0.2.7")])
def test_only_a_trusted_proxy_says_where_a_request_comes_from(
    databases: Databases, tmp_path: Path, proxies: str, client: str
) -> None:
    url = prepared(databases, "sqlite")
    with served(url, tmp_path, settings={"access_log": "true", "trusted_proxies": proxies}) as server:
        server.get("/nothing", **{"X-Forwarded-For": "192.0.2.7"})
        server.stop()
    assert [line["client"] for line in lines(server) if line.get("path") == "/nothing"] == [client]
    databases.drop(url)
