"""Case logs: their entries lie in one table for all classes, in order of ``position``."""

from __future__ import annotations

from collections.abc import Sequence

from interdesk.model.attributes import LogEntry
from interdesk.store.database import Connection

COLUMNS = '"date", "author", "user", "message", "format"'
PLACE = '"class" = {0} AND "object" = {0} AND "attribute" = {0}'


def read(connection: Connection, root: str, attribute: str, keys: Sequence[int]) -> dict[int, list[LogEntry]]:
    """The entries of a log for each of ``keys``, oldest first."""
    found: dict[int, list[LogEntry]] = {key: [] for key in keys}
    test, bound = connection.within(list(found))
    rows = connection.rows(
        f'SELECT "object", {COLUMNS} FROM log_entry WHERE "class" = {connection.mark} '
        f'AND "object" {test} AND "attribute" = {connection.mark} ORDER BY "object", "position"',
        (root, bound, attribute),
    )
    for key, *entry in rows:
        found[key].append(LogEntry(*entry))
    return found


def append(connection: Connection, root: str, key: int, attribute: str, entries: Sequence[LogEntry]) -> None:
    """Adds entries behind the last one."""
    if entries:
        last = connection.rows(
            f'SELECT coalesce(max("position"), 0) FROM log_entry WHERE {PLACE.format(connection.mark)}',
            (root, key, attribute),
        )
        _insert(connection, root, key, attribute, entries, last[0][0] + 1)


def replace(connection: Connection, root: str, key: int, attribute: str, entries: Sequence[LogEntry]) -> None:
    """Puts ``entries`` in the place of the whole log."""
    connection.change(f"DELETE FROM log_entry WHERE {PLACE.format(connection.mark)}", (root, key, attribute))
    if entries:
        _insert(connection, root, key, attribute, entries, 1)


def delete(connection: Connection, root: str, key: int) -> None:
    """Removes all logs of an object."""
    mark = connection.mark
    connection.change(f'DELETE FROM log_entry WHERE "class" = {mark} AND "object" = {mark}', (root, key))


def delete_all(connection: Connection, root: str, keys: Sequence[int]) -> None:
    """Removes all logs of several objects."""
    test, bound = connection.within(keys)
    connection.change(f'DELETE FROM log_entry WHERE "class" = {connection.mark} AND "object" {test}', (root, bound))


def _insert(
    connection: Connection, root: str, key: int, attribute: str, entries: Sequence[LogEntry], first: int
) -> None:
    marks = ", ".join([connection.mark] * 9)
    connection.change_many(
        f'INSERT INTO log_entry ("class", "object", "attribute", "position", {COLUMNS}) VALUES ({marks})',
        [(root, key, attribute, position, *entry) for position, entry in enumerate(entries, first)],
    )
