"""Which tables are watched: whoever remembers what was read from them is told when they are written."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property


class Watch:
    """Tables of which a transaction that writes them bumps ``name``."""

    def __init__(self, name: str = "", tables: Callable[[], frozenset[str]] = frozenset) -> None:
        self.name, self._ask = name, tables

    @cached_property
    def tables(self) -> frozenset[str]:
        return self._ask()
