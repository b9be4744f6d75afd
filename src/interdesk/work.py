"""What is done beside answering requests: messages are delivered, periodic jobs run. Composed from the settings."""

from __future__ import annotations

import asyncio
from functools import partial

import structlog

from interdesk.approvals.answering import look_after
from interdesk.approvals.telephones import carry_out_orders
from interdesk.desk import Desk
from interdesk.errors import InterdeskError
from interdesk.events.addresses import Policy
from interdesk.events.background import DAY, HOUR, LOOK_SECONDS, Job, Jobs
from interdesk.events.courier import Courier
from interdesk.events.deliverer import Deliverer, Pace, new_owner
from interdesk.events.ledger import Ledger
from interdesk.events.observer import Observer
from interdesk.events.outbox import Outbox
from interdesk.events.retrying import Breaker, Retries
from interdesk.events.sender import Bounds, Sender, default_tls
from interdesk.events.signing import Signer
from interdesk.events.smtp import Post
from interdesk.events.thresholds import check
from interdesk.events.upkeep import date_obsolescence, forget_deliveries, forget_messages
from interdesk.settings import Settings, SettingsError
from interdesk.store.outbox import backlog
from interdesk.telemetry.board import Board

LOG = structlog.get_logger(__name__)
STOP_SECONDS = 10.0
COUNTED = ("deliveries_total", "delivery_failures_total", "job_runs_total", "job_failures_total")


class Backlog:
    """What waits in the desk, whoever does it: brought to the board by the first of its processes."""

    def __init__(self, desk: Desk, jobs: Jobs, board: Board) -> None:
        self._desk, self._jobs, self._board = desk, jobs, board

    def show(self) -> None:
        if self._board.slot != 0:
            return
        with self._desk.store.read() as session:
            found = backlog(session.connection)
        self._board.put("deliveries_waiting", found.get("waiting", 0) + found.get("sending", 0))
        self._board.put("deliveries_dead", found.get("dead", 0))
        self._board.put("jobs_late", self._jobs.late())

    async def keep_shown(self) -> None:
        """Until it is cancelled: for a server that leaves the work to ``interdesk worker``."""
        while True:
            try:
                await asyncio.to_thread(self.show)
            except InterdeskError as problem:
                LOG.warning("the backlog is not shown", reason=problem.message)
            await asyncio.sleep(LOOK_SECONDS)


class Work:
    """Delivers and does jobs in threads of this process, woken by the commits of the desk's own outbox."""

    def __init__(self, desk: Desk, settings: Settings, board: Board | None = None) -> None:
        """``board``: where the figures of deliveries and jobs are shown."""
        self._board = board
        self._counted = (0, 0, 0, 0)
        self.deliverer = deliverer(desk, settings)
        self.jobs = Jobs(desk, jobs(desk, settings), self._show)
        self._backlog = None if board is None else Backlog(desk, self.jobs, board)
        for observer in desk.observers:
            if isinstance(observer, Observer) and isinstance(observer.outbox, Outbox):
                observer.outbox.listen(self.deliverer.wake)

    def start(self) -> None:
        self.deliverer.start()
        self.jobs.start()

    def _show(self) -> None:
        """Brings the figures to the board: this process's own, and those of the desk."""
        if self._board is None or self._backlog is None:
            return
        now = (self.deliverer.delivered, self.deliverer.failures, self.jobs.runs, self.jobs.failures)
        for name, new, old in zip(COUNTED, now, self._counted, strict=True):
            self._board.add(name, new - old)
        self._counted = now
        self._backlog.show()

    def stop(self) -> None:
        self.jobs.stop(STOP_SECONDS)
        self.deliverer.stop(STOP_SECONDS)


def ledger(desk: Desk, settings: Settings) -> Ledger:
    """The ledger under a name that no other process has."""
    retries = Retries(
        attempts=settings.delivery_attempts,
        first=settings.delivery_retry_seconds,
        longest=settings.delivery_longest_pause,
    )
    breaker = Breaker(failures=settings.breaker_failures, first=settings.breaker_seconds)
    return Ledger(desk, new_owner(), retries, breaker)


def deliverer(desk: Desk, settings: Settings) -> Deliverer:
    """Raises SettingsError (private_networks, webhook_ca_file)."""
    courier = Courier(ledger(desk, settings), sender(settings), Signer(desk), post(settings, bounds(settings)))
    return Deliverer(courier, Pace(lease=settings.delivery_lease_seconds))


def bounds(settings: Settings) -> Bounds:
    """How long a call may take, and how much of an answer is read."""
    return Bounds(
        connect_seconds=settings.webhook_connect_seconds,
        seconds=settings.webhook_seconds,
        answer_bytes=settings.webhook_answer_bytes,
    )


def sender(settings: Settings) -> Sender:
    """The one way to call others. Raises SettingsError (private_networks, webhook_ca_file)."""
    try:
        policy = Policy.of(settings.private_networks)
    except ValueError as problem:
        raise SettingsError(f"private_networks: {problem}") from problem
    try:
        return Sender(policy, bounds(settings), tls=partial(default_tls, settings.webhook_ca_file))
    except OSError as problem:
        raise SettingsError(f"webhook_ca_file: {problem}") from problem


def post(settings: Settings, bounds: Bounds) -> Post | None:
    """The way to the mail server; None when none is set."""
    if not settings.smtp_host:
        return None
    return Post(
        host=settings.smtp_host,
        port=settings.smtp_port,
        security=settings.smtp_security,
        user=settings.smtp_user,
        password=settings.smtp_password,
        default_sender=settings.smtp_sender,
        bounds=bounds,
    )


def jobs(desk: Desk, settings: Settings) -> list[Job]:
    """The periodic jobs of a desk."""
    days = settings.delivery_days
    return [
        Job("FlowLookAfter", 10, lambda: look_after(desk)),
        Job("TelephonyOrders", 5, lambda: carry_out_orders(desk)),
        Job("CheckStopWatchThresholds", 10, lambda: check(desk)),
        Job("ObsolescenceDates", DAY, lambda: date_obsolescence(desk)),
        Job("DeliveryCleanUp", HOUR, lambda: forget_deliveries(desk, days) + forget_messages(desk, days)),
    ]
