"""Wrong logins, counted so that guessing a password gets slow, for one account and from one address.

From where an account was proven before, guesses that come from elsewhere do not slow it: nobody can lock out others.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from interdesk.errors import TooManyGuesses
from interdesk.store.compile.fold import folded

FREE = 5  # wrong guesses before further ones get slower
FIRST_PAUSE, SLOWEST = 0.25, 8.0  # seconds between two guesses; doubled with each wrong one
LONGEST_WAIT = 30.0  # seconds; whoever would have to wait longer is refused
FORGIVEN_AFTER = 900.0  # seconds
REMEMBERED = 10_000
LONGEST_LOGIN = 256  # characters that count

Source = tuple[str, ...]


@dataclass(slots=True)
class _Count:
    wrong: int = 0
    last: float = 0.0
    free: float = 0.0  # when the next guess may be looked at

    def pause(self, now: float) -> float:
        """Seconds that must lie between two guesses."""
        if self.wrong < FREE or now - self.last > FORGIVEN_AFTER:
            return 0.0
        return min(SLOWEST, FIRST_PAUSE * 2.0 ** min(self.wrong - FREE, 8))


class Guesses:
    """Of one process. Logins count as the same when they compare as the same. Thread-safe; its memory is bounded."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._counts: OrderedDict[Source, _Count] = OrderedDict()
        self._proven: OrderedDict[Source, None] = OrderedDict()

    def __bool__(self) -> bool:
        """True when there were any."""
        return bool(self._counts)

    def wait(self, login: str, address: str) -> float:
        """Seconds until this guess may be looked at: guesses that come together come one after the other.

        Raises TooManyGuesses when it would have to wait for too long.
        """
        with self._lock:
            now = self._clock()
            counts = [count for count in self._found(login, address) if count.pause(now)]
            turns = [max(now, count.free) + count.pause(now) for count in counts]
            if any(turn - now > LONGEST_WAIT for turn in turns):
                raise TooManyGuesses
            for count, turn in zip(counts, turns, strict=True):
                count.free = turn
            return max(turns, default=now) - now

    def demand_free(self, login: str, address: str) -> None:
        """For guesses that cannot wait. Raises TooManyGuesses unless this one may be looked at at once."""
        with self._lock:
            now = self._clock()
            if any(now - count.last < count.pause(now) for count in self._found(login, address)):
                raise TooManyGuesses

    def failed(self, login: str, address: str) -> None:
        """Counts a wrong guess for an account and an address."""
        with self._lock:
            now = self._clock()
            for source in self._sources(login, address):
                count = self._counts.pop(source, None)
                if count is None or now - count.last > FORGIVEN_AFTER:
                    count = _Count()
                count.wrong, count.last = count.wrong + 1, now
                self._counts[source] = count
            while len(self._counts) > REMEMBERED:
                self._counts.popitem(last=False)

    def succeeded(self, login: str, address: str) -> None:
        """Forgives the address, and this account there; guesses at the account from elsewhere stay counted."""
        pair = _pair(login, address)
        if pair in self._proven and not self._counts:
            return
        with self._lock:
            self._proven[pair] = None
            self._proven.move_to_end(pair)
            self._counts.pop(("address", address), None)
            self._counts.pop(pair, None)
            while len(self._proven) > REMEMBERED:
                self._proven.popitem(last=False)

    def _found(self, login: str, address: str) -> Iterator[_Count]:
        return (self._counts[source] for source in self._sources(login, address) if source in self._counts)

    def _sources(self, login: str, address: str) -> tuple[Source, Source]:
        pair = _pair(login, address)
        return ("address", address), pair if pair in self._proven else ("login", pair[1])


def _pair(login: str, address: str) -> Source:
    return "login", folded(login[:LONGEST_LOGIN]), address
