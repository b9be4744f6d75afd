"""Typed values: every compiled expression says what it is, so that each conversion is written out in the SQL.

That is how both databases come to the same results as MySQL, which converts silently.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from interdesk.store.compile import binding
from interdesk.store.compile.flavours import AS_BOUND, EMPTY, Flavour, Sql, func, quoted, whole
from interdesk.store.compile.statement import NOW, Argument, Convert, Origin, Slot


class Kind(enum.Enum):
    INTEGER = enum.auto()
    REAL = enum.auto()
    BOOLEAN = enum.auto()  # a condition; counts as 0 or 1
    TEXT = enum.auto()
    CODE = enum.auto()  # one of few texts, compared as it is
    ADDRESS = enum.auto()
    SET = enum.auto()
    DATE = enum.auto()
    DATETIME = enum.auto()
    NULL = enum.auto()


NUMBERS = frozenset({Kind.INTEGER, Kind.REAL, Kind.BOOLEAN})
MOMENTS = frozenset({Kind.DATE, Kind.DATETIME})
# Texts without letters: folding them changes nothing.
UNFOLDED = NUMBERS | MOMENTS


@dataclass(frozen=True, slots=True)
class Typed:
    """An SQL expression. ``codes`` (folded -> code) only for a CODE whose codes are known."""

    kind: Kind
    sql: Sql
    codes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Pending:
    """A literal or an argument; how it is converted is decided by what it meets, and done when it is bound.

    ``many``: all items of a list, or an argument in a list.
    """

    kind: Kind
    origin: Origin
    many: bool = False


Value = Typed | Pending


class Conversions:
    """Turns values into SQL of the kind that is needed; collects the slots of one statement."""

    def __init__(self, flavour: Flavour) -> None:
        self.flavour = flavour
        self.slots: dict[str, Slot] = {}

    def bind(self, origin: Origin, convert: Convert, type_: sa.types.TypeEngine[Any]) -> Sql:
        name = f"s{len(self.slots)}"
        self.slots[name] = Slot(origin, convert)
        return sa.bindparam(name, type_=type_)

    def text_slot(self, value: Pending, convert: Convert) -> Sql:
        if value.many:
            return self.bind(value.origin, self.flavour.list_of(convert), self.flavour.texts_type)
        return self.bind(value.origin, convert, sa.Text())

    def number_slot(self, value: Pending) -> Sql:
        if value.many:
            return self.bind(value.origin, self.flavour.list_of(binding.as_number), self.flavour.numbers_type)
        return self.bind(value.origin, binding.as_number, AS_BOUND)

    def page(self, name: str) -> Sql:
        return self.bind(Argument(name), binding.as_integer, sa.BigInteger())

    def now(self) -> Typed:
        return Typed(Kind.DATETIME, self.bind(Argument(NOW), binding.as_text, sa.Text()))

    def today(self) -> Typed:
        return Typed(Kind.DATE, self.bind(Argument(NOW), binding.as_day, sa.Text()))

    def condition(self, value: Value) -> Sql:
        """True for numbers other than 0, and for texts that begin with one."""
        if isinstance(value, Typed):
            if value.kind is Kind.BOOLEAN:
                return value.sql
            if value.kind is Kind.NULL:
                return self.flavour.unknown()
        return self.number(value) != whole(0)

    def number(self, value: Value) -> Sql:
        if isinstance(value, Pending):
            return self.number_slot(value)
        if value.kind in (Kind.INTEGER, Kind.REAL):
            return value.sql
        if value.kind is Kind.BOOLEAN:
            return self.flavour.boolean(value.sql)
        if value.kind is Kind.NULL:
            return self.flavour.real(sa.null())
        text = value.sql
        if value.kind in MOMENTS:
            for sign in ("-", ":", " "):
                text = func.replace(text, quoted(sign), EMPTY)
        return self.flavour.prefix_number(text)

    def real(self, value: Value) -> Sql:
        return self.flavour.real(self.number(value))

    def integer(self, value: Value) -> Sql:
        """The nearest 64-bit integer."""
        if isinstance(value, Pending):
            return self.bind(value.origin, binding.as_integer, self.flavour.integer_type)
        if value.kind in (Kind.INTEGER, Kind.BOOLEAN):
            return sa.cast(self.number(value), self.flavour.integer_type)
        return self.flavour.integer(self.number(value))

    def text(self, value: Value) -> Sql:
        if isinstance(value, Pending):
            return self.text_slot(value, binding.as_text)
        if value.kind is Kind.REAL:
            return func.oql_text(value.sql)
        if value.kind in (Kind.INTEGER, Kind.BOOLEAN):
            return sa.cast(self.number(value), sa.Text())
        if value.kind is Kind.NULL:
            return sa.cast(sa.null(), sa.Text())
        return value.sql

    def folded(self, value: Value) -> Sql:
        """As texts are compared."""
        if isinstance(value, Pending):
            return self.text_slot(value, binding.as_folded)
        text = self.text(value)
        return text if value.kind in UNFOLDED else func.fold(text)

    def moment(self, value: Value) -> Sql:
        """``YYYY-MM-DD HH:MM:SS``, NULL for what is no date."""
        if isinstance(value, Pending):
            return self.text_slot(value, binding.as_moment)
        if value.kind is Kind.DATETIME:
            return value.sql
        if value.kind is Kind.DATE:
            return value.sql.concat(quoted(" 00:00:00"))
        return func.oql_moment(self.text(value))

    def day(self, value: Value) -> Sql:
        """A text whose first ten characters are the day."""
        return value.sql if isinstance(value, Typed) and value.kind is Kind.DATE else self.moment(value)

    def common(self, values: list[Value]) -> tuple[Kind, list[Sql]]:
        """One kind for all, as IF and COALESCE need it: a text unless all are numbers, or all are dates."""
        kinds = {value.kind for value in values if value.kind is not Kind.NULL}
        if kinds and kinds <= NUMBERS:
            if Kind.REAL in kinds:
                return Kind.REAL, [self.real(value) for value in values]
            return Kind.INTEGER, [self.integer(value) for value in values]
        if kinds == {Kind.DATE}:
            return Kind.DATE, [self.text(value) for value in values]
        if kinds and kinds <= MOMENTS:
            return Kind.DATETIME, [self.moment(value) for value in values]
        return Kind.TEXT, [self.text(value) for value in values]
