"""The ledger: what became of each attempt, and what is to become of the delivery."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum

from interdesk.desk import Desk
from interdesk.errors import StoreError
from interdesk.events import lanes, masks
from interdesk.events.lanes import Tally, local_text
from interdesk.events.requests import EMAIL
from interdesk.events.retrying import Breaker, Retries
from interdesk.store import WriteSession, outbox
from interdesk.store.outbox import Claimed

MOST_ERROR = 2_000


class Result(Enum):
    """``HOPELESS``: it failed, and would fail again."""

    DELIVERED = "delivered"
    FAILED = "failed"
    HOPELESS = "hopeless"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one attempt. ``message`` and ``response`` go to the event, as a client of iTop reads it.

    ``status`` is that of HTTP, 0 without one; ``trouble``: the receiver as a whole seems to be down; ``refused``: it
    has read the message and said no, and the action does not care, so that the next ones go on; ``asked``: the
    pause in seconds that it wants; ``started`` in milliseconds.
    """

    delivery: Claimed
    result: Result
    message: str
    started: int
    milliseconds: int = 0
    error: str = ""
    status: int = 0
    address: str = ""
    response: str = field(default="", repr=False)
    shown_response: str | None = field(default=None, repr=False)  # what the event shows, when that differs
    trouble: bool = False
    refused: bool = False
    asked: float | None = None


@dataclass(slots=True)
class Ledger:
    """Keeps outcomes for one owner of leases."""

    desk: Desk
    owner: str
    retries: Retries = field(default_factory=Retries)
    breaker: Breaker = field(default_factory=Breaker)

    def record(self, session: WriteSession, outcomes: Sequence[Outcome], now: int) -> None:
        """Writes what became of attempts. Those whose lease was lost count as attempts of somebody else: not at all."""
        if not outcomes:
            return
        ours = outbox.held(session, self.owner, [outcome.delivery.id for outcome in outcomes])
        tallies: dict[int, Tally] = {}
        for outcome in outcomes:
            if outcome.delivery.id in ours:
                self._keep(session, outcome, now)
                self._tally(tallies, outcome)
        lanes.note(session, self.desk, tallies, self.breaker, now)
        outbox.let_follow(session, {outcome.delivery.ordering for outcome in outcomes}, now)

    def is_final(self, outcome: Outcome) -> bool:
        """True when an undelivered message will not be tried again by itself."""
        if outcome.result is Result.FAILED:
            return self._pause(outcome) is None
        return outcome.result is not Result.DELIVERED

    def _pause(self, outcome: Outcome) -> float | None:
        """How long to wait before a failed message is tried again; None: no longer."""
        return self.retries.pause(outcome.delivery.attempt - outcome.delivery.attempts_before, outcome.asked)

    def _keep(self, session: WriteSession, outcome: Outcome, now: int) -> None:
        delivery = outcome.delivery
        pause = self._pause(outcome) if outcome.result is Result.FAILED else None
        error = outcome.error[:MOST_ERROR]
        values: dict[str, object] = {"owner": "", "last_error": error}
        if pause is None:
            state = outcome.result.value if outcome.result in (Result.DELIVERED, Result.CANCELLED) else "dead"
            values |= {"state": state, "finished": local_text(now), "next_attempt": None, "due": now}
        else:
            due = now + round(pause * 1000)
            values |= {"state": "waiting", "due": due, "next_attempt": local_text(due)}
            if outcome.refused:
                values["ordering"] = -delivery.id  # nothing is behind it any more
        session.update("Delivery", delivery.id, values)
        if outcome.result is not Result.CANCELLED:
            self._attempt(session, outcome, error)
        if delivery.known:
            self._event(session, outcome)

    def _attempt(self, session: WriteSession, outcome: Outcome, error: str) -> None:
        delivered = outcome.result is Result.DELIVERED
        session.insert(
            "DeliveryAttempt",
            {
                "delivery_id": outcome.delivery.id,
                "number": outcome.delivery.attempt,
                "started": local_text(outcome.started),
                "milliseconds": outcome.milliseconds,
                "outcome": "delivered" if delivered else "refused" if outcome.status else "failed",
                "status": outcome.status or None,
                "address": outcome.address,
                "error": error,
                "response": masks.cut(outcome.response),
            },
        )

    def _event(self, session: WriteSession, outcome: Outcome) -> None:
        shown = outcome.response if outcome.shown_response is None else outcome.shown_response
        email = outcome.delivery.kind == EMAIL
        values = {"message": outcome.message} if email else {"message": outcome.message, "response": masks.cut(shown)}
        try:
            session.update("EventNotificationEmail" if email else "EventWebhook", outcome.delivery.event_id, values)
        except StoreError:
            return  # deleted with its action since the delivery was claimed

    def _tally(self, tallies: dict[int, Tally], outcome: Outcome) -> None:
        if outcome.result is Result.CANCELLED:
            return
        tally = tallies.setdefault(outcome.delivery.lane, Tally())
        if outcome.trouble:
            tally.troubles += 1
            tally.error = outcome.error[:MOST_ERROR]
        else:
            tally.successes += 1
