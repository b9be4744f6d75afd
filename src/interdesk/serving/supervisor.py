"""Several worker processes on one socket, and the process that keeps them running.

The supervisor opens no database and answers no request: it forks, waits, and forks again. Workers end by themselves
when it is gone.
"""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from interdesk.errors import InterdeskError
from interdesk.telemetry import Board

LOG = structlog.get_logger(__name__)
WATCHED = (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
TICK_SECONDS = 0.2
SHORTEST_PAUSE, LONGEST_PAUSE = 0.2, 15.0
START_SECONDS = 120.0  # how long a reload waits for a new worker before it goes on
LAST_SECONDS = 10.0  # beyond the time that workers have to stop


@dataclass(slots=True)
class Worker:
    """What is known of the worker of a slot. ``pid`` 0: none runs, and one is due at ``due``."""

    slot: int
    pid: int = 0
    born: float = 0.0
    due: float = 0.0
    pause: float = 0.0
    awaited: bool = False  # its end is wished


class Supervisor:
    """``work`` runs in a fork, with its slot, until it is told to stop; what it returns is the exit code.

    Signals: TERM and INT stop the workers and then the supervisor, HUP calls ``reload`` and replaces the workers one
    after the other.
    """

    def __init__(
        self, work: Callable[[int], int], board: Board, *, stop_seconds: float, reload: Callable[[], None]
    ) -> None:
        self._work, self._board, self._stop_seconds, self._reload = work, board, stop_seconds, reload
        self._workers = [Worker(slot) for slot in range(board.workers)]
        self._stopping: float | None = None  # when the last of them is killed
        self._outdated: list[Worker] = []
        self._announced = False
        self._lifeline, self._held = os.pipe()
        self._mask: set[int] = set()

    def run(self) -> int:
        """Returns when it was told to stop and all workers have ended: 0, or 1 when some had to be killed."""
        self._mask = {int(found) for found in signal.pthread_sigmask(signal.SIG_BLOCK, WATCHED)}
        killed = False
        try:
            while self._stopping is None or any(worker.pid for worker in self._workers):
                killed |= self._tend()
                heard = signal.sigtimedwait(WATCHED, TICK_SECONDS if self._is_busy() else 60.0)
                if heard is not None:
                    self._heed(heard.si_signo)
                self._reap()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, self._mask)
        return int(killed)

    def _is_busy(self) -> bool:
        """Whether something is to be done soon, though no signal comes."""
        return bool(
            self._stopping or self._outdated or not self._announced or any(not worker.pid for worker in self._workers)
        )

    def _heed(self, number: int) -> None:
        if number in (signal.SIGTERM, signal.SIGINT) and self._stopping is None:
            LOG.warning("stopping", workers=len(self._workers))
            notify("STOPPING=1")
            self._stopping = time.monotonic() + self._stop_seconds + LAST_SECONDS
            for worker in self._workers:
                self._end(worker)
        elif number == signal.SIGHUP and self._stopping is None:
            try:
                self._reload()
            except InterdeskError as problem:
                LOG.error("not reloaded: the workers stay as they are", reason=problem.message)
            else:
                LOG.warning("reloading", workers=len(self._workers))
                self._outdated = list(self._workers)

    def _tend(self) -> bool:
        """Starts what is due, goes on with a reload; True when workers were killed that would not stop."""
        now = time.monotonic()
        if self._stopping is not None:
            if now < self._stopping:
                return False
            left = [worker.pid for worker in self._workers if worker.pid]
            for pid in left:
                os.kill(pid, signal.SIGKILL)
            return bool(left)
        for worker in self._workers:
            if not worker.pid and now >= worker.due:
                self._start(worker)
        if not self._announced and all(self._board.is_up(worker.slot) for worker in self._workers):
            self._announced = True
            notify("READY=1")
        self._go_on_reloading(now)
        return False

    def _go_on_reloading(self, now: float) -> None:
        if not self._outdated:
            return
        worker = self._outdated[0]
        if not worker.awaited:
            self._end(worker)
        elif worker.pid and (self._board.is_up(worker.slot) or now - worker.born > START_SECONDS):
            worker.awaited = False
            self._outdated.pop(0)

    def _start(self, worker: Worker) -> None:
        pid = os.fork()
        if pid == 0:
            os._exit(self._in_fork(worker.slot))
        worker.pid, worker.born = pid, time.monotonic()
        self._board.started(worker.slot)

    def _in_fork(self, slot: int) -> int:
        try:
            os.close(self._held)
            self._board.slot = slot
            threading.Thread(target=self._end_with_supervisor, daemon=True).start()
            signal.pthread_sigmask(signal.SIG_SETMASK, self._mask)
            return self._work(slot)
        except InterdeskError as problem:
            LOG.error("a worker cannot start", worker=slot, reason=problem.message)
        except BaseException:
            LOG.exception("a worker failed", worker=slot)
        return 1

    def _end_with_supervisor(self) -> None:
        os.read(self._lifeline, 1)  # nobody writes: it returns when the supervisor's end is closed
        os.kill(os.getpid(), signal.SIGTERM)

    def _end(self, worker: Worker) -> None:
        worker.awaited = True
        if worker.pid:
            self._board.down(worker.slot)
            os.kill(worker.pid, signal.SIGTERM)

    def _reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not pid:
                return
            for worker in self._workers:
                if worker.pid == pid:
                    self._ended(worker, os.waitstatus_to_exitcode(status))

    def _ended(self, worker: Worker, code: int) -> None:
        answered = self._board.is_up(worker.slot)
        worker.pid = 0
        self._board.down(worker.slot)
        if not worker.awaited:
            LOG.error("a worker ended, another takes its place", worker=worker.slot, code=code)
        if worker.awaited or answered:
            worker.pause = 0.0
        else:  # it did not even start, and nor may the next one: the database is away
            worker.pause = min(LONGEST_PAUSE, max(SHORTEST_PAUSE, worker.pause * 2))
        worker.due = time.monotonic() + worker.pause


def notify(state: str) -> None:
    """Tells systemd, where it has started the process and wants to know."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        try:
            sender.sendto(state.encode(), "\0" + address[1:] if address.startswith("@") else address)
        except OSError as problem:
            LOG.warning("systemd cannot be told", reason=str(problem))
