"""The write session: inserts, updates and deletes rows, and keeps logs, blobs and trees with them.

The store keeps values as they are given. What a value may be, who may write it and what follows from it is the
desk's business.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

from interdesk.errors import ReadOnly, StoreError
from interdesk.model import ObjectClass
from interdesk.model.attributes import LogEntry
from interdesk.store import blobs, logs, versions
from interdesk.store.compile.fold import folded
from interdesk.store.database import Connection, quoted
from interdesk.store.schema import Schema
from interdesk.store.session import Clock, Session, wall_clock
from interdesk.store.trees import Tree
from interdesk.store.watch import Watch

# Each locked group is an entry in PostgreSQL's table of locks, which a transaction over many objects must not fill.
SERIALISED_GROUPS = 32
# Updates of more different attribute combinations than this are rare; the cache then starts anew.
CACHED_UPDATES = 4_096


class ClassWriter:
    """The SQL texts of one class, made once."""

    def __init__(self, schema: Schema, cls: ObjectClass, mark: str) -> None:
        table = schema.table(cls.name)
        self.cls, self.table = cls, table.name
        self._mark, self._quoted = mark, quoted(table.name)
        self._names: dict[str, tuple[str, ...]] = {}
        self._slots: dict[str, slice] = {}
        names = ["finalclass"]
        self._defaults: list[Any] = [cls.name]
        for code, attribute in cls.attributes.items():
            found = tuple(column.name for column in schema.columns(cls.name, code)) if attribute.columns() else ()
            if found:
                self._names[code] = found
                self._slots[code] = slice(len(names), len(names) + len(found))
                names += found
                self._defaults += [column.default for column in attribute.columns()]
        listed = ", ".join(quoted(name) for name in names)
        marks = ", ".join([mark] * len(names))
        self.insert_text = f"INSERT INTO {self._quoted} ({listed}) VALUES ({marks})"
        self.insert_with_key_text = f'INSERT INTO {self._quoted} ({listed}, "id") VALUES ({marks}, {mark})'
        self.trees = {code: self._tree(schema, code) for code, _ in schema.trees(cls.name)}
        self.family_trees = [
            Tree(closure, table, schema.columns(owner, code)[0].name, mark)
            for owner, code, closure in schema.family_trees(cls.name)
        ]
        family = sorted((cls.name, *cls.descendants)) if cls.parent else []
        in_family = f" AND finalclass IN ({', '.join([mark] * len(family))})" if family else ""
        self.lock_text = f"SELECT 1 FROM {self._quoted} WHERE id = {mark}{in_family}"
        self.family = tuple(family)
        self._updates: dict[tuple[str, ...], str] = {}

    def _tree(self, schema: Schema, code: str) -> Tree:
        column = schema.columns(self.cls.name, code)[0].name
        return Tree(schema.tree(self.cls.name, code), schema.table(self.cls.name), column, self._mark)

    def row(self, values: Mapping[str, Any]) -> list[Any]:
        """The bound values of the INSERT. Raises UnknownAttribute, ReadOnly."""
        row = self._defaults.copy()
        for code, value in values.items():
            slot = self._slots.get(code) or self._refuse(code)
            row[slot] = self._flat(code, value)
        return row

    def update_text(self, codes: tuple[str, ...]) -> str:
        """Raises UnknownAttribute, ReadOnly."""
        if (text := self._updates.get(codes)) is None:
            names = [name for code in codes for name in (self._names.get(code) or self._refuse(code))]
            changes = ", ".join(f"{quoted(name)} = {self._mark}" for name in names)
            text = f"UPDATE {self._quoted} SET {changes} WHERE id = {self._mark}"
            if len(self._updates) >= CACHED_UPDATES:
                self._updates.clear()
            self._updates[codes] = text
        return text

    def flat(self, values: Mapping[str, Any]) -> list[Any]:
        """The bound values of an UPDATE, in the order of ``values``."""
        return [part for code, value in values.items() for part in self._flat(code, value)]

    def _flat(self, code: str, value: Any) -> Sequence[Any]:
        width = len(self._names[code])
        parts = (value,) if width == 1 else tuple(value)
        if len(parts) != width:
            raise StoreError(f"{self.cls.name}::{code} is stored as {width} values, not {len(parts)}")
        return parts

    def _refuse(self, code: str) -> Any:
        self.cls.attribute(code)
        raise ReadOnly(self.cls.name, code)

    def parent_of(self, code: str, values: Mapping[str, Any]) -> int:
        """The parent that ``values`` name by the hierarchical key ``code``; 0 for none."""
        return int(values.get(code) or 0)


class WriteSession(Session):
    """One transaction that writes. Get it from ``Store.write``."""

    durable = False

    def __init__(
        self,
        connection: Connection,
        schema: Schema,
        writers: dict[str, ClassWriter],
        clock: Clock = wall_clock,
        watch: Watch | None = None,
    ) -> None:
        super().__init__(connection, schema, clock)
        self._schema, self._writers, self._watch = schema, writers, watch or Watch()
        self._reserved: set[tuple[str, int]] = set()
        self._written: set[str] = set()

    def wrote(self, table: str) -> None:
        """A table was written past this session's own calls."""
        self._written.add(table)

    def settle(self) -> None:
        """To be called when all is written: a mark that everybody moves is locked for a short time only."""
        if not self._watch.tables.isdisjoint(self._written):
            self.bump(self._watch.name)

    def _writer(self, cls: str) -> ClassWriter:
        if (writer := self._writers.get(cls)) is None:
            writer = ClassWriter(self._schema, self._schema.model.cls(cls), self.connection.mark)
            self._writers[cls] = writer
        return writer

    def _writing(self, cls: str) -> ClassWriter:
        writer = self._writer(cls)
        self._written.add(writer.table)
        return writer

    def reserve(self, cls: str) -> int:
        """The next id of the class's root, for an ``insert`` later in this session. Raises UnknownClass."""
        table = self._writer(cls).table
        key = self.connection.reserve(table)
        self._reserved.add((table, key))
        return key

    def insert(self, cls: str, values: Mapping[str, Any], key: int | None = None) -> int:
        """A new object of class ``cls`` with stored values by attribute code; its id.

        Absent attributes get the default of their columns. Raises UnknownClass, UnknownAttribute, ReadOnly (the
        attribute is not stored with the object), TreeLoop, StoreError (the id is taken).
        """
        writer = self._writing(cls)
        row = writer.row(values)
        if key is None:
            found = self.connection.insert(writer.insert_text, row)
        else:
            found = key
            self.connection.change(writer.insert_with_key_text, [*row, key])
            if (writer.table, key) not in self._reserved:
                self.connection.claim(writer.table, key)
        for code, tree in writer.trees.items():
            tree.insert(self.connection, found, writer.parent_of(code, values), adopt=key is not None)
        return found

    def update(self, cls: str, key: int, values: Mapping[str, Any]) -> None:
        """Writes the given attributes, no others. ``cls`` is the object's own class.

        Raises UnknownClass, UnknownAttribute, ReadOnly, TreeLoop, StoreError (no such object).
        """
        if not values:
            return
        writer = self._writing(cls)
        text = writer.update_text(tuple(values))
        if not self.connection.change(text, [*writer.flat(values), key]):
            raise StoreError(f"There is no object {cls}::{key} to update")
        for code, tree in writer.trees.items():
            if code in values:
                tree.move(self.connection, key, writer.parent_of(code, values))

    def delete(self, cls: str, key: int) -> None:
        """Removes the object's row, its logs and its place in trees. Keys that point to it are left as they are."""
        writer = self._writing(cls)
        for tree in writer.family_trees:
            tree.delete(self.connection, key)
        logs.delete(self.connection, writer.cls.root, key)
        self.connection.change(f"DELETE FROM {quoted(writer.table)} WHERE id = {self.connection.mark}", (key,))

    def delete_all(self, cls: str, keys: Sequence[int]) -> None:
        """As ``delete``, of many objects of ``cls`` or below at once; the class has no tree."""
        writer = self._writing(cls)
        if writer.family_trees:
            raise StoreError(f"Objects of {cls} have places in trees: delete them one by one")
        if keys:
            logs.delete_all(self.connection, writer.cls.root, keys)
            test, bound = self.connection.within(keys)
            self.connection.change(f"DELETE FROM {quoted(writer.table)} WHERE id {test}", (bound,))

    def lock(self, cls: str, key: int) -> bool:
        """Keeps others from changing the object until the end of the transaction; False when there is none."""
        writer = self._writer(cls)
        text = writer.lock_text + (" FOR UPDATE" if self.connection.dialect == "postgresql" else "")
        return bool(self.connection.rows(text, (key, *writer.family)))

    def part(self) -> AbstractContextManager[None]:
        """A part of the transaction that is undone by itself when the block raises."""
        return self.connection.part()

    def attempt(self) -> AbstractContextManager[None]:
        """A stretch in which a query may fail without ending the transaction."""
        return self.connection.attempt()

    def serialise(self, name: str, values: Sequence[Any] = ()) -> None:
        """Nobody else gets past the same call with the same name until the end of the transaction.

        For rules that span objects (uniqueness): check them behind this call, then write. With ``values``, only
        those wait whose values agree, as texts compare, and the few that fall in with them.
        """
        if values and self.connection.dialect == "postgresql":
            text = "\0".join(folded(str(value)) for value in values)
            name = f"{name} {zlib.crc32(text.encode('utf-8', 'surrogatepass')) % SERIALISED_GROUPS}"
        self.connection.serialise(name)

    def append_log(self, root: str, key: int, attribute: str, entries: Sequence[LogEntry]) -> None:
        """Adds entries at the end of a case log."""
        logs.append(self.connection, self.model.cls(root).root, key, attribute, entries)

    def replace_log(self, root: str, key: int, attribute: str, entries: Sequence[LogEntry]) -> None:
        """Puts ``entries`` in the place of a whole case log."""
        logs.replace(self.connection, self.model.cls(root).root, key, attribute, entries)

    def put_blob(self, data: bytes) -> str:
        """Keeps a document; its digest, by which ``blob`` finds it."""
        return blobs.put(self.connection, data)

    def bump(self, name: str) -> None:
        """Tells every process that what it remembers under ``name`` is stale, once this transaction is durable."""
        versions.bump(self.connection, name)
