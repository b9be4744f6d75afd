"""The supervisor by itself, over processes that stand for workers."""

from __future__ import annotations

import subprocess
import sys

# A worker ends when it is told to; who is to follow it, be it an heir or a program, ends at once.
FAILING_RELOAD = """
import os, signal, sys, time
from interdesk.supervision.supervisor import GO, Supervisor, WATCHED
from interdesk.telemetry.board import Board

signal.pthread_sigmask(signal.SIG_BLOCK, {*WATCHED, GO})

def standing(end):
    pid = os.fork()
    if not pid:
        os._exit(signal.sigwait({end}) == GO)
    return pid

board = Board(1)
supervisor = Supervisor([standing(signal.SIGTERM)], board, [sys.executable, "-S", "-c", "raise SystemExit(1)"], 1.0)
supervisor._replace([standing(GO)])
end = time.monotonic() + 3.0
while time.monotonic() < end:
    supervisor._tend()
    time.sleep(0.01)
    supervisor._reap()
print(int(board.total("worker_starts_total")))
"""


def test_there_are_pauses_between_workers_that_cannot_start_after_a_reload() -> None:
    command = [sys.executable, "-c", FAILING_RELOAD]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert 2 <= int(done.stdout) <= 5, done.stderr
