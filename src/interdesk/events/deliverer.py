"""The deliverer: claims what is due, has it sent, writes down what became of it.

One thread leads: in one transaction it keeps the outcomes that came in and claims more. The crews of the lanes send.
What was claimed is leased: the leader renews its leases while it lives; when its process is killed they end, and
somebody else sends again under the same id. So every message arrives at least once.

What was written together is first tried in its order, also across lanes; but a receiver that takes longer than
``PATIENCE`` holds up only messages for the same object.
"""

from __future__ import annotations

import os
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import structlog

from interdesk.errors import StoreError
from interdesk.events import lanes
from interdesk.events.courier import Courier
from interdesk.events.crews import Crew
from interdesk.events.ledger import Ledger, Outcome, Result
from interdesk.events.outbox import milliseconds
from interdesk.store import outbox
from interdesk.store.outbox import Claimed

LOG = structlog.get_logger(__name__)
PATIENCE = 0.5
TROUBLE_PAUSE = 2.0  # seconds, when the database cannot be used
MOST_CREWS = 200  # more are kept only while they work
STEP_SECONDS = 0.05  # how long ``drain`` waits between two looks


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """``lease`` and ``poll`` in seconds; ``crew`` threads for each lane, ``claimed`` deliveries it has at most."""

    lease: float = 20.0
    poll: float = 1.0
    crew: int = 8
    claimed: int = 32


@dataclass(slots=True)
class _Work:
    delivery: Claimed
    sent_at: float | None = None  # monotonic; None: still held back


@dataclass(slots=True)
class _Desk:
    """What lies on the leader's desk. ``changed`` guards it."""

    changed: threading.Condition = field(default_factory=threading.Condition)
    work: dict[int, _Work] = field(default_factory=dict)
    outcomes: list[Outcome] = field(default_factory=list)
    finished: list[int] = field(default_factory=list)  # those written down by the courier itself
    woken: bool = False


