"""Periodic jobs: objects of the class ``BackgroundTask`` say when each ran and when it will run again.

Every process may run them all; whoever comes first marks the job as running, and the others leave it alone. While it
runs the mark is renewed; one whose process died is overtaken after ``LEASE_SECONDS``. A job must bear being done twice.
"""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import structlog

from interdesk.desk import SYSTEM, Desk, Transaction, queries
from interdesk.desk.clock import as_text
from interdesk.errors import InterdeskError

LOG = structlog.get_logger(__name__)
CLASS = "BackgroundTask"
FIELDS = ("id", "next_run_date", "latest_run_date", "running", "status", "first_run_date", *(
    "total_exec_count", "min_run_duration", "max_run_duration", "average_run_duration"
))  # fmt: skip
MINUTE, HOUR, DAY = 60, 3_600, 86_400
LEASE_SECONDS = 600
RENEW_SECONDS = 120.0
LOOK_SECONDS = 5.0
ACTIVE = "active"


@dataclass(frozen=True, slots=True)
class Job:
    """``run`` returns how many objects it dealt with. The class of the job's object is named ``name``."""

    name: str
    seconds: int
    run: Callable[[], int]


class Jobs:
    """The jobs of one desk, run by a thread of this process or one by one."""

    def __init__(
        self,
        desk: Desk,
        jobs: Sequence[Job],
        beat: Callable[[], None] = lambda: None,
        *,
        renew_seconds: float = RENEW_SECONDS,
    ) -> None:
        """``beat`` is called by the thread each time it has looked for jobs."""
        self._desk, self._jobs, self._beat, self._renew_seconds = desk, jobs, beat, renew_seconds
        self.runs = self.failures = 0  # of this process
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        self._thread = threading.Thread(target=self._lead, name="jobs", daemon=True)
        self._thread.start()

    def stop(self, seconds: float = 10.0) -> None:
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(seconds)

    def _lead(self) -> None:
        while not self._stopping.wait(LOOK_SECONDS):
            try:
                self.run_due()
                self._beat()
            except InterdeskError as problem:
                LOG.warning("jobs wait", reason=problem.message)
            except Exception:
                LOG.exception("the jobs stumbled")

    def late(self) -> int:
        """How many jobs should have run a minute ago or more."""
        limit = as_text(self._desk.clock() - dt.timedelta(seconds=MINUTE))
        with self._desk.store.read() as session:
            found = [self._row(session, job) for job in self._jobs]
        waiting = [row for row in found if row is not None and row["status"] == ACTIVE and not row["running"]]
        return sum((row["next_run_date"] or "") < limit for row in waiting)

    def run_due(self) -> list[str]:
        """Runs each job whose time has come, unless somebody else does; the names of those that were run."""
        return [job.name for job in self._jobs if not self._stopping.is_set() and self._run(job)]

    def _run(self, job: Job) -> bool:
        if not self._is_due(job) or not self._desk.write(SYSTEM, lambda tx: self._take(tx, job)):
            return False
        since = time.monotonic()
        self.runs += 1
        try:
            with self._keeping(job):
                LOG.debug("job done", job=job.name, objects=job.run())
        except Exception as problem:
            # The others go on; this one is tried again at its next time.
            self.failures += 1
            LOG.exception("job failed", job=job.name, reason=str(problem))
        finally:
            taken = time.monotonic() - since
            self._desk.write(SYSTEM, lambda tx: self._done(tx, job, taken))
        return True

    @contextmanager
    def _keeping(self, job: Job) -> Iterator[None]:
        """Renews the mark on a job for the length of the block."""
        over = threading.Event()

        def renew() -> None:
            while not over.wait(self._renew_seconds):
                try:
                    self._desk.write(SYSTEM, lambda tx: self._mark(tx, job))
                except InterdeskError as problem:
                    LOG.warning("a job's mark was not renewed", job=job.name, reason=problem.message)

        thread = threading.Thread(target=renew, name=f"job-{job.name}", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def _mark(self, tx: Transaction, job: Job) -> None:
        row = self._row(tx.session, job)
        if row is not None:
            tx.session.update(CLASS, row["id"], {"latest_run_date": tx.now})

    def _is_due(self, job: Job) -> bool:
        with self._desk.store.read() as session:
            return self._may_run(self._row(session, job))

    def _may_run(self, row: dict[str, Any] | None) -> bool:
        if row is None:
            return True
        now = self._desk.clock()
        if row["running"]:
            oldest = as_text(now - dt.timedelta(seconds=LEASE_SECONDS))
            return (row["latest_run_date"] or "") < oldest
        return row["status"] == ACTIVE and (row["next_run_date"] or "") <= as_text(now)

    def _take(self, tx: Transaction, job: Job) -> bool:
        """Marks the job as ours; False when somebody was faster."""
        tx.session.serialise(f"interdesk job {job.name}")
        row = self._row(tx.session, job)
        if not self._may_run(row):
            return False
        values = {"running": 1, "latest_run_date": tx.now, "status": ACTIVE}
        if row is None:
            tx.session.insert(CLASS, {"class_name": job.name, "first_run_date": tx.now, **values})
        else:
            tx.session.update(CLASS, row["id"], values)
        return True

    def _done(self, tx: Transaction, job: Job, taken: float) -> None:
        row = self._row(tx.session, job)
        if row is None:
            return
        count = int(row["total_exec_count"] or 0)
        least, most, mean = (float(row[f"{name}_run_duration"] or 0) for name in ("min", "max", "average"))
        following = self._desk.clock() + dt.timedelta(seconds=job.seconds)
        durations = {
            "latest_run_duration": taken,
            "min_run_duration": min(least, taken) if count else taken,
            "max_run_duration": max(most, taken),
            "average_run_duration": (mean * count + taken) / (count + 1),
        }
        tx.session.update(
            CLASS,
            row["id"],
            {
                "running": 0,
                "next_run_date": as_text(following),
                "total_exec_count": count + 1,
                **{code: round(value, 3) for code, value in durations.items()},
            },
        )

    def _row(self, session: Any, job: Job) -> dict[str, Any] | None:
        query = queries.by_criteria(self._desk.model.cls(CLASS), {"class_name": job.name})
        rows = session.fetch(self._desk.store.compiler.select(query, FIELDS, ordered=False), {})
        return dict(zip(FIELDS, rows[0], strict=True)) if rows else None
