"""The small process that keeps workers running: what it starts, what it survives, and what it costs."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.databases import Databases
from tests.support.desk_process import free_port
from tests.support.people import KEY
from tests.support.servers import Server, answers, eventually, prepared, served

DESIGN = '<?xml version="1.0" encoding="UTF-8"?>\n<itop_design version="3.2"></itop_design>\n'
SMALL, SHARED = 16.0, 20.0  # MiB
CARELESS = """import os, signal, sys
if "serve" in sys.orig_argv:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    sys.stderr = None
    os.close(2)
"""
NO_ROOM = """import os, sys
fork, forks = os.fork, []
def forking():
    forks.append(1)
    if "generation" in sys.orig_argv and len(forks) == 2:
        {}
    return fork()
os.fork = forking
"""


@pytest.fixture
def url(databases: Databases) -> Iterator[str]:
    found = prepared(databases, "sqlite")
    yield found
    databases.drop(found)


def workers_up(server: Server, count: int = 2) -> bool:
    return f"\ninterdesk_workers {count}\n" in server.get("/metrics")[1]


def events(server: Server) -> list[str]:
    lines = [json.loads(line) for line in server.log.read_text().splitlines() if line.startswith("{")]
    return [line["event"] for line in lines]


def memory(pid: int, kind: str) -> float:
    """MiB."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith(f"{kind}:"):
            return int(line.split()[1]) / 1024
    raise AssertionError(f"the system tells no {kind}")


def kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def reloading(server: Server) -> set[int]:
    """Has a generation loaded, by a process of its own; the workers before it."""
    eventually(lambda: workers_up(server))
    before = set(server.workers())
    server.process.send_signal(signal.SIGHUP)
    eventually(lambda: len(server.workers()) == 3)
    return before


def customized(folder: Path, code: str) -> dict[str, str]:
    """An environment in which all Python programs begin with some code."""
    folder.mkdir(exist_ok=True)
    (folder / "sitecustomize.py").write_text(code)
    return {"PYTHONPATH": os.pathsep.join([str(folder), *sys.path])}


@contextlib.contextmanager
def greeted(url: str, folder: Path) -> Iterator[Server]:
    """A server that has just begun to listen, whether or not it answers yet."""
    port, log = free_port(), folder / "server.log"
    settings = {"database": url, "secret_key": KEY, "data": str(folder), "port": str(port), "workers": "2"}
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    environment |= {f"INTERDESK_{name.upper()}": value for name, value in settings.items()}
    with log.open("ab") as sink:
        command = [sys.executable, "-u", "-m", "interdesk", "serve"]
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink, env=environment)
    try:
        while "Interdesk answers" not in log.read_text():
            assert process.poll() is None, log.read_text()
            time.sleep(0.001)
        yield Server(port, process, log)
    finally:
        process.terminate()
        process.wait(60)


def test_the_supervisor_is_small_and_its_workers_share_what_they_have_loaded(url: str, tmp_path: Path) -> None:
    with served(url, tmp_path, "--workers", "2") as server:
        eventually(lambda: workers_up(server))
        assert memory(server.process.pid, "Rss") < SMALL
        assert all(memory(pid, "Shared_Dirty") > SHARED for pid in server.workers())
        before = set(server.workers())
        server.process.send_signal(signal.SIGHUP)
        eventually(lambda: not before & set(server.workers()) and workers_up(server))
        eventually(lambda: len(server.workers()) == 2)
        assert all(memory(pid, "Shared_Dirty") > SHARED for pid in server.workers())
        assert memory(server.process.pid, "Rss") < SMALL