def new_owner() -> str:
    """A name for one deliverer that no other ever has."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"


class Deliverer:
    """Make it, ``start`` it, ``stop`` it; or ``drain`` it in the foreground. ``clock`` gives milliseconds."""

    def __init__(self, courier: Courier, pace: Pace | None = None, *, clock: Callable[[], int] = milliseconds) -> None:
        self._courier, self._pace, self._clock = courier, pace or Pace(), clock
        self._ledger: Ledger = courier.ledger
        self._store = self._ledger.desk.store
        self._crews: dict[int, Crew] = {}
        self._at = _Desk()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._renewed = time.monotonic()
        self.delivered = self.failures = 0  # attempts of this process, by how they ended

    # -- for those who run it

    def start(self) -> None:
        self._ledger.owner = new_owner()  # processes that were forked with one deliverer are several
        self._thread = threading.Thread(target=self._lead, name="deliverer", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """There is something to send: called after a commit, from any thread."""
        with self._at.changed:
            self._at.woken = True
            self._at.changed.notify_all()

    def stop(self, seconds: float = 10.0) -> None:
        """Claims no more, gives what is being sent a while to end, gives the rest back."""
        self._stopping.set()
        self.wake()
        if self._thread is not None:
            self._thread.join(seconds)
        deadline = time.monotonic() + seconds
        with self._at.changed:
            self._at.changed.wait_for(lambda: not self._under_way(), max(0.0, deadline - time.monotonic()))
        try:
            self._write(claiming=False)
            self._give_back()
        except StoreError as problem:
            LOG.warning("deliveries stay leased", reason=str(problem))

    def drain(self, seconds: float) -> bool:
        """Works until nothing is due and all is written down; False when there was no end in time."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self.step()
            with self._at.changed:
                if not self._at.work and not self._at.outcomes and not self._due():
                    return True
                self._at.changed.wait_for(lambda: bool(self._at.outcomes or self._at.finished), STEP_SECONDS)
        return False

    # -- the leader

    def _lead(self) -> None:
        while not self._stopping.is_set():
            try:
                self.step()
                self._rest(self._pace.poll)
                continue
            except StoreError as problem:
                LOG.warning("deliveries wait", reason=str(problem))
            except Exception:
                LOG.exception("the deliverer stumbled")
            self._stopping.wait(TROUBLE_PAUSE)

    def _rest(self, pause: float) -> None:
        """Until there is something to do: an outcome, a call to wake, somebody held back for long enough."""
        at = self._at
        with at.changed:
            held = any(work.sent_at is None for work in at.work.values())
            wait = min(pause, PATIENCE / 2) if held else pause
            at.changed.wait_for(lambda: at.woken or at.outcomes or at.finished, wait)
            at.woken = False

    def step(self) -> None:
        """Once around: outcomes are written, leases renewed, deliveries claimed and handed to the crews."""
        late = time.monotonic() - self._renewed > self._pace.lease / 3
        with self._at.changed:
            self._forget(self._at.finished)
            self._at.finished = []
            news = bool(self._at.outcomes) or (late and bool(self._at.work))
        if news or self._due():
            self._write(claiming=True)
        self._hand_out()

    def _due(self) -> bool:
        with self._store.read() as session:
            return outbox.anything_due(session.connection, self._clock())

    def _write(self, *, claiming: bool) -> None:
        at, owner = self._at, self._ledger.owner
        with at.changed:
            outcomes = list(at.outcomes)
            busy: dict[int, int] = {}
            for work in at.work.values():
                busy[work.delivery.lane] = busy.get(work.delivery.lane, 0) + 1
        for outcome in outcomes:
            busy[outcome.delivery.lane] -= 1
        now = self._clock()
        lease_end = now + round(self._pace.lease * 1000)
        claimed: list[Claimed] = []
        with self._store.write() as session:
            self._ledger.record(session, outcomes, now)
            if len(at.work) > len(outcomes):
                outbox.renew(session, owner, lease_end)
            if claiming:
                closed, room = self._room(lanes.read(session, self._ledger.desk), busy, now)
                claimed = outbox.claim(session, owner, now, lease_end, closed, room, self._pace.claimed)
        self._renewed = time.monotonic()
        with at.changed:
            del at.outcomes[: len(outcomes)]
            self._forget(outcome.delivery.id for outcome in outcomes)
            at.work.update({delivery.id: _Work(delivery) for delivery in claimed})

    def _room(self, known: dict[int, lanes.Lane], busy: dict[int, int], now: int) -> tuple[set[int], dict[int, int]]:
        """Lanes that get nothing now, and how many more deliveries each of the others may have."""
        closed = {lane.lane for lane in known.values() if lane.open_until > now}
        room = {lane: self._pace.claimed - count for lane, count in busy.items()}
        for lane in known.values():
            if lane.failures >= self._ledger.breaker.failures:
                room[lane.lane] = 0 if busy.get(lane.lane) else 1
        return closed, room

    def _forget(self, ids: Iterable[int]) -> None:
        for key in ids:
            self._at.work.pop(key, None)

    def _hand_out(self) -> None:
        """Gives the crews what need not wait for others that were written together with it."""
        at, now = self._at, time.monotonic()
        with at.changed:
            before: dict[int, list[_Work]] = {}
            for work in sorted(at.work.values(), key=lambda work: work.delivery.id):
                earlier = before.setdefault(work.delivery.batch, [])
                if work.sent_at is None and not any(_holds_up(one, work, now) for one in earlier):
                    work.sent_at = now
                    self._crew(work.delivery.lane).add(self._task(work.delivery))
                earlier.append(work)

    def _task(self, delivery: Claimed) -> Callable[[], None]:
        def work() -> None:
            outcome = self._courier.deliver(delivery)
            with self._at.changed:
                if outcome is None or outcome.result is Result.DELIVERED:
                    self.delivered += 1
                elif outcome.result is not Result.CANCELLED:
                    self.failures += 1
                if outcome is None:
                    self._at.finished.append(delivery.id)
                else:
                    self._at.outcomes.append(outcome)
                self._at.changed.notify_all()

        return work

    def _crew(self, lane: int) -> Crew:
        if lane not in self._crews:
            if len(self._crews) >= MOST_CREWS:
                self._crews = {key: crew for key, crew in self._crews.items() if not crew.idle}
            self._crews[lane] = Crew(f"lane-{lane}", self._pace.crew)
        return self._crews[lane]

    # -- the end

    def _under_way(self) -> bool:
        done = {outcome.delivery.id for outcome in self._at.outcomes} | set(self._at.finished)
        return any(work.sent_at is not None and key not in done for key, work in self._at.work.items())

    def _give_back(self) -> None:
        with self._at.changed:
            held = [key for key, work in self._at.work.items() if work.sent_at is None]
            self._forget(held)
        if held:
            with self._store.write() as session:
                outbox.give_back(session, self._ledger.owner, held, self._clock())


def _holds_up(earlier: _Work, later: _Work, now: float) -> bool:
    """Whether a delivery must wait for one that was written together with it and is not yet done."""
    if earlier.delivery.ordering == later.delivery.ordering:
        return True
    if later.delivery.attempt > 1:
        return False
    return earlier.sent_at is None or now - earlier.sent_at < PATIENCE
