"""Values of a column that gets another type, as SQL: what cannot be converted becomes NULL."""

from __future__ import annotations

from interdesk.model.attributes import ColumnKind
from interdesk.store.database import Dialect

INTEGER, REAL, TEXT = ColumnKind.INTEGER, ColumnKind.REAL, ColumnKind.TEXT

# (from, to) -> SQL with {0} for the column.
SQLITE = {
    (TEXT, INTEGER): "CASE WHEN CAST(CAST({0} AS INTEGER) AS TEXT) = trim({0}) THEN CAST({0} AS INTEGER) END",
    (TEXT, REAL): "CASE WHEN {0} GLOB '*[0-9]*' AND NOT {0} GLOB '*[^0-9.-]*' THEN CAST({0} AS REAL) END",
    (REAL, INTEGER): "CAST(round({0}) AS INTEGER)",
    (REAL, TEXT): "CAST({0} AS TEXT)",
    (INTEGER, REAL): "CAST({0} AS REAL)",
    (INTEGER, TEXT): "CAST({0} AS TEXT)",
}
POSTGRESQL = {
    (TEXT, INTEGER): "CASE WHEN btrim({0}) ~ '^-?[0-9]{{1,18}}$' THEN btrim({0})::bigint END",
    (TEXT, REAL): "CASE WHEN btrim({0}) ~ '^-?[0-9]{{1,18}}([.][0-9]{{1,18}})?$' THEN btrim({0})::double precision END",
    (REAL, INTEGER): "round({0})::bigint",
    (REAL, TEXT): "{0}::text",
    (INTEGER, REAL): "{0}::double precision",
    (INTEGER, TEXT): "{0}::text",
}


def expression(dialect: Dialect, column: str, old: ColumnKind, new: ColumnKind) -> str:
    """SQL that gives the new value of ``column`` (an identifier as SQL text)."""
    if old is new:
        return column
    return (SQLITE if dialect == "sqlite" else POSTGRESQL)[old, new].format(column)


def narrows(old: ColumnKind, new: ColumnKind) -> bool:
    """True when values may be lost."""
    return new is not TEXT and (old, new) != (INTEGER, REAL)
