"""Waits for signals and the ends of workers, and does what is due."""

from __future__ import annotations

import os
import signal
import time

from interdesk.supervision.telling import log, notify
from interdesk.telemetry.board import Board

TYPE_CHECKING = False
if TYPE_CHECKING:  # the supervisor has no other use for these
    from collections.abc import Iterable, Sequence

WATCHED = (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
GO = signal.SIGUSR1  # to a worker that waits for the end of its predecessor
TOLD = 3  # exit code of a generation that could not be loaded and has logged why
TICK_SECONDS = 0.2
SHORTEST_PAUSE, LONGEST_PAUSE = 0.2, 15.0
START_SECONDS = 120.0  # how long a reload waits for a new worker before it goes on
LAST_SECONDS = 10.0  # beyond the time that workers have to stop


class Worker:
    """What is known of the worker of a slot. ``pid`` 0: none runs, and one is due at ``due``."""

    __slots__ = ("awaited", "born", "due", "heir", "pause", "pid", "renewed", "slot")

    def __init__(self, slot: int, pid: int) -> None:
        self.slot, self.pid, self.born = slot, pid, time.monotonic()
        self.due = self.pause = 0.0
        self.awaited = False  # its end is wished
        self.renewed = False  # it is of the generation that a reload brings
        self.heir = 0  # the process that waits to take its place


class Supervisor:
    """Signals: TERM and INT stop the workers and then the supervisor; HUP loads the design anew and, if that is without
    fault, replaces the workers one after the other. ``successor`` is the program that becomes a worker.
    """

    def __init__(self, pids: Iterable[int], board: Board, successor: Sequence[str], stop_seconds: float) -> None:
        self._workers = [Worker(slot, pid) for slot, pid in enumerate(pids)]
        self._board, self._successor, self._stop_seconds = board, list(successor), stop_seconds
        self._stopping: float | None = None  # when the last of them is killed
        self._outdated: list[Worker] = []
        self._announced = False
        self._loading, self._report = 0, -1  # the process that loads a generation, and where it tells of it
        self._reload_again = False
        self._gone: set[int] = set()  # processes that ended before it was known what they were
        self._mask: set[int] = set()

    def run(self) -> int:
        """Returns when it was told to stop and all workers have ended: 0, or 1 when some had to be killed."""
        self._mask = {int(found) for found in signal.pthread_sigmask(signal.SIG_BLOCK, WATCHED)} - set(WATCHED)
        killed = False
        while self._stopping is None or self._alive():
            killed |= self._tend()
            heard = signal.sigtimedwait(WATCHED, TICK_SECONDS if self._is_busy() else 60.0)
            if heard is not None:
                self._heed(heard.si_signo)
            self._reap()
        return int(killed)

    def _alive(self) -> list[int]:
        found = [self._loading]
        for worker in self._workers:
            found += (worker.pid, worker.heir)
        return [pid for pid in found if pid]

    def _is_busy(self) -> bool:
        """Whether something is to be done soon, though no signal comes."""
        return bool(
            self._stopping or self._outdated or not self._announced or any(not worker.pid for worker in self._workers)
        )

    # -- what is asked of it

    def _heed(self, number: int) -> None:
        if self._stopping is not None:
            return
        if number in (signal.SIGTERM, signal.SIGINT):
            log("warning", "stopping", workers=len(self._workers))
            notify("STOPPING=1")
            self._stopping = time.monotonic() + self._stop_seconds + LAST_SECONDS
            for worker in self._workers:
                self._end(worker)
                self._disinherit(worker)
            if self._loading:
                os.kill(self._loading, signal.SIGTERM)
        elif number == signal.SIGHUP:
            if self._loading:
                self._reload_again = True
            else:
                self._load()

    def _load(self) -> None:
        """Starts what loads a generation."""
        self._report, written = os.pipe()
        os.set_inheritable(written, True)
        self._loading = self._spawn("generation", str(written))
        os.close(written)
        if not self._loading:
            os.close(self._report)

    def _loaded(self, code: int) -> None:
        heirs = self._reported()
        self._loading = 0
        if code == 0 and len(heirs) == len(self._workers) and self._stopping is None:
            self._replace(heirs)
        else:
            for heir in heirs:
                os.kill(heir, signal.SIGTERM)
            if code != TOLD and self._stopping is None:
                log("error", "not reloaded: the workers stay as they are", code=code)
        self._gone.clear()
        if self._reload_again and self._stopping is None:
            self._reload_again = False
            self._load()

    def _reported(self) -> list[int]:
        """The processes of the generation that still are there."""
        os.set_blocking(self._report, False)
        try:
            told = [int(pid) for pid in os.read(self._report, 65536).split()]
        except BlockingIOError:  # it ended before it told of those that it had forked
            told = []
        os.close(self._report)
        return [pid for pid in told if pid not in self._gone]

    def _replace(self, heirs: list[int]) -> None:
        """Goes on with a generation that waits."""
        log("warning", "reloading", workers=len(self._workers))
        for worker, heir in zip(self._workers, heirs, strict=True):
            self._disinherit(worker)
            worker.heir, worker.renewed, worker.due = heir, False, 0.0
        self._outdated = list(self._workers)

    # -- what is due

    def _tend(self) -> bool:
        """Starts what is due, goes on with a reload; True when workers were killed that would not stop."""
        now = time.monotonic()
        if self._stopping is not None:
            if now < self._stopping:
                return False
            left = self._alive()
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
        if not worker.renewed:
            if worker.pid and not worker.awaited:
                self._end(worker)
        elif worker.pid and (self._board.is_up(worker.slot) or now - worker.born > START_SECONDS):
            self._outdated.pop(0)

    def _start(self, worker: Worker) -> None:
        worker.renewed = True  # without an heir too: its successor reads what the generation has left
        if worker.heir:
            worker.pid, worker.heir = worker.heir, 0
            os.kill(worker.pid, GO)
        else:
            worker.pid = self._spawn("worker", str(worker.slot))
        if worker.pid:
            worker.born = time.monotonic()
            self._board.started(worker.slot)
        else:
            self._put_off(worker)

    def _spawn(self, *task: str) -> int:
        """The process number; 0 where the system has no place for one more."""
        try:
            return os.posix_spawn(self._successor[0], [*self._successor, *task], os.environ, setsigmask=self._mask)
        except OSError as problem:
            log("error", "a worker cannot start", reason=str(problem))
            return 0

    def _end(self, worker: Worker) -> None:
        worker.awaited = True
        if worker.pid:
            self._board.down(worker.slot)
            os.kill(worker.pid, signal.SIGTERM)

    def _disinherit(self, worker: Worker) -> None:
        if worker.heir:
            os.kill(worker.heir, signal.SIGTERM)

    # -- what has ended

    def _reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not pid:
                return
            self._ended(pid, os.waitstatus_to_exitcode(status))

    def _ended(self, pid: int, code: int) -> None:
        if pid == self._loading:
            self._loaded(code)
            return
        for worker in self._workers:
            if worker.heir == pid:
                worker.heir = 0
                return
            if worker.pid == pid:
                self._lost(worker, code)
                return
        if self._loading:
            self._gone.add(pid)

    def _lost(self, worker: Worker, code: int) -> None:
        answered = self._board.is_up(worker.slot)
        worker.pid = 0
        self._board.down(worker.slot)
        if not worker.awaited:
            log("error", "a worker ended, another takes its place", worker=worker.slot, code=code)
        if worker.awaited or answered:
            worker.awaited = False
            worker.pause = worker.due = 0.0
        else:  # it did not even start, and nor may the next one: the database is away
            self._put_off(worker)

    def _put_off(self, worker: Worker) -> None:
        worker.pause = min(LONGEST_PAUSE, max(SHORTEST_PAUSE, worker.pause * 2))
        worker.due = time.monotonic() + worker.pause
