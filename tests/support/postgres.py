"""A PostgreSQL server for the tests: started when the first test needs it, shared by all workers of a run.

It runs in a temporary folder as an unprivileged user, without caring for durability. Nothing is skipped when the
programs are absent: the tests then fail and say so.
"""

from __future__ import annotations

import fcntl
import json
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg

SETTINGS = (
    "fsync=off",
    "full_page_writes=off",
    "synchronous_commit=off",
    "shared_buffers=64MB",
    "max_connections=400",
    "autovacuum=off",
)
SUPERUSER = "interdesk"


class Server:
    """A running server; ``url`` of any of its databases."""

    def __init__(self, port: int) -> None:
        self.port = port

    def url(self, database: str) -> str:
        return f"postgresql://{SUPERUSER}@127.0.0.1:{self.port}/{database}"

    def run(self, statement: str) -> None:
        """Runs a statement that cannot be part of a transaction (CREATE DATABASE ...)."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement)


@contextmanager
def shared_server(folder: Path) -> Iterator[Server]:
    """The server of this test run. ``folder`` is the same for all its workers; the last to leave stops the server."""
    state = folder / "postgresql.json"
    with _locked(folder):
        users = _read(state)
        fresh = not users.get("pids")
        if fresh:
            users = {**_start(), "pids": []}
        users["pids"].append(os.getpid())
        state.write_text(json.dumps(users))
        if fresh:
            # Tests that are killed stop nothing: somebody outside has to see that they are gone.
            subprocess.run(["setsid", "--fork", sys.executable, __file__, state], check=True, stdin=subprocess.DEVNULL)
    try:
        yield Server(users["port"])
    finally:
        with _locked(folder):
            _leave(state, os.getpid())


def _leave(state: Path, leaving: int | None = None) -> bool:
    """Forgets users that are gone, and stops the server when nobody is left; True then."""
    users = _read(state)
    was_running = bool(users.get("pids"))
    users["pids"] = [pid for pid in users.get("pids", []) if pid != leaving and _is_alive(pid)]
    state.write_text(json.dumps(users))
    if was_running and not users["pids"]:
        _stop(Path(users["folder"]))
    return not users["pids"]


def watch(state: Path) -> None:
    """Ends when the server is stopped, and stops it when its users were killed."""
    gone = False
    while not gone:
        time.sleep(2)
        if not state.parent.exists():
            return  # the last user has stopped the server and tidied up
        with _locked(state.parent):
            gone = _leave(state)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    with open(folder / "postgresql.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _read(state: Path) -> dict[str, Any]:
    return json.loads(state.read_text()) if state.exists() else {}


def _is_alive(pid: int) -> bool:
    with suppress(ProcessLookupError):
        os.kill(pid, 0)
        return True
    return False


@contextmanager
def own_server(settings: Sequence[str] = SETTINGS) -> Iterator[Server]:
    """A server for one user, with settings of his choice."""
    started = _start(settings)
    try:
        yield Server(started["port"])
    finally:
        _stop(Path(started["folder"]))


def _start(settings: Sequence[str] = SETTINGS) -> dict[str, Any]:
    programs = _programs()
    folder = Path(tempfile.mkdtemp(prefix="interdesk-postgresql-"))
    user = _unprivileged()
    if user:
        shutil.chown(folder, user)
    data = folder / "data"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    _run(
        user,
        [programs / "initdb", "--pgdata", data, "--username", SUPERUSER, "--auth=trust", "--encoding=UTF8"]
        + ["--locale=C", "--no-sync"],
    )
    options = " ".join(f"-c {setting}" for setting in settings)
    _run(
        user,
        [programs / "pg_ctl", "--pgdata", data, "--wait", "--log", folder / "log", "start"]
        + ["--options", f"-h 127.0.0.1 -p {port} -k {folder} {options}"],
    )
    return {"folder": str(folder), "port": port}


def _stop(folder: Path) -> None:
    _run(_unprivileged(), [_programs() / "pg_ctl", "--pgdata", folder / "data", "--mode=immediate", "stop"])
    shutil.rmtree(folder)


def _programs() -> Path:
    """The folder with initdb and pg_ctl."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    if config := shutil.which("pg_config"):
        answer = subprocess.run([config, "--bindir"], check=True, capture_output=True, text=True)
        folders.insert(0, Path(answer.stdout.strip()))
    for folder in folders:
        if (folder / "initdb").exists() and (folder / "pg_ctl").exists():
            return folder
    raise RuntimeError("The tests need PostgreSQL's initdb and pg_ctl: install PostgreSQL (make programs)")


def _unprivileged() -> str | None:
    """Whom to become when the tests run as root, which PostgreSQL refuses."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            return pwd.getpwnam(name).pw_name
    raise RuntimeError("PostgreSQL does not run as root, and there is neither a user postgres nor nobody")


def _run(user: str | None, command: list[str | Path]) -> None:
    prefix: list[str | Path] = ["runuser", "-u", user, "--"] if user else []
    with tempfile.TemporaryFile("w+") as output:
        done = subprocess.run([*prefix, *command], stdout=output, stderr=output, cwd="/", check=False)
        if done.returncode:
            output.seek(0)
            raise RuntimeError(f"{command[0]} failed:\n{output.read()}")


if __name__ == "__main__":
    watch(Path(sys.argv[1]))
