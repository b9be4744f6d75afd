"""When a failed delivery is tried again, and when a connection is left alone for a while. Pure."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

HOUR = 3_600.0
# The receiver said that the same request will never be taken.
HOPELESS = frozenset({400, 405, 406, 410, 411, 413, 414, 415, 422, 431, 501, 505})
# The receiver is in trouble, whatever it is asked.
TROUBLE = frozenset({429, 500, 502, 503, 504})


@dataclass(frozen=True, slots=True, kw_only=True)
class Retries:
    """``first`` is the pause before the second attempt, doubled before each further one up to ``longest``.

    Each pause is up to ``jitter`` longer or shorter, so that many receivers' failures do not come back together.
    """

    attempts: int = 12
    first: float = 60.0
    longest: float = 6 * HOUR
    jitter: float = 0.2
    draw: Callable[[], float] = random.random

    def pause(self, attempt: int, asked: float | None = None) -> float | None:
        """Seconds until the next attempt after the given one failed, None when it was the last.

        ``asked``: what the receiver wants us to wait, which is respected up to ``longest``.
        """
        if attempt >= self.attempts:
            return None
        doubled = min(self.first * 2.0 ** min(attempt - 1, 60), self.longest)
        pause = doubled * (1 + self.jitter * (2 * self.draw() - 1))
        return pause if asked is None else max(pause, min(asked, self.longest))


@dataclass(frozen=True, slots=True, kw_only=True)
class Breaker:
    """After ``failures`` in a row a connection gets nothing for ``first`` seconds, then one try, then twice as long."""

    failures: int = 10
    first: float = 10.0
    longest: float = 300.0

    def rest(self, failures: int) -> float:
        """How long the connection is left alone after so many failures in a row; 0: not at all."""
        if failures < self.failures:
            return 0.0
        return min(self.first * 2.0 ** min(failures - self.failures, 60), self.longest)


def asked_pause(header: str, now: dt.datetime | None = None) -> float | None:
    """What a Retry-After header means in seconds; None when it says nothing that can be understood."""
    header = header.strip()
    if header.isdigit() and len(header) < 10:
        return float(header)
    try:
        moment = parsedate_to_datetime(header)
    except (TypeError, ValueError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=dt.UTC)
    return max(0.0, (moment - (now or dt.datetime.now(dt.UTC))).total_seconds())
