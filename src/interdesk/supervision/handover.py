"""How a process that has forked workers becomes their supervisor, in an interpreter that has nothing else in memory."""

from __future__ import annotations

import os
import sys

from interdesk.supervision.supervisor import Supervisor
from interdesk.telemetry.board import Board

TYPE_CHECKING = False
if TYPE_CHECKING:  # the supervisor has no other use for these
    from collections.abc import Iterable, Sequence
    from typing import NoReturn

# Without the user's and the site's packages and without what the environment says of Python: none of that is needed.
BEGIN = "import sys; sys.path.append(sys.argv[1]); from interdesk.supervision.handover import main; main(sys.argv[2:])"


def become_supervisor(
    pids: Iterable[int], *, board: int, held: int, stop_seconds: float, successor: Sequence[str]
) -> NoReturn:
    """``pids``: the workers by slot. ``board``: the memory of theirs, as a file. ``held``: a pipe's end that is to be
    open as long as the supervisor lives. ``successor``: the program that becomes a worker.

    Files that successors need must be inheritable. The signals that the supervisor heeds must be blocked.
    """
    os.set_inheritable(board, True)
    os.set_inheritable(held, True)
    home = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    state = [str(stop_seconds), str(board), str(held), ",".join(map(str, pids))]
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:  # as where the program was started without it
            stream.flush()
    os.execv(sys.executable, [sys.executable, "-I", "-S", "-c", BEGIN, home, *state, *successor])


def main(arguments: Sequence[str]) -> NoReturn:
    """Where the supervisor begins."""
    stop_seconds, board, held, pids, *successor = arguments
    os.set_inheritable(int(held), False)
    workers = [int(pid) for pid in pids.split(",")]
    sys.exit(Supervisor(workers, Board(len(workers), int(board)), successor, float(stop_seconds)).run())
