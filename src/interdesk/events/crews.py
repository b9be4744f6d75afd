"""Crews: the threads that work for one lane. A slow receiver keeps the crew of its own lane busy, and no other."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

IDLE_SECONDS = 5.0


class Crew:
    """At most ``size`` threads, made when there is work and gone when there is none. Work must not raise."""

    def __init__(self, name: str, size: int) -> None:
        self._name, self._size = name, size
        self._work: deque[Callable[[], None]] = deque()
        self._changed = threading.Condition()
        self._threads = self._idle = 0

    def add(self, work: Callable[[], None]) -> None:
        with self._changed:
            self._work.append(work)
            if self._idle >= len(self._work):
                self._changed.notify()
            elif self._threads < self._size:
                self._threads += 1
                threading.Thread(target=self._run, name=self._name, daemon=True).start()

    @property
    def idle(self) -> bool:
        """True when it has neither work nor threads."""
        with self._changed:
            return not self._work and not self._threads

    def _run(self) -> None:
        while (work := self._next()) is not None:
            work()

    def _next(self) -> Callable[[], None] | None:
        with self._changed:
            self._idle += 1
            found = self._changed.wait_for(lambda: self._work, IDLE_SECONDS)
            self._idle -= 1
            if found:
                return self._work.popleft()
            self._threads -= 1
            return None
