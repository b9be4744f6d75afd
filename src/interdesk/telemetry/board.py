"""The figures of all workers, in memory that they share, as Prometheus reads them.

Every worker writes only its own part, and only from its event loop, so that nobody waits for anybody: a figure is
one aligned double. The parts outlive a worker: its successor counts on.
"""

from __future__ import annotations

import mmap
from bisect import bisect_left

TYPE_CHECKING = False
if TYPE_CHECKING:  # the supervisor, which imports this, has no other use for these
    from collections.abc import Iterable, Iterator, Mapping

OPERATIONS = 256  # the most that can be told apart; the others are counted together
OTHER = "other"
CODES = (
    *(0, 1, 2, 3, 4, 10, 11, 12, 13, 100),  # of iTop's dialect
    *(200, 201, 202, 204, 301, 302, 303, 304, 307, 400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 500, 502, 503),
    -1,  # any other
)
BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
FIGURES = (
    ("login_failures_total", "counter", "requests refused for their credentials"),
    ("writes_total", "counter", "transactions that became durable"),
    ("write_retries_total", "counter", "transactions that were tried again after a conflict"),
    ("worker_starts_total", "counter", "worker processes started"),
    ("deliveries_total", "counter", "messages that arrived"),
    ("delivery_failures_total", "counter", "attempts to deliver a message that failed"),
    ("deliveries_waiting", "gauge", "messages that wait or are being sent"),
    ("deliveries_dead", "gauge", "messages that were given up"),
    ("job_runs_total", "counter", "periodic jobs that were run"),
    ("job_failures_total", "counter", "periodic jobs that failed"),
    ("jobs_late", "gauge", "periodic jobs that should have run a minute ago"),
    ("workers", "gauge", "worker processes that answer"),
    ("client_connections", "gauge", "connections that clients hold open"),
    ("pool_connections", "gauge", "connections to the database"),
    ("pool_idle", "gauge", "connections to the database that nobody uses at the moment"),
    ("pool_waiting", "gauge", "requests that wait for a connection to the database"),
)
NAMES = {name: place for place, (name, _, _) in enumerate(FIGURES)}
GAUGES = tuple(place for place, (_, kind, _) in enumerate(FIGURES) if kind == "gauge")

CODE_PLACES = {code: place for place, code in enumerate(CODES)}
WIDTH = len(CODES) + len(BOUNDS) + 2  # of an operation: codes, buckets with the last one, the sum of seconds
PART = len(FIGURES) + OPERATIONS * WIDTH


def board_bytes(workers: int) -> int:
    """The memory that a board needs."""
    return workers * PART * 8


class Board:
    """Made before the workers are; each then sets its own ``slot``.

    ``memory``: a file of ``board_bytes``, by which programs that were started anew share it; without it, only forks do.
    """

    def __init__(self, workers: int = 1, memory: int = -1) -> None:
        self.slot, self.workers = 0, workers
        self._places = {OTHER: 0}
        self._figures = memoryview(mmap.mmap(memory, board_bytes(workers))).cast("d")

    def offer(self, operations: Iterable[str]) -> None:
        """Tells these operations apart from now on. All workers must begin with the same ones in the same order."""
        for name in operations:
            if name not in self._places and len(self._places) < OPERATIONS:
                self._places[name] = len(self._places)

    @property
    def operations(self) -> list[str]:
        """What is told apart, to be offered by those who come later before all else."""
        return list(self._places)

    def answered(self, operation: str, code: int, seconds: float) -> None:
        """One request more."""
        figures = self._figures
        start = self.slot * PART + len(FIGURES) + self._places.get(operation, 0) * WIDTH
        figures[start + CODE_PLACES.get(code, len(CODES) - 1)] += 1
        figures[start + len(CODES) + bisect_left(BOUNDS, seconds)] += 1
        figures[start + WIDTH - 1] += seconds

    def add(self, name: str, amount: float = 1.0) -> None:
        self._figures[self.slot * PART + NAMES[name]] += amount

    def put(self, name: str, amount: float) -> None:
        self._figures[self.slot * PART + NAMES[name]] = amount

    def total(self, name: str) -> float:
        """A figure of all workers together."""
        return self._sum(NAMES[name])

    def is_up(self, slot: int) -> bool:
        """Whether the worker of that slot answers requests."""
        return self._figures[slot * PART + NAMES["workers"]] > 0

    def least(self, name: str) -> float:
        """The smallest such figure of all workers that answer."""
        place = NAMES[name]
        return min((self._figures[slot * PART + place] for slot in range(self.workers) if self.is_up(slot)), default=0)

    def down(self, slot: int) -> None:
        """The worker of that slot is gone: it holds nothing any more."""
        for place in GAUGES:
            self._figures[slot * PART + place] = 0.0

    def started(self, slot: int) -> None:
        self._figures[slot * PART + NAMES["worker_starts_total"]] += 1

    def _sum(self, place: int) -> float:
        return sum(self._figures[slot * PART + place] for slot in range(self.workers))

    # -- as text

    def text(self) -> str:
        """All figures in the text format of Prometheus."""
        return "\n".join((*self._plain(), *self._requests(), *self._seconds())) + "\n"

    def _plain(self) -> Iterator[str]:
        for name, kind, meaning in FIGURES:
            yield from _head(name, kind, meaning)
            yield f"interdesk_{name} {_number(self._sum(NAMES[name]))}"

    def _operations(self) -> Iterator[tuple[str, int]]:
        for name, place in self._places.items():
            yield name, len(FIGURES) + place * WIDTH

    def _requests(self) -> Iterator[str]:
        yield from _head("requests_total", "counter", "requests by operation and code of the answer")
        for name, start in self._operations():
            for code, place in CODE_PLACES.items():
                if count := self._sum(start + place):
                    labels = _labels({"operation": name, "code": OTHER if code < 0 else str(code)})
                    yield f"interdesk_requests_total{labels} {_number(count)}"

    def _seconds(self) -> Iterator[str]:
        yield from _head("request_seconds", "histogram", "time from the request's head to the answer's end")
        for name, start in self._operations():
            buckets = [self._sum(start + len(CODES) + place) for place in range(len(BOUNDS) + 1)]
            if not any(buckets):
                continue
            count = 0.0
            for bound, found in zip((*map(str, BOUNDS), "+Inf"), buckets, strict=True):
                count += found
                labels = _labels({"operation": name, "le": bound})
                yield f"interdesk_request_seconds_bucket{labels} {_number(count)}"
            labels = _labels({"operation": name})
            yield f"interdesk_request_seconds_sum{labels} {_number(self._sum(start + WIDTH - 1))}"
            yield f"interdesk_request_seconds_count{labels} {_number(count)}"


def _head(name: str, kind: str, meaning: str) -> Iterator[str]:
    yield f"# HELP interdesk_{name} {meaning}"
    yield f"# TYPE interdesk_{name} {kind}"


def _labels(labels: Mapping[str, str]) -> str:
    return "{" + ",".join(f'{name}="{value}"' for name, value in labels.items()) + "}"


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(value)
