"""What is to follow a write: work on other objects, put off until the write is stored."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable


class Tasks:
    """A queue. Tasks run one after the other, also those that tasks add, so that no chain of objects is too long."""

    def __init__(self) -> None:
        self._waiting: deque[Callable[[], None]] = deque()
        self._at_work = False

    def add(self, task: Callable[[], None]) -> None:
        self._waiting.append(task)

    def mark(self) -> int:
        """A place in the queue for ``forget``."""
        return len(self._waiting)

    def forget(self, mark: int) -> None:
        """Drops the tasks that were added after the mark."""
        while len(self._waiting) > mark:
            self._waiting.pop()

    def run(self) -> None:
        """Does all that waits. Called from within a task it does nothing: the outer run gets there."""
        if self._at_work:
            return
        self._at_work = True
        try:
            while self._waiting:
                self._waiting.popleft()()
        finally:
            self._at_work = False
