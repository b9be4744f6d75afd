"""What differs between the databases: conversions and functions, as SQL.

Where SQLite has a built-in that means the same it is used, because a Python function costs more for each row.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import Dialect

from interdesk.store.compile import binding, dates, regexp
from interdesk.store.compile.statement import Convert

Sql = sa.ColumnElement[Any]

func = sa.func
BLANK = sa.literal_column("' '", sa.Text())
COMMA = sa.literal_column("','", sa.Text())
EMPTY = sa.literal_column("''", sa.Text())


def whole(number: int) -> Sql:
    """A number written into the SQL text."""
    return sa.literal_column(str(number), sa.Integer())


def quoted(text: str) -> Sql:
    """A text of the design written into the SQL text."""
    return sa.literal_column("'" + text.replace("'", "''") + "'", sa.Text())


class AsBound(sa.types.UserDefinedType[Any]):
    """The type is that of the bound value: no cast is written, none is taken over from the other side."""

    cache_ok = True


AS_BOUND = AsBound()


class Flavour:
    """The functions of ``functions_sqlite`` and ``functions_postgres`` bear the same names."""

    dialect: Dialect
    integer_type: sa.types.TypeEngine[Any] = sa.Integer()
    # The types of bound lists.
    numbers_type: sa.types.TypeEngine[Any] = AS_BOUND
    texts_type: sa.types.TypeEngine[Any] = AS_BOUND
    nulls_come_first = True
    guesses = False  # plans without statistics

    def boolean(self, sql: Sql) -> Sql:
        """A condition as the number 0 or 1."""
        raise NotImplementedError

    def unknown(self) -> Sql:
        """A condition that is never true and never false."""
        raise NotImplementedError

    def prefix_number(self, text: Sql) -> Sql:
        raise NotImplementedError

    def real(self, number: Sql) -> Sql:
        raise NotImplementedError

    def integer(self, number: Sql) -> Sql:
        return func.oql_integer(self.real(number))

    def xor(self, left: Sql, right: Sql) -> Sql:
        raise NotImplementedError

    def member(self, sql: Sql, items: Sql) -> Sql:
        """``sql`` is among the items of a bound list."""
        raise NotImplementedError

    def finish(self, values: list[Any]) -> Any:
        """A list as it is bound."""
        raise NotImplementedError

    def list_of(self, convert: Convert) -> Convert:
        return binding.listed(convert, self.finish)

    def gathered(self, rows: sa.Select[Any]) -> sa.Select[Any] | None:
        """Many rows of integers and texts as one: each column a list in JSON. None where that gains nothing."""
        return None

    def any_code(self, codes: Sql, wanted: Sql) -> Sql:
        """One of the bound list of codes is among the codes in a text."""
        raise NotImplementedError

    def ordered(self, text: Sql) -> Sql:
        """A text that is ordered by its bytes."""
        return text

    def pattern(self, value: Any) -> str | None:
        """A pattern of REGEXP as it is bound. Raises BadPattern."""
        raise NotImplementedError

    def regexp(self, text: Sql, pattern: Sql) -> Sql:
        raise NotImplementedError

    def round(self, number: Sql, digits: Sql) -> Sql:
        return func.oql_round(self.real(number), self.integer(digits))

    def add(self, date: Sql, amount: Sql, unit: str, is_moment: bool) -> Sql:
        """``amount`` is an integer; ``is_moment``: ``date`` is known to be ``YYYY-MM-DD HH:MM:SS``."""
        return func.oql_date_add(date, amount, quoted(unit))

    def to_days(self, day: Sql) -> Sql:
        return func.oql_to_days(day)


class Sqlite(Flavour):
    """SQL for SQLite: what it lacks is registered with the connection."""

    guesses = True
    dialect = SQLiteDialect_pysqlite(paramstyle="qmark")

    def boolean(self, sql: Sql) -> Sql:
        return sa.type_coerce(sql, sa.Integer())

    def unknown(self) -> Sql:
        return sa.null()

    def prefix_number(self, text: Sql) -> Sql:
        return sa.cast(text, sa.Numeric())

    def real(self, number: Sql) -> Sql:
        return sa.type_coerce(number, sa.Double())

    def xor(self, left: Sql, right: Sql) -> Sql:
        return left.op("|")(right) - left.op("&")(right)

    def member(self, sql: Sql, items: Sql) -> Sql:
        return sql.in_(sa.select(sa.column("value")).select_from(func.json_each(items).table_valued("value")))

    def finish(self, values: list[Any]) -> Any:
        return binding.json_list(values)

    def gathered(self, rows: sa.Select[Any]) -> sa.Select[Any]:
        # The driver gives up Python's lock for each row, so that threads that read at a time would get in each
        # other's way with every row. All aggregates of a statement see the rows in the same order.
        inner = rows.subquery("gathered")
        return sa.select(*(func.json_group_array(column) for column in inner.c))

    def any_code(self, codes: Sql, wanted: Sql) -> Sql:
        each = func.json_each(wanted).table_valued("value")
        framed = BLANK.concat(func.fold(func.replace(codes, COMMA, BLANK))).concat(BLANK)
        found = func.instr(framed, BLANK.concat(each.c.value).concat(BLANK))
        return sa.exists(sa.select(whole(1)).select_from(each).where(found > whole(0)))

    def pattern(self, value: Any) -> str | None:
        return regexp.checked(binding.as_text(value))

    def regexp(self, text: Sql, pattern: Sql) -> Sql:
        return func.oql_regexp(text, pattern) > whole(0)

    def add(self, date: Sql, amount: Sql, unit: str, is_moment: bool) -> Sql:
        if is_moment and unit in dates.SECONDS:
            return func.datetime(date, sa.type_coerce(amount, sa.Text()).concat(quoted(f" {unit.lower()}s")))
        return super().add(date, amount, unit, is_moment)

    def to_days(self, day: Sql) -> Sql:
        start: Sql = sa.literal_column("1721059.5", sa.Double())
        return sa.cast(func.julianday(func.substr(day, whole(1), whole(10))) - start, sa.Integer())


class Postgres(Flavour):
    """SQL for PostgreSQL: what it lacks are functions made with the schema."""

    dialect: Dialect = PGDialect_psycopg(paramstyle="format")  # type: ignore[no-untyped-call]
    integer_type = sa.BigInteger()
    texts_type = ARRAY(sa.Text())
    nulls_come_first = False

    def boolean(self, sql: Sql) -> Sql:
        return sa.cast(sql, sa.Integer())

    def unknown(self) -> Sql:
        return sa.cast(sa.null(), sa.Boolean())

    def prefix_number(self, text: Sql) -> Sql:
        return func.oql_number(text)

    def real(self, number: Sql) -> Sql:
        return sa.cast(number, sa.Double())

    def xor(self, left: Sql, right: Sql) -> Sql:
        return left.op("#")(right)

    def member(self, sql: Sql, items: Sql) -> Sql:
        return sql == sa.any_(items)

    def finish(self, values: list[Any]) -> Any:
        return binding.array(values)

    def any_code(self, codes: Sql, wanted: Sql) -> Sql:
        return func.string_to_array(func.fold(func.replace(codes, COMMA, BLANK)), BLANK).op("&&")(wanted)

    def ordered(self, text: Sql) -> Sql:
        return sa.collate(text, "C")

    def pattern(self, value: Any) -> str | None:
        return regexp.for_postgres(binding.as_text(value))

    def regexp(self, text: Sql, pattern: Sql) -> Sql:
        return text.op("~*", is_comparison=True)(pattern)


FLAVOURS: dict[str, type[Flavour]] = {"sqlite": Sqlite, "postgresql": Postgres}
