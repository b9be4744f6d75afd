"""Deliverers in processes of their own, to be killed: ``python -m tests.support.delivery_worker URL LEASE_SECONDS``.

Each line ``start`` on standard input makes one more; its process id is printed.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

from interdesk.desk import Desk, Vault
from interdesk.events.deliverer import Pace
from interdesk.events.retrying import Retries
from interdesk.store import Store
from tests.support.deliveries import deliverer_over
from tests.support.people import CHEAP, KEY, bundled_model

ROOT = Path(__file__).resolve().parents[2]


def main() -> None:
    url, lease = sys.argv[1], float(sys.argv[2])
    model = bundled_model()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for _ in sys.stdin:
        pid = os.fork()
        if pid == 0:
            deliver(Desk(Store.open(url, model), Vault(KEY, CHEAP)), lease)
        print(pid, flush=True)


def deliver(desk: Desk, lease: float) -> None:
    """Until it is killed."""
    pace = Pace(lease=lease, poll=0.02)
    deliverer_over(desk, pace=pace, retries=Retries(first=0.2, longest=0.5, attempts=1_000)).start()
    threading.Event().wait()


class Workers:
    """Starts and kills deliverers."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._alive: list[int] = []

    def start(self) -> int:
        assert self._process.stdin is not None and self._process.stdout is not None
        print("start", file=self._process.stdin, flush=True)
        pid = int(self._process.stdout.readline())
        self._alive.append(pid)
        return pid

    def kill(self, pid: int) -> None:
        """As a power cut would."""
        os.kill(pid, signal.SIGKILL)
        self._alive.remove(pid)

    def kill_all(self) -> None:
        for pid in list(self._alive):
            self.kill(pid)


@contextlib.contextmanager
def workers(url: str, lease: float) -> Iterator[Workers]:
    """Workers over a database, all of them gone behind the block."""
    command = [sys.executable, "-m", "tests.support.delivery_worker", url, str(lease)]
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"}
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        made = Workers(process)
        try:
            yield made
        finally:
            made.kill_all()
            assert process.stdin is not None
            process.stdin.close()


if __name__ == "__main__":
    main()
