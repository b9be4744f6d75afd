"""What the desk of this worker has counted and holds, brought to the board that all workers share."""

from __future__ import annotations

import asyncio

from interdesk.desk import Desk
from interdesk.telemetry.board import Board

REFRESH_SECONDS = 2.0  # how old the figures of the other workers may be


class Figures:
    """To be used from the event loop only."""

    def __init__(self, desk: Desk, board: Board) -> None:
        self._desk, self._board = desk, board
        self._writes = self._retries = 0

    def refresh(self) -> None:
        desk, board = self._desk, self._board
        writes, retries = desk.store.writes, desk.retries
        board.add("writes_total", writes - self._writes)
        board.add("write_retries_total", retries - self._retries)
        self._writes, self._retries = writes, retries
        pool = desk.store.pool()
        board.put("pool_connections", pool.connections)
        board.put("pool_idle", pool.idle)
        board.put("pool_waiting", pool.waiting)
        board.put("workers", 1)

    async def keep_fresh(self) -> None:
        """Until it is cancelled."""
        while True:
            self.refresh()
            await asyncio.sleep(REFRESH_SECONDS)
