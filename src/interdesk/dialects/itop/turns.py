"""Turns: no account keeps more than its share of the worker threads busy, so that others are answered too."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from interdesk.dialects.itop.errors import failed

WAITING = 100  # requests of one account that may wait for its turn
TOO_MANY = "Too many requests of this user are waiting: send it again when some of them are answered"


@dataclass(slots=True)
class _Account:
    turns: asyncio.Semaphore
    present: int = 0  # those that work and those that wait


class Turns:
    """At most ``most`` requests of an account work at a time; further ones wait, first come, first served.

    For one event loop. Accounts without a request are not remembered.
    """

    def __init__(self, most: int, waiting: int = WAITING) -> None:
        self._most, self._waiting = most, waiting
        self._accounts: dict[str, _Account] = {}

    @asynccontextmanager
    async def turn(self, account: str) -> AsyncIterator[None]:
        """The block runs when it is the account's turn. Raises RestError when too many wait already."""
        name = account.casefold()
        found = self._accounts.get(name)
        if found is None:
            found = self._accounts[name] = _Account(asyncio.Semaphore(self._most))
        if found.present >= self._most + self._waiting:
            raise failed(TOO_MANY)
        found.present += 1
        try:
            async with found.turns:
                yield
        finally:
            found.present -= 1
            if not found.present:
                del self._accounts[name]
