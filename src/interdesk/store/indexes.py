"""Which indexes the table of a family gets.

An index's name says what it holds, so that two databases have the same indexes when the names agree.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import sqlalchemy as sa

from interdesk.model import ObjectClass
from interdesk.model.attributes import Attribute, Compared, ExternalKey, ObjectKey, TextValue
from interdesk.store.friendly import pieces
from interdesk.store.names import identifier

FOLDED = frozenset({Compared.TEXT})
# A longer text could exceed the 2.7 kB that PostgreSQL allows in an index.
LONGEST_INDEXED = 255
MOST_NAMES = 2  # texts of that length in one index entry
OWNER = "org_id"  # the key that says whose objects they are: nearly every list is of one organization

Columns = Mapping[tuple[str, str], tuple["sa.Column[object]", ...]]


def class_indexes(table: sa.Table, family: Sequence[ObjectClass], columns: Columns) -> frozenset[str]:
    """Adds to ``table`` the indexes of all classes of ``family``; equal ones only once.

    The names of the classes of whose objects an owner's are found in their default order.
    """
    seen: set[str] = set()
    paged, led = _page_indexes(table, family, columns) if len(family) > 1 else (frozenset(), frozenset())

    def add(cls: ObjectClass, codes: Iterable[str]) -> None:
        parts, words = [], []
        for code in codes:
            part = _part(cls.attributes.get(code), columns.get((cls.name, code), ()))
            if part is None:
                return
            parts.append(part[0])
            words.append(part[1])
        if led.issuperset(words):
            return
        name = identifier(f"ix_{table.name}_{'_'.join(words)}")
        if parts and name not in seen:
            seen.add(name)
            table.append_constraint(sa.Index(name, *parts))

    if len(family) > 1:
        name = identifier(f"ix_{table.name}_finalclass")
        seen.add(name)
        table.append_constraint(sa.Index(name, table.c.finalclass))
    for cls in family:
        for codes in _wanted(cls, alone=len(family) == 1):
            add(cls, codes)
        state = cls.attributes.get(cls.state_attribute or "")
        if len(family) > 1 and state is not None and len(columns.get((cls.name, state.code), ())) == 1:
            # Most objects are in one or two states: the index must say all that is asked to count them.
            (column,) = columns[cls.name, state.code]
            name = identifier(f"ix_{table.name}_finalclass_{column.name}")
            if name not in seen:
                seen.add(name)
                table.append_constraint(sa.Index(name, table.c.finalclass, column))
        if len(family) > 1 and not cls.abstract and (part := _sorted_by(cls, columns)) is not None:
            # The objects of one class of the family, in their default order.
            name = identifier(f"ix_{table.name}_finalclass_{part[1]}")
            if name not in seen:
                seen.add(name)
                table.append_constraint(sa.Index(name, table.c.finalclass, part[0]))
    return paged


def _page_indexes(
    table: sa.Table, family: Sequence[ObjectClass], columns: Columns
) -> tuple[frozenset[str], frozenset[str]]:
    """The objects that one owner has of a class, in their default order: a page of them is read, and not all.

    The classes that have such an index, and the columns with which one begins: they need none of their own.
    """
    paged, led = set(), set()
    for cls in family:
        owner = columns.get((cls.name, OWNER), ())
        is_key = isinstance(cls.attributes.get(OWNER), ExternalKey) and len(owner) == 1
        if not is_key or cls.abstract or (part := _sorted_by(cls, columns)) is None:
            continue
        paged.add(cls.name)
        led.add(owner[0].name)
        name = identifier(f"ix_{table.name}_{owner[0].name}_finalclass_{part[1]}")
        if name not in {index.name for index in table.indexes}:
            table.append_constraint(sa.Index(name, owner[0], table.c.finalclass, part[0]))
    return frozenset(paged), frozenset(led)


def _wanted(cls: ObjectClass, *, alone: bool) -> Iterable[tuple[str, ...]]:
    """The attribute codes of each index of ``cls``, in the order of their use. ``alone``: no class shares its table."""
    for code, attribute in cls.attributes.items():
        if isinstance(attribute, ObjectKey):
            yield (attribute.class_attribute, code)
        elif isinstance(attribute, ExternalKey):
            yield (code,)
    if cls.state_attribute and (alone or cls.parent is None):
        yield (cls.state_attribute,)
    for code in (*cls.naming.attributes, *cls.reconciliation, *(code for code, _ in cls.order)):
        yield (code,)
    yield from (rule.attributes for rule in cls.uniqueness.values() if not rule.disabled)
    yield from cls.indexes


def _sorted_by(cls: ObjectClass, columns: Columns) -> tuple[sa.ColumnElement[object], str] | None:
    """What the objects of a class are sorted by first, written as ``compile.order`` writes it, and a word for it.

    None when that is not to be found in texts and columns of the class itself.
    """
    if cls.order:
        code = cls.order[0][0]
        return _part(cls.attributes.get(code), columns.get((cls.name, code), ()))
    named = pieces(cls.naming)
    parts: list[sa.ColumnElement[object]] = []
    words = []
    for piece in named:
        if isinstance(piece, str):
            parts.append(sa.literal_column("'" + piece.replace("'", "''") + "'", sa.Text()))
            continue
        code = cls.naming.attributes[piece]
        found = columns.get((cls.name, code), ())
        part = _part(cls.attributes.get(code), found)
        if part is None or not isinstance(cls.attributes[code], TextValue):
            return None
        parts.append(found[0])
        words.append(found[0].name)
    if not words or len(words) > MOST_NAMES or any("%" in piece for piece in named if isinstance(piece, str)):
        return None
    sql = parts[0]
    for part_sql in parts[1:]:
        sql = sql.concat(part_sql)
    return sa.func.fold(sql), f"fold_{'_'.join(words)}"


def _part(
    attribute: Attribute | None, columns: tuple[sa.Column[object], ...]
) -> tuple[sa.ColumnElement[object], str] | None:
    """What an index holds of an attribute, and a word for its name; None when it has no single short column."""
    if attribute is None or len(columns) != 1:
        return None
    if isinstance(attribute, TextValue) and attribute.max_size > LONGEST_INDEXED:
        return None
    column = columns[0]
    if attribute.compared in FOLDED:
        return sa.func.fold(column), f"fold_{column.name}"
    return column, column.name
