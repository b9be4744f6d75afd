"""Closure tables of hierarchical keys: every pair (ancestor, descendant) with its distance, self rows included.

So ``BELOW`` is one join, whatever the depth. A key to an object that does not exist counts as no parent.
"""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from interdesk.errors import StoreError
from interdesk.store.database import Connection, quoted


class TreeLoop(StoreError):
    """An object would become its own ancestor."""

    code = "store.loop"


class Tree:
    """The closure table of one hierarchical key, kept in step with the column ``key`` of ``table``."""

    def __init__(self, closure: sa.Table, table: sa.Table, key: str, mark: str) -> None:
        self.name = closure.name
        self._lock = f"interdesk {closure.name}"
        name, rows, column = quoted(closure.name), quoted(table.name), quoted(key)
        self._add_self = f"INSERT INTO {name} (ancestor, descendant, depth) VALUES ({mark}, {mark}, 0)"
        self._children = f"SELECT id FROM {rows} WHERE {column} = {mark} AND id <> {mark}"
        self._parent = f"SELECT ancestor FROM {name} WHERE descendant = {mark} AND depth = 1"
        self._is_below = f"SELECT 1 FROM {name} WHERE ancestor = {mark} AND descendant = {mark}"
        self._attach = (
            f"INSERT INTO {name} (ancestor, descendant, depth) "
            "SELECT up.ancestor, down.descendant, up.depth + down.depth + 1 "
            f"FROM {name} AS up, {name} AS down WHERE up.descendant = {mark} AND down.ancestor = {mark}"
        )
        below = f"(SELECT descendant FROM {name} WHERE ancestor = {mark})"
        above = f"(SELECT ancestor FROM {name} WHERE descendant = {mark}"
        self._detach = f"DELETE FROM {name} WHERE descendant IN {below} AND ancestor IN {above} AND depth > 0)"
        self._remove = f"DELETE FROM {name} WHERE descendant IN {below} AND ancestor IN {above})"

    def insert(self, connection: Connection, key: int, parent: int, *, adopt: bool) -> None:
        """Adds an object that was just inserted. Raises TreeLoop.

        ``adopt``: objects may point to ``key`` already (its id was known before the object existed).
        """
        if parent or adopt:
            connection.serialise(self._lock)
        connection.change(self._add_self, (key, key))
        if adopt:
            for (child,) in connection.rows(self._children, (key, key)):
                connection.change(self._attach, (key, child))
        if parent:
            self._put_below(connection, key, parent)

    def move(self, connection: Connection, key: int, parent: int) -> None:
        """Puts an object with all below it under another parent (0: none). Raises TreeLoop."""
        connection.serialise(self._lock)
        found = connection.rows(self._parent, (key,))
        if parent == (found[0][0] if found else 0):
            return
        if found:
            connection.change(self._detach, (key, key))
        if parent:
            self._put_below(connection, key, parent)

    def delete(self, connection: Connection, key: int) -> None:
        """Takes an object out; those below it are no longer connected to those above it."""
        connection.serialise(self._lock)
        connection.change(self._remove, (key, key))

    def _put_below(self, connection: Connection, key: int, parent: int) -> None:
        if key == parent or connection.rows(self._is_below, (key, parent)):
            raise TreeLoop(f"Object {key} cannot be put below {parent}: it would be its own ancestor")
        connection.change(self._attach, (parent, key))


def rebuilding(closure: sa.Table, table: sa.Table, key: str, classes: Iterable[str]) -> tuple[str, ...]:
    """The statements that fill a closure table anew from the keys of the objects of ``classes``."""
    name = quoted(closure.name)
    return (
        f"DELETE FROM {name}",
        f"INSERT INTO {name} (ancestor, descendant, depth) {pairs(table, key, classes)}",
    )


def pairs(table: sa.Table, key: str, classes: Iterable[str]) -> str:
    """The query for what a closure table must hold, by the keys of the objects of ``classes``."""
    rows, column = quoted(table.name), quoted(key)
    listed = ", ".join(f"'{cls}'" for cls in classes)
    # A path is never longer than the number of objects: so a loop in the keys ends too.
    return (
        "WITH RECURSIVE walk (ancestor, descendant, depth) AS ("
        f"SELECT id, id, 0 FROM {rows} WHERE finalclass IN ({listed}) "
        f"UNION ALL SELECT up.{column}, walk.descendant, walk.depth + 1 FROM walk "
        f"JOIN {rows} AS up ON up.id = walk.ancestor JOIN {rows} AS parent ON parent.id = up.{column} "
        f"WHERE walk.depth < (SELECT count(*) FROM {rows})) "
        "SELECT ancestor, descendant, min(depth) AS depth FROM walk GROUP BY ancestor, descendant"
    )


def differs(connection: Connection, closure: sa.Table, table: sa.Table, key: str, classes: Iterable[str]) -> bool:
    """Whether a closure table holds anything else than it must."""
    return any(connection.rows(sql)[0][0] for sql in differences(closure, table, key, classes))


def differences(closure: sa.Table, table: sa.Table, key: str, classes: Iterable[str]) -> tuple[str, str]:
    """The queries that count the pairs that a closure table lacks, and those that it has too many."""
    held = f"SELECT ancestor, descendant, depth FROM {quoted(closure.name)}"
    due = f"SELECT ancestor, descendant, depth FROM ({pairs(table, key, classes)}) AS due"
    return (
        f"SELECT count(*) FROM ({due} EXCEPT {held}) AS difference",
        f"SELECT count(*) FROM ({held} EXCEPT {due}) AS difference",
    )
