"""The SQL functions that SQLite lacks, in Python. All are deterministic, so that indexes may use them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any

from interdesk.store.compile import binding, dates, numbers, regexp
from interdesk.store.compile.date_format import date_format
from interdesk.store.compile.fold import fold

FUNCTIONS: dict[str, tuple[int, Callable[..., Any]]] = {
    "fold": (1, fold),
    "oql_pattern": (1, binding.as_pattern),
    "oql_text": (1, numbers.number_text),
    "oql_integer": (1, numbers.to_integer),
    "oql_round": (2, numbers.round_to),
    "oql_moment": (1, dates.moment),
    "oql_time": (1, dates.time_of),
    "oql_date_add": (3, dates.add),
    "oql_from_days": (1, dates.from_days),
    "oql_date_format": (2, date_format),
    "oql_inet_aton": (1, numbers.inet_aton),
    "oql_inet_ntoa": (1, numbers.inet_ntoa),
    "oql_regexp": (2, regexp.found),
}


def register(connection: sqlite3.Connection) -> None:
    """Makes the functions known to a connection: needed before any statement of the store runs on it."""
    for name, (arguments, function) in FUNCTIONS.items():
        connection.create_function(name, arguments, function, deterministic=True)
