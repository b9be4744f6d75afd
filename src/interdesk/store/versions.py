"""Marks that change when something changed which processes remember, so that all of them forget it at once.

A mark never comes again but with the state that it stood for: a backup that is put back brings its marks with it.
"""

from __future__ import annotations

import secrets

from interdesk.store.database import Connection, Database

PREFIX = "version:"


def read(connection: Connection | Database, name: str) -> str:
    """The present mark of ``name``; '' before its first change."""
    found = connection.rows(f"SELECT value FROM meta WHERE key = {connection.mark}", [PREFIX + name])
    return str(found[0][0]) if found else ""


def bump(connection: Connection, name: str) -> None:
    """Gives ``name`` another mark, together with the rest of the transaction."""
    mark = connection.mark
    text = (
        f"INSERT INTO meta (key, value) VALUES ({mark}, {mark}) ON CONFLICT (key) DO UPDATE SET value = excluded.value"
    )
    connection.change(text, [PREFIX + name, secrets.token_hex(8)])


def bump_all(connection: Connection) -> None:
    """Gives another mark to all that have one."""
    mark = connection.mark
    connection.change(f"UPDATE meta SET value = {mark} WHERE key LIKE {mark}", [secrets.token_hex(8), PREFIX + "%"])
