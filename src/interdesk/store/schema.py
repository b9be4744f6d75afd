"""The tables that keep a model's objects: one for each root class, and a few that all classes share.

Class tables have ``id``, ``finalclass`` and the columns of all attributes of the family. Columns that a sub-class
declares are NULL in the rows of other classes, hence nullable; those of the root class keep their NOT NULL.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import sqlalchemy as sa

from interdesk.model import Model, ObjectClass
from interdesk.model.attributes import Attribute, Column, ColumnKind, HierarchicalKey
from interdesk.store.indexes import class_indexes
from interdesk.store.names import Names, identifier

INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
# Texts compare by bytes in both databases; what compares without regard to case does so through fold().
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
TYPES: Mapping[ColumnKind, sa.types.TypeEngine[Any]] = {
    ColumnKind.INTEGER: INTEGER,
    ColumnKind.REAL: sa.Double(),
    ColumnKind.TEXT: TEXT,
}
SHARED_TABLES = ("log_entry", "blob", "meta")


@dataclass(frozen=True, slots=True)
class Shape:
    """A schema in short: digests of its columns, and the classes of each family by the root's name."""

    lines: frozenset[str]
    families: Mapping[str, frozenset[str]]

    def grew_from(self, older: Shape) -> bool:
        """True when whoever knows only ``older`` can work with this one: all that he knows is there as it was, and
        no table holds objects of classes that he does not know."""
        return older.lines <= self.lines and all(self.families.get(r) == known for r, known in older.families.items())

    def as_text(self) -> str:
        families = {root: sorted(names) for root, names in sorted(self.families.items())}
        return json.dumps({"lines": sorted(self.lines), "families": families})

    @classmethod
    def of_text(cls, text: str) -> Shape:
        found = json.loads(text)
        families = {root: frozenset(names) for root, names in found["families"].items()}
        return cls(frozenset(found["lines"]), families)


