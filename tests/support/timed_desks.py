"""Desks for tests: over any store, with a clock that the test moves, and objects that tickets need."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import interdesk.desk.methods.coverage
import interdesk.desk.methods.families
import interdesk.desk.methods.tickets  # noqa: F401 - binds the methods of the standard model
from interdesk.desk import SYSTEM, Actor, Desk, Transaction, Vault
from interdesk.model.attributes import CaseLog
from interdesk.store import Store

START = dt.datetime(2026, 3, 2, 9, 0, 0)


class HandClock:
    """Stands still until it is moved."""

    def __init__(self, now: dt.datetime = START) -> None:
        self.now = now

    def __call__(self) -> dt.datetime:
        return self.now

    def forward(self, **amount: float) -> None:
        self.now += dt.timedelta(**amount)


class TestDesk(Desk):
    """A desk and its clock, with short ways to write and to read."""

    __test__ = False
    clock: HandClock  # type: ignore[assignment]

    def __init__(self, store: Store) -> None:
        super().__init__(store, Vault("a key for tests only"), clock=HandClock())

    @contextmanager
    def acting(self, actor: Actor = SYSTEM, comment: str = "test") -> Iterator[Transaction]:
        with self.transaction(actor, comment=comment) as tx:
            yield tx

    def create(self, name: str, /, **values: Any) -> int:
        with self.acting() as tx:
            return tx.create(name, values)

    def update(self, name: str, key: int, /, **values: Any) -> bool:
        with self.acting() as tx:
            return tx.update(name, key, values)

    def stimulate(self, name: str, key: int, stimulus: str, /, **values: Any) -> bool:
        with self.acting() as tx:
            return tx.apply_stimulus(name, key, stimulus, values)

    def values(self, name: str, key: int, *codes: str) -> Any:
        """The values of some attributes, a single one bare; logs as lists of messages."""
        with self.reading() as reader:
            table = reader.one(self.model.cls(name), key, codes)
        (row,) = table.rows
        found: list[Any] = []
        for code in codes:
            if isinstance(table.cls.attributes[code], CaseLog):
                found.append([entry.message for entry in table.logs.get(code, {}).get(key, [])])
                continue
            start, width = table.positions[code]
            found.append(row[start] if width == 1 else tuple(row[start : start + width]))
        return found[0] if len(found) == 1 else tuple(found)