def test_a_design_with_faults_leaves_the_workers_as_they_are(url: str, tmp_path: Path) -> None:
    design = tmp_path / "own.xml"
    design.write_text(DESIGN)
    with served(url, tmp_path, "--workers", "2", settings={"design": str(design)}) as server:
        eventually(lambda: workers_up(server))
        before = set(server.workers())
        design.write_text("<itop_design")
        server.process.send_signal(signal.SIGHUP)
        eventually(lambda: "not reloaded: the workers stay as they are" in events(server))
        eventually(lambda: set(server.workers()) == before)
        # Nor does a worker that takes the place of a dead one know the file as it is now.
        kill(min(before))
        eventually(lambda: min(before) not in server.workers() and workers_up(server), server.log.read_text)
        assert "a worker cannot start" not in events(server)
        design.write_text(DESIGN)
        server.process.send_signal(signal.SIGHUP)
        eventually(lambda: not before & set(server.workers()) and workers_up(server), server.log.read_text)
        assert events(server).count("reloading") == 1
        assert server.stop() == 0


def test_workers_that_die_during_a_reload_are_replaced(url: str, tmp_path: Path) -> None:
    with served(url, tmp_path, "--workers", "2") as server:
        before = reloading(server)
        for pid in before:
            kill(pid)
        eventually(lambda: "reloading" in events(server), server.log.read_text)
        for pid in server.workers():  # of any generation, waiting or not
            kill(pid)
        eventually(lambda: answers(server) and workers_up(server), server.log.read_text)
        assert not before & set(server.workers())
        assert server.stop() == 0


def test_a_reload_that_is_killed_leaves_the_workers_as_they_are(url: str, tmp_path: Path) -> None:
    with served(url, tmp_path, "--workers", "2") as server:
        before = reloading(server)
        (loading,) = set(server.workers()) - before
        kill(loading)
        eventually(lambda: "not reloaded: the workers stay as they are" in events(server))
        assert set(server.workers()) == before
        assert workers_up(server)


@pytest.mark.parametrize("loading", ["worker", "generation"])
def test_the_server_stops_while_something_is_loaded(url: str, tmp_path: Path, loading: str) -> None:
    with served(url, tmp_path, "--workers", "2") as server:
        eventually(lambda: workers_up(server))
        before = set(server.workers())
        if loading == "worker":
            kill(min(before))
        else:
            server.process.send_signal(signal.SIGHUP)
        eventually(lambda: bool(set(server.workers()) - before))
        left = set(server.workers())
        since = time.monotonic()
        assert server.stop() == 0
        assert time.monotonic() - since < 20
        assert not any(Path(f"/proc/{pid}").exists() for pid in left)


def test_a_server_that_has_just_begun_can_be_stopped(url: str, tmp_path: Path) -> None:
    with greeted(url, tmp_path) as server:
        assert server.stop() == 0
        assert events(server) == ["stopping"]


def test_a_worker_that_dies_at_the_very_start_is_replaced(url: str, tmp_path: Path) -> None:
    with greeted(url, tmp_path) as server:
        eventually(lambda: bool(server.workers()))
        first = server.workers()[0]
        kill(first)
        eventually(lambda: answers(server) and workers_up(server), server.log.read_text)
        assert first not in server.workers()


def test_how_a_server_is_started_makes_no_difference(url: str, tmp_path: Path) -> None:
    environment = customized(tmp_path / "site", CARELESS)
    with served(url, tmp_path, "--workers", "2", environment=environment) as server:
        eventually(lambda: workers_up(server))
        first = server.workers()[0]
        streams = [os.readlink(f"/proc/{first}/fd/{number}") for number in range(3)]
        assert streams == ["/dev/null", str(server.log), "/dev/null"]
        kill(first)
        eventually(lambda: first not in server.workers() and workers_up(server), server.log.read_text)
        assert server.stop() == 0


@pytest.mark.parametrize("end", ["raise BlockingIOError", "os.kill(os.getpid(), 9)"])
def test_a_generation_that_is_not_whole_is_gone(url: str, tmp_path: Path, end: str) -> None:
    environment = customized(tmp_path / "site", NO_ROOM.format(end))
    with served(url, tmp_path, "--workers", "2", environment=environment) as server:
        eventually(lambda: workers_up(server))
        before = set(server.workers())
        server.process.send_signal(signal.SIGHUP)
        eventually(lambda: "not reloaded: the workers stay as they are" in events(server), server.log.read_text)
        eventually(lambda: set(server.workers()) == before, server.log.read_text)
        assert workers_up(server)
