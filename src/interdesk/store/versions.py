"""Counters that move when something changed which processes remember, so that all of them forget it at once."""

from __future__ import annotations

from interdesk.store.database import Connection, Database

PREFIX = "version:"


def read(connection: Connection | Database, name: str) -> str:
    """The present count of ``name``; '' before its first change."""
    found = connection.rows(f"SELECT value FROM meta WHERE key = {connection.mark}", [PREFIX + name])
    return str(found[0][0]) if found else ""


def bump(connection: Connection, name: str) -> None:
    """Moves the count of ``name`` on, together with the rest of the transaction."""
    mark = connection.mark
    text = (
        f"INSERT INTO meta (key, value) VALUES ({mark}, '1') "
        "ON CONFLICT (key) DO UPDATE SET value = CAST(CAST(meta.value AS BIGINT) + 1 AS TEXT)"
    )
    connection.change(text, [PREFIX + name])