class Schema:
    """The tables of one model. Build it with ``Schema.of``; it is immutable afterwards."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.metadata = sa.MetaData()
        self.log_entry = _log_entry(self.metadata)
        self.blob = sa.Table(
            "blob",
            self.metadata,
            sa.Column("digest", TEXT, primary_key=True),
            sa.Column("data", sa.LargeBinary, nullable=False),
        )
        self.meta = sa.Table(
            "meta",
            self.metadata,
            sa.Column("key", TEXT, primary_key=True),
            sa.Column("value", TEXT, nullable=False),
        )
        self._tables: dict[str, sa.Table] = {}
        self._columns: dict[tuple[str, str], tuple[sa.Column[object], ...]] = {}
        self.paged: frozenset[str] = frozenset()  # classes of whose objects an owner's are found in their default order
        self._trees: dict[tuple[str, str], sa.Table] = {}
        names = Names(SHARED_TABLES)
        for cls in model.classes.values():
            if cls.parent is None:
                self._add_family(cls, names)
        self.fingerprint = self._digest()

    @staticmethod
    @lru_cache(maxsize=4)  # a process has one design; a migration two
    def of(model: Model) -> Schema:
        """The schema of ``model``, computed once."""
        return Schema(model)

    def table(self, cls: str) -> sa.Table:
        """The table that holds the objects of class ``cls``. Raises UnknownClass."""
        return self._tables[self.model.cls(cls).root]

    def columns(self, cls: str, code: str) -> tuple[sa.Column[object], ...]:
        """The columns of an attribute in the order of ``Attribute.columns()``; () for computed ones.

        ``id`` and ``finalclass`` are found too. Raises UnknownClass, UnknownAttribute.
        """
        try:
            return self._columns[cls, code]
        except KeyError:
            self.model.cls(cls).attribute(code)
            return ()

    def tree(self, cls: str, key: str) -> sa.Table:
        """The closure table (ancestor, descendant, depth) of the hierarchical key ``key`` of ``cls``."""
        return self._trees[self.model.cls(cls).root, key]

    def trees(self, cls: str) -> tuple[tuple[str, sa.Table], ...]:
        """Each hierarchical key of ``cls`` with its closure table."""
        found = self.model.cls(cls)
        return tuple(
            (code, self._trees[found.root, code])
            for code, attribute in found.attributes.items()
            if isinstance(attribute, HierarchicalKey)
        )

    def family_trees(self, cls: str) -> tuple[tuple[str, str, sa.Table], ...]:
        """All closure tables of the family of ``cls``: a class that has the key, the key, the table."""
        root = self.model.cls(cls).root
        return tuple(
            (next(name for name in self.model.family(root) if code in self.model.classes[name].attributes), code, table)
            for (of, code), table in self._trees.items()
            if of == root
        )

    def _add_family(self, root: ObjectClass, names: Names) -> None:
        table = sa.Table(
            names.take(root.name),
            self.metadata,
            sa.Column("id", INTEGER, sa.Identity(), primary_key=True),
            sa.Column("finalclass", TEXT, nullable=False),
            sqlite_autoincrement=True,
        )
        self._tables[root.name] = table
        family = [self.model.classes[name] for name in self.model.family(root.name)]
        placing = _Placing(table, root)
        for cls in family:
            self._columns[cls.name, "id"] = (table.c.id,)
            self._columns[cls.name, "finalclass"] = (table.c.finalclass,)
            for attribute in cls.attributes.values():
                if columns := attribute.columns():
                    self._columns[cls.name, attribute.code] = placing.place(
                        cls, attribute, columns, self._columns.get((cls.parent or "", attribute.code), ())
                    )
                if isinstance(attribute, HierarchicalKey) and (root.name, attribute.code) not in self._trees:
                    name = names.take(f"tree_{root.name}_{attribute.code}")
                    self._trees[root.name, attribute.code] = _tree(self.metadata, name)
        self.paged |= class_indexes(table, family, self._columns)

    def _digest(self) -> str:
        """Changes when a table, a column, an index or the columns of a class change."""
        lines = list(self._lines())
        for table in self.metadata.sorted_tables:
            lines += [str(index.name) for index in table.indexes]
        return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()

    def _lines(self) -> Iterator[str]:
        """Every column, and where the attributes of each class are kept."""
        for table in self.metadata.sorted_tables:
            yield from (f"{table.name}.{column.name} {column.type!r} {column.nullable}" for column in table.columns)
        for (cls, code), columns in self._columns.items():
            yield f"{cls}::{code} {' '.join(column.name for column in columns)}"

    @cached_property
    def shape(self) -> Shape:
        """What a process that was made for this schema needs of a database."""
        digests = frozenset(hashlib.sha256(line.encode()).hexdigest()[:12] for line in self._lines())
        roots = (cls for cls in self.model.classes.values() if cls.parent is None)
        return Shape(digests, {cls.name: frozenset(self.model.family(cls.name)) for cls in roots})


class _Placing:
    """Finds the columns of the attributes of one family.

    Classes of a family that declare the same code share its columns when their kinds agree, so that a query over
    a common parent sees all values. Otherwise the later class gets columns named ``code__Class``.
    """

    def __init__(self, table: sa.Table, root: ObjectClass) -> None:
        self.table, self.root = table, root
        self.owners: dict[str, tuple[str, ColumnKind | None]] = {"id": ("id", None), "finalclass": ("finalclass", None)}

    def place(
        self,
        cls: ObjectClass,
        attribute: Attribute,
        columns: tuple[Column, ...],
        inherited: tuple[sa.Column[object], ...],
    ) -> tuple[sa.Column[object], ...]:
        """``inherited``: the columns of the parent's attribute of that code, taken when they suit."""
        code = attribute.code
        if tuple((code, column.kind) for column in columns) == tuple(self.owners[c.name.lower()] for c in inherited):
            names = tuple(column.name for column in inherited)
        else:
            prefix = code
            while not self._fits(prefix, code, columns):
                prefix = f"{code}__{cls.name}" if prefix == code else prefix + "_"
            names = tuple(identifier(prefix + column.suffix) for column in columns)
        return tuple(self._column(name, code, cls, column) for name, column in zip(names, columns, strict=True))

    def _fits(self, prefix: str, code: str, columns: Iterable[Column]) -> bool:
        wanted = ((identifier(prefix + column.suffix).lower(), (code, column.kind)) for column in columns)
        return all(self.owners.get(name, owner) == owner for name, owner in wanted)

    def _column(self, name: str, code: str, cls: ObjectClass, column: Column) -> sa.Column[object]:
        existing = self.table.c.get(name)
        of_root = cls is self.root
        if existing is not None:
            # A sub-class may allow NULL where the root does not: the shared column then must allow it.
            if not of_root and column.nullable and not existing.nullable:
                existing.nullable, existing.server_default = True, None
            return existing
        self.owners[name.lower()] = (code, column.kind)
        nullable = column.nullable or not of_root
        default = None if nullable or column.default is None else sa.text(literal(column.default))
        added: sa.Column[object] = sa.Column(name, TYPES[column.kind], nullable=nullable, server_default=default)
        self.table.append_column(added)
        return added


def literal(value: int | float | str) -> str:
    """A column default as SQL text. Only values of the design come here, never those of a request."""
    return "'" + value.replace("'", "''") + "'" if isinstance(value, str) else repr(value)


def _log_entry(metadata: sa.MetaData) -> sa.Table:
    return sa.Table(
        "log_entry",
        metadata,
        sa.Column("id", INTEGER, sa.Identity(), primary_key=True),
        sa.Column("class", TEXT, nullable=False),
        sa.Column("object", INTEGER, nullable=False),
        sa.Column("attribute", TEXT, nullable=False),
        sa.Column("position", INTEGER, nullable=False),
        sa.Column("date", TEXT, nullable=False),
        sa.Column("author", TEXT, nullable=False),
        sa.Column("user", INTEGER, nullable=False),
        sa.Column("message", TEXT, nullable=False),
        sa.Column("format", TEXT, nullable=False),
        sa.Index("ix_log_entry_place", "class", "object", "attribute", "position", unique=True),
        sqlite_autoincrement=True,
    )


def _tree(metadata: sa.MetaData, name: str) -> sa.Table:
    return sa.Table(
        name,
        metadata,
        sa.Column("descendant", INTEGER, primary_key=True, autoincrement=False),
        sa.Column("ancestor", INTEGER, primary_key=True, autoincrement=False),
        sa.Column("depth", INTEGER, nullable=False),
        sa.Index(identifier(f"ix_{name}_ancestor"), "ancestor", "descendant"),
        sqlite_with_rowid=False,
    )
