"""``interdesk serve`` in processes of its own, over a database of the tests that has an administrator."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import ssl
import subprocess
import sys
import time
import urllib.parse
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from interdesk.desk import SYSTEM
from interdesk.desk.bootstrap import add_user
from interdesk.store import Store
from tests.support.databases import Databases
from tests.support.desk_process import free_port
from tests.support.people import KEY, bundled_model, desk_over

PATIENCE = 60.0
LOGIN, PASSWORD = "admin", "Pa55-word!x"


def prepared(databases: Databases, dialect: str) -> str:
    """The URL of a database with the bundled design and an administrator."""
    url = databases.with_schema(dialect, bundled_model())
    store = Store.open(url, bundled_model())
    with desk_over(store).transaction(SYSTEM) as tx:
        add_user(tx, LOGIN, PASSWORD)
    store.close()
    return url


@dataclass
class Server:
    port: int
    process: subprocess.Popen[bytes]
    log: Path
    tls: ssl.SSLContext | None = None
    headers: dict[str, str] = field(default_factory=dict)

    def connection(self, timeout: float = PATIENCE) -> http.client.HTTPConnection:
        if self.tls:
            return http.client.HTTPSConnection("localhost", self.port, timeout=timeout, context=self.tls)
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)

    def get(self, path: str, **headers: str) -> tuple[int, str, dict[str, str]]:
        """Status, body and headers (names in lower case) of an answer."""
        connection = self.connection()
        try:
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            found = {name.lower(): value for name, value in answer.getheaders()}
            return answer.status, answer.read().decode(), found
        finally:
            connection.close()

    def rest(self, operation: str, *, login: str = LOGIN, password: str = PASSWORD, **data: Any) -> dict[str, Any]:
        """The answer to one call over a connection of its own; ``cls`` stands for the member ``class``."""
        connection = self.connection()
        try:
            return call(connection, operation, login=login, password=password, **data)
        finally:
            connection.close()

    def workers(self) -> list[int]:
        """The worker processes."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in children.read_text().split()]

    def stop(self) -> int:
        """Told to end; the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)


def call(
    connection: http.client.HTTPConnection,
    operation: str,
    *,
    login: str = LOGIN,
    password: str = PASSWORD,
    **data: Any,
) -> dict[str, Any]:
    """The answer to one REST call. Raises OSError or HTTPException when the connection breaks."""
    if "cls" in data:
        data["class"] = data.pop("cls")
    document = json.dumps({"operation": operation, "comment": "test", **data})
    form = {"auth_user": login, "auth_pwd": password, "json_data": document}
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", "/webservices/rest.php?version=1.3", urllib.parse.urlencode(form), headers)
    answer = connection.getresponse()
    body = answer.read()
    assert answer.status == 200, f"HTTP {answer.status}: {body[:500]!r}"
    found: dict[str, Any] = json.loads(body)
    return found


@contextlib.contextmanager
def served(
    url: str,
    folder: Path,
    *options: str,
    settings: dict[str, str] | None = None,
    tls: ssl.SSLContext | None = None,
    environment: dict[str, str] | None = None,
) -> Iterator[Server]:
    """The server, ready when it yields and gone afterwards; ``settings`` by name."""
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    chosen = {"database": url, "secret_key": KEY, "data": str(folder), "port": str(port), **(settings or {})}
    named = {f"INTERDESK_{name.upper()}": value for name, value in chosen.items()}
    whole = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **named, **(environment or {})}
    log = folder / "server.log"
    with log.open("ab") as sink:
        process = subprocess.Popen(
            [sys.executable, "-m", "interdesk", "serve", *options],
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=sink,
            env=whole,
        )
    server = Server(port, process, log, tls)
    try:
        eventually(lambda: answers(server), lambda: log.read_text(errors="replace")[-4000:])
        yield server
    finally:
        process.terminate()
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def answers(server: Server, path: str = "/health") -> bool:
    if server.process.poll() is not None:
        raise RuntimeError(f"the server ended with {server.process.returncode}:\n{server.log.read_text()[-4000:]}")
    try:
        return server.get(path)[0] == 200
    except (OSError, http.client.HTTPException):
        return False


def eventually(condition: Callable[[], bool], explain: Callable[[], object] = lambda: "") -> None:
    """Waits until the condition holds."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, f"waited for {PATIENCE:.0f} s in vain: {explain()}"
        time.sleep(0.05)


def execute(url: str, statement: str) -> int:
    """Runs a statement outside of any transaction; the first number of its answer, 0 without one."""
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(statement)
        row = cursor.fetchone() if cursor.description else None
        return int(row[0]) if row else 0


def cut_connections(url: str) -> int:
    """Ends all sessions of a PostgreSQL database; how many there were."""
    server, _, name = url.rpartition("/")
    return execute(
        f"{server}/postgres",
        f"SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = '{name}'",
    )


def close_database(url: str, *, closed: bool) -> None:
    """Lets nobody connect any more, and ends who is connected; or lets them in again."""
    server, _, name = url.rpartition("/")
    execute(f"{server}/postgres", f"ALTER DATABASE {name} ALLOW_CONNECTIONS {not closed}")
    if closed:
        cut_connections(url)


def waiting(url: str) -> int:
    """How many sessions of a PostgreSQL database wait for a lock."""
    return execute(
        url,
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
    )


@contextlib.contextmanager
def locked(url: str, table: str, key: int) -> Iterator[Callable[[], None]]:
    """Keeps a row of a PostgreSQL database locked until what it yields is called, or the block ends."""
    with psycopg.connect(url) as connection:
        connection.execute(f'SELECT 1 FROM "{table}" WHERE id = %s FOR UPDATE', (key,))
        yield connection.rollback
