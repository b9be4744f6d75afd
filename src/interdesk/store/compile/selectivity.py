"""Whether a condition alone leads to few objects, through an index.

SQLite plans without statistics. It takes any equality for a narrow one, also that of the class, which is true of
most rows; and it likes to read in the wanted order, even where few objects are to be sorted. Both must not keep it
from an index that leads to the few.
"""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from interdesk.model import ObjectClass
from interdesk.oql import resolved as oql
from interdesk.store.indexes import OWNER
from interdesk.store.schema import Schema

KNOWN = (oql.Literal, oql.Param)


def is_narrow(query: oql.Select, schema: Schema) -> bool:
    """True when a condition that all objects must meet says what an indexed column is.

    False where one index leads to the few and has them in their order: then it is found by their class too.
    """
    if query.where is None:
        return False
    terms = list(_terms(query.where))
    return any(_leads(term, query, schema) for term in terms) and not _is_paged(terms, query, schema)


def _is_paged(terms: list[oql.Expr], query: oql.Select, schema: Schema) -> bool:
    """True when the one condition that an index serves says whose the objects are."""
    served = [term for term in terms if _leads(term, query, schema, choices=True)]
    if query.joins or query.source.cls.name not in schema.paged or query.source.cls.descendants or len(served) != 1:
        return False
    (term,) = served
    return isinstance(term, oql.Binary) and any(
        isinstance(side, oql.Field) and side.code == OWNER for side in (term.left, term.right)
    )


def _terms(node: oql.Expr) -> Iterator[oql.Expr]:
    if isinstance(node, oql.Binary) and node.op == "AND":
        yield from _terms(node.left)
        yield from _terms(node.right)
    else:
        yield node


def _leads(term: oql.Expr, query: oql.Select, schema: Schema, *, choices: bool = False) -> bool:
    """Whether the term leads to few objects; ``choices``: or to many, through an index."""
    if isinstance(term, oql.Binary) and term.op == "=":
        for one, other in ((term.left, term.right), (term.right, term.left)):
            if isinstance(one, oql.Field) and isinstance(other, KNOWN):
                return _is_indexed(one, query, schema, choices)
        return False
    if isinstance(term, (oql.InList, oql.InQuery)) and not term.negated:
        known = isinstance(term, oql.InQuery) or all(isinstance(item, KNOWN) for item in term.items)
        return known and isinstance(term.operand, oql.Field) and _is_indexed(term.operand, query, schema, choices)
    return False


def _is_indexed(field: oql.Field, query: oql.Select, schema: Schema, choices: bool) -> bool:
    aliases = {query.source.alias, *(join.alias for join in query.joins)}
    if field.alias not in aliases or field.item is not None:
        return False
    if field.attribute is None:
        return True
    cls: ObjectClass = query.cls_of(field.alias)
    found = schema.columns(cls.name, field.code) if field.code in cls.attributes else ()
    if field.code in _choices(cls):
        return choices
    return len(found) == 1 and found[0].name in leading(schema.table(cls.name))


def _choices(cls: ObjectClass) -> tuple[str, ...]:
    """Indexed, but true of many."""
    return ("finalclass", *([cls.state_attribute] if cls.state_attribute else []))


def leading(table: sa.Table) -> set[str]:
    """The columns with which indexes of a table begin, folded or not."""
    found = set()
    for index in table.indexes:
        first = next(iter(index.expressions))
        column = next(iter(first.clauses), None) if isinstance(first, sa.sql.functions.FunctionElement) else first
        if isinstance(column, sa.Column):
            found.add(column.name)
    return found
