"""Deliverers for tests: over any desk, with a clock that the test moves, and requests to put into the outbox."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from interdesk.desk import SYSTEM, Desk, queries
from interdesk.events.addresses import Policy, Resolver, resolve
from interdesk.events.courier import Courier
from interdesk.events.deliverer import Deliverer, Pace, new_owner
from interdesk.events.ledger import Ledger
from interdesk.events.outbox import enqueue, milliseconds
from interdesk.events.requests import WEBHOOK, Rendered
from interdesk.events.retrying import Breaker, Retries
from interdesk.events.sender import Bounds, Sender
from interdesk.events.signing import Signer
from interdesk.events.smtp import Post

LOOPBACK = Policy.of("127.0.0.0/8 ::1")
QUICK = Bounds(connect_seconds=1.0, seconds=2.0)
MIDDLE = 0.5  # a draw that makes jitter vanish


@dataclass
class Moments:
    """Milliseconds that stand still until they are moved; ahead of the clock by which requests are due at once."""

    now: int = field(default_factory=lambda: milliseconds() + 3_600_000)

    def __call__(self) -> int:
        return self.now

    def forward(self, seconds: float) -> None:
        self.now += round(seconds * 1000)


def deliverer_over(
    desk: Desk,
    clock: Moments | None = None,
    *,
    retries: Retries | None = None,
    breaker: Breaker | None = None,
    policy: Policy = LOOPBACK,
    bounds: Bounds = QUICK,
    resolver: Resolver = resolve,
    post: Post | None = None,
    pace: Pace | None = None,
) -> Deliverer:
    """A deliverer that may call the loopback address."""
    ledger = Ledger(
        desk, new_owner(), retries or Retries(first=10, attempts=4, draw=lambda: MIDDLE), breaker or Breaker()
    )
    courier = Courier(ledger, Sender(policy, bounds, resolver=resolver), Signer(desk), post)
    return Deliverer(courier, pace or Pace(lease=5.0), clock=clock or milliseconds)


@contextmanager
def running(deliverer: Deliverer) -> Iterator[Deliverer]:
    """Works in threads of its own for the length of the block."""
    deliverer.start()
    try:
        yield deliverer
    finally:
        deliverer.stop()


def request(url: str, **more: Any) -> Rendered:
    """A web hook of a trigger and an action that do not exist."""
    values: dict[str, Any] = {
        "kind": WEBHOOK,
        "trigger_id": 1,
        "action_id": 1,
        "action_class": "ActionWebhook",
        "object_class": "UserRequest",
        "object_id": 1,
        "connection_id": 1,
        "method": "POST",
        "url": url,
        "headers": (("Content-Type", "application/json"),),
        "body": b"{}",
    }
    return Rendered(**(values | more))


def post(desk: Desk, *requests: Rendered) -> list[int]:
    """Requests of one write."""
    with desk.transaction(SYSTEM, comment="test") as tx:
        return [enqueue(tx, one) for one in requests]


def rows(desk: Desk, cls: str, *codes: str, **criteria: Any) -> list[tuple[Any, ...]]:
    """Attributes of the objects of a class, oldest first; without ``id``, which comes first."""
    found = desk.model.cls(cls)
    query = queries.by_criteria(found, criteria) if criteria else queries.every(found)
    with desk.reading() as reader:
        plan = desk.store.compiler.select(query, ("id", *codes), ordered=False)
        return sorted(reader.session.fetch(plan, {}))


def states(desk: Desk, *codes: str) -> list[Any]:
    """The state of each delivery, oldest first, with further attributes."""
    found = [row[1:] for row in rows(desk, "Delivery", "state", *codes)]
    return [row[0] for row in found] if not codes else found


def bodies(arrived: Sequence[Any]) -> list[bytes]:
    return [one.body for one in arrived]
