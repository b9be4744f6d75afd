"""Rows of a file done through the desk, as the system: all of them together, or batch after batch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import islice

import click

from interdesk.cli.rows import Row, RowError
from interdesk.desk import SYSTEM, Desk, Transaction
from interdesk.errors import InterdeskError
from interdesk.store import WriteSession

BATCH = 200  # rows that become durable together
FAILED = "failed"

Rows = Iterator[tuple[int, Row | RowError]]


class _Undone(Exception):
    """Ends a transaction whose work shall not stay."""


class Batches:
    """``one`` does a row and says what came of it, a word by which ``outcomes`` counts; refused rows are told.

    What ``one`` leaves in ``tx.committed`` is called once its row is durable.
    """

    def __init__(
        self,
        desk: Desk,
        one: Callable[[Transaction, Row], str],
        *,
        comment: str,
        origin: str,
        size: int = BATCH,
    ) -> None:
        self._desk, self._one, self._comment, self._origin, self._size = desk, one, comment, origin, size
        self.outcomes: Counter[str] = Counter()
        self._committed: list[Callable[[], None]] = []
        self._undone = False

    def run(self, rows: Rows, *, together: bool, keep: bool) -> None:
        """``together``: all rows in one transaction, which is undone when one fails or unless ``keep``."""
        if together:
            with suppress(_Undone), self._desk.store.write() as session:
                self._store(session, rows)
                if not keep or self.outcomes[FAILED]:
                    self._committed.clear()
                    self._undone = True
                    raise _Undone
            self._tell_committed()
            return
        while batch := list(islice(rows, self._size)):
            with self._desk.store.write() as session:
                self._store(session, iter(batch))
            self._tell_committed()

    def summary(self, *words: str) -> str:
        """How many rows there are of each outcome."""
        told = ", ".join(f"{self.outcomes[word]} {word}" for word in (*words, FAILED))
        return told + ("; nothing was stored" if self._undone else "")

    def _tell_committed(self) -> None:
        for tell in self._committed:
            tell()
        self._committed.clear()

    def _store(self, session: WriteSession, rows: Rows) -> None:
        for number, row in rows:
            try:
                if isinstance(row, RowError):
                    raise row
                with session.part():
                    tx = Transaction(self._desk, session, SYSTEM, self._comment, self._origin)
                    outcome = self._one(tx, row)
                self._committed += tx.committed
            except InterdeskError as problem:
                outcome = FAILED
                complain(number, problem)
            self.outcomes[outcome] += 1


def complain(number: int, problem: InterdeskError) -> None:
    click.echo(f"line {number}: {problem.message}", err=True)
