"""Several workers: the first generation, whose parent becomes the supervisor, and the successors that it starts.

Workers of one generation are forked, so that they share the memory of what was loaded. See ``interdesk.supervision``.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import NoReturn

import msgspec
import structlog

from interdesk.cli.estate import Estate, steady
from interdesk.cli.ports import Ports, memory, opened, taken_over
from interdesk.cli.sparing import spare_memory
from interdesk.desk import Desk
from interdesk.errors import InterdeskError
from interdesk.model import Model
from interdesk.server import design_files, load_model, open_desk
from interdesk.serving import Serving
from interdesk.settings import Settings
from interdesk.supervision.handover import become_supervisor
from interdesk.supervision.supervisor import GO, TOLD, WATCHED
from interdesk.telemetry.board import Board
from interdesk.telemetry.logs import configure_logs

LOG = structlog.get_logger(__name__)
NOT_RELOADED = "not reloaded: the workers stay as they are"
PR_SET_CHILD_SUBREAPER = 36  # of prctl(2)
LAST_STREAM = 2  # standard error
# With the modules of this process, wherever they come from.
BEGIN = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
sys.path[:] = sys.argv[1].split(os.pathsep)
from interdesk.cli.workers import main
main()
"""


def first_generation(settings: Settings, announce: Callable[[], None]) -> NoReturn:
    """Forks the workers; then this process becomes their supervisor.

    Raises InterdeskError: what is wrong with the design, the database or the address is told here and now.
    """
    _as_usual()
    model, design = _read(settings)
    desk = _closed_desk(settings, model)
    ports = opened(settings)
    loaded = Loaded.of(desk, settings, ports)
    lifeline, held = os.pipe()
    estate = memory("estate")
    Estate(settings, ports.files, lifeline, design, ports.board.operations).write(estate)
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, WATCHED)
    announce()

    def begin() -> None:
        os.close(held)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)

    pids = []
    for slot in range(settings.workers):
        pids.append(_forked(loaded, slot, lifeline, begin))
        ports.board.started(slot)
    _adopt_orphans()
    for number in (*ports.files, lifeline, estate):
        os.set_inheritable(number, True)
    successor = [sys.executable, "-c", BEGIN, os.pathsep.join(sys.path), str(estate)]
    become_supervisor(pids, board=ports.files.board, held=held, stop_seconds=settings.stop_seconds, successor=successor)


def main() -> NoReturn:
    """Where a successor begins."""
    configure_logs()
    number, task, *details = sys.argv[2:]
    estate = Estate.read(int(number))
    for file in (int(number), estate.lifeline):
        os.set_inheritable(file, False)
    _end_with_supervisor(estate.lifeline)
    ports = taken_over(estate.files, estate.settings.workers)
    ports.board.offer(estate.operations)
    if task == "worker":
        code = _replacement(estate, ports, int(details[0]))
    else:
        code = _next_generation(estate, ports, int(number), int(details[0]))
    sys.stderr.flush()
    os._exit(code)


def _replacement(estate: Estate, ports: Ports, slot: int) -> int:
    def work() -> None:
        desk = _closed_desk(estate.settings, estate.model())
        Loaded.of(desk, estate.settings, ports).work(slot)

    return _told(slot, work)


def _next_generation(estate: Estate, ports: Ports, number: int, report: int) -> int:
    """Forks workers that wait until they are told to go, and reports their process numbers."""
    settings = estate.settings
    try:
        model, design = _read(settings)
        loaded = Loaded.of(_closed_desk(settings, model), settings, ports)
    except InterdeskError as problem:
        LOG.error(NOT_RELOADED, reason=problem.message)
        return TOLD
    except Exception:
        LOG.exception(NOT_RELOADED)
        return TOLD
    signals = {GO, signal.SIGTERM, signal.SIGINT}
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, signals)

    def begin() -> None:
        os.close(report)
        if signal.sigwait(signals) != GO:
            os._exit(0)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)

    try:
        for slot in range(settings.workers):  # each is told of at once: if this process goes no further, it is to end
            os.write(report, b"%d " % _forked(loaded, slot, estate.lifeline, begin))
        msgspec.structs.replace(estate, design=design, operations=ports.board.operations).write(number)
    except OSError as problem:  # no place for one more process, or no memory
        LOG.error(NOT_RELOADED, reason=str(problem))
        return TOLD
    return 0


@dataclass(frozen=True, slots=True)
class Loaded:
    """All that a worker needs, with nothing open: a connection belongs to one process."""

    desk: Desk
    serving: Serving
    board: Board

    @classmethod
    def of(cls, desk: Desk, settings: Settings, ports: Ports) -> Loaded:
        """What is made here is common to the workers that are forked."""
        found = cls(desk, ports.serving(desk, settings), ports.board)
        spare_memory()
        return found

    def work(self, slot: int) -> None:
        """Answers requests until it is told to stop."""
        self.board.slot = slot
        self.desk.store.reopen()
        self.serving.run_until_stopped()


def _forked(loaded: Loaded, slot: int, lifeline: int, begin: Callable[[], None]) -> int:
    """The process number of a fork that works after ``begin``."""
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        _end_with_supervisor(lifeline)
        begin()
        code = _told(slot, partial(loaded.work, slot))
    finally:
        os._exit(code)


def _told(slot: int, work: Callable[[], None]) -> int:
    """Works; the exit code. What goes wrong is logged."""
    try:
        work()
    except InterdeskError as problem:
        LOG.error("a worker cannot start", worker=slot, reason=problem.message)
    except BaseException:
        LOG.exception("a worker failed", worker=slot)
    else:
        return 0
    return 1


def _closed_desk(settings: Settings, model: Model) -> Desk:
    """A desk whose database can be reached and fits."""
    desk = open_desk(settings, model)
    desk.store.close()
    return desk


def _read(settings: Settings) -> tuple[Model, list[bytes]]:
    """The model of the design, and the very files that it was read from."""
    return steady(partial(load_model, settings), lambda: [path.read_bytes() for path in design_files(settings)])


def _end_with_supervisor(lifeline: int) -> None:
    """From now on this process is told to stop as soon as the supervisor is gone."""

    def wait() -> None:
        os.read(lifeline, 1)  # nobody writes: it returns when the supervisor's end is closed
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, daemon=True).start()


def _as_usual() -> None:
    """Undoes what whoever started this program may have left it with, for the programs that it starts too.

    Where SIGCHLD is ignored, the system tells of no process that has ended. A standard stream that was closed would be
    the number of a file, which then gets what is said to the stream. And SIGINT just ends a process until a worker
    heeds it: Python would tell at length where it was.
    """
    for number in (signal.SIGCHLD, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    while (stream := os.open(os.devnull, os.O_RDWR)) <= LAST_STREAM:
        os.set_inheritable(stream, True)
    os.close(stream)


def _adopt_orphans() -> None:
    """The workers of a generation become children of this process when the one that forked them ends.

    Raises OSError.
    """
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_CHILD_SUBREAPER)")
