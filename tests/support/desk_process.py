"""A desk in a process of its own, as a user would start it: for tests that speak HTTP to it or run scripts on it."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

START_SECONDS = 90.0
STOP_SECONDS = 10.0
POLL_SECONDS = 0.1


@dataclass(frozen=True)
class DeskProcess:
    url: str
    port: int
    pid: int
    data: Path
    log: Path


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def running_desk(data: Path, *options: str) -> Iterator[DeskProcess]:
    """Start ``interdesk demo --data DATA`` with further options on a free port; ready when it yields, then stopped.

    Raises RuntimeError with the end of the server's log when it does not come up.
    """
    data.mkdir(parents=True, exist_ok=True)
    port = free_port()
    log = data / "server.log"
    where = ["--data", str(data), "--port", str(port), "--telephony-port", "0"]
    command = [sys.executable, "-m", "interdesk", "demo", *where, *options]
    with log.open("wb") as sink:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=sink, stderr=subprocess.STDOUT)
        try:
            desk = DeskProcess(f"http://127.0.0.1:{port}", port, process.pid, data, log)
            _wait(desk, process)
            yield desk
        finally:
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait(desk: DeskProcess, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the desk ended with {process.returncode}:\n{_tail(desk.log)}")
        try:
            with urllib.request.urlopen(desk.url + "/health", timeout=5) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            pass
        time.sleep(POLL_SECONDS)
    raise RuntimeError(f"the desk was not ready after {START_SECONDS:.0f} s:\n{_tail(desk.log)}")


def _tail(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace")[-4000:]
