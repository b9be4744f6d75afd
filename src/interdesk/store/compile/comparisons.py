"""How two values meet: the rule by which MySQL compares them, and both sides brought to it."""

from __future__ import annotations

import enum
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from interdesk.errors import StoreError
from interdesk.store.compile import binding
from interdesk.store.compile.flavours import Sql, func
from interdesk.store.compile.values import MOMENTS, NUMBERS, UNFOLDED, Conversions, Kind, Pending, Typed, Value

COMPARE: Mapping[str, Callable[[Any, Any], Any]] = {
    "=": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
    ">=": operator.ge,
    "<=": operator.le,
}


class By(enum.Enum):
    """What is compared."""

    NUMBER = enum.auto()
    FOLDED = enum.auto()
    CODE = enum.auto()
    PLAIN = enum.auto()
    DAY = enum.auto()
    MOMENT = enum.auto()


@dataclass(frozen=True, slots=True)
class Meeting:
    by: By
    codes: Mapping[str, str] = field(default_factory=dict, hash=False)


def meeting(left: Value, right: Value, equality: bool) -> Meeting:
    """The rule for two values, neither of them NULL."""
    kinds = {left.kind, right.kind}
    pending = isinstance(left, Pending) or isinstance(right, Pending)
    if Kind.CODE in kinds and equality:
        if pending:
            return Meeting(By.CODE, next(v.codes for v in (left, right) if isinstance(v, Typed)))
        if kinds == {Kind.CODE}:
            return Meeting(By.PLAIN)
    if kinds <= NUMBERS:
        return Meeting(By.NUMBER)
    if kinds & MOMENTS:
        return _with_moment(kinds, pending)
    if kinds & NUMBERS:
        return Meeting(By.NUMBER)
    if Kind.ADDRESS in kinds and (pending or kinds == {Kind.ADDRESS}):
        return Meeting(By.PLAIN)
    return Meeting(By.FOLDED)


def _with_moment(kinds: set[Kind], pending: bool) -> Meeting:
    if kinds & NUMBERS:
        return Meeting(By.NUMBER)
    if kinds == {Kind.DATE} or (Kind.DATE in kinds and pending):
        return Meeting(By.DAY)
    return Meeting(By.MOMENT)


class Comparisons:
    """Comparisons as conditions: BOOLEAN values that are NULL where a side is."""

    def __init__(self, to: Conversions) -> None:
        self.to = to

    def unknown(self) -> Typed:
        return Typed(Kind.BOOLEAN, self.to.flavour.unknown())

    def compare(self, op: str, left: Value, right: Value) -> Typed:
        if Kind.NULL in (left.kind, right.kind):
            return self.unknown()
        met = meeting(left, right, op in ("=", "!="))
        one, other = self.side(met, left), self.side(met, right)
        if op not in ("=", "!=") and met.by is not By.NUMBER:
            one = self.to.flavour.ordered(one)
        return Typed(Kind.BOOLEAN, COMPARE[op](one, other))

    def side(self, met: Meeting, value: Value) -> Sql:
        """A value as the meeting needs it."""
        if met.by is By.NUMBER:
            return self.to.number(value)
        if met.by is By.FOLDED:
            return self.to.folded(value)
        if isinstance(value, Pending):
            return self.to.text_slot(value, self._convert(met))
        if met.by is By.MOMENT:
            return self.to.moment(value)
        return value.sql

    def _convert(self, met: Meeting) -> Callable[[Any], Any]:
        if met.by is By.CODE:
            return binding.as_code(met.codes)
        if met.by is By.PLAIN:
            return binding.as_trimmed
        return binding.as_compared_day if met.by is By.DAY else binding.as_compared_moment

    def is_in(self, operand: Value, items: list[Value], negated: bool) -> Typed:
        """``operand IN (items)``; items that meet the operand alike share one IN."""
        if operand.kind is Kind.NULL:
            return self.unknown()
        found: list[Sql] = []
        groups: dict[By, tuple[Meeting, list[Value]]] = {}
        for item in items:
            if item.kind is Kind.NULL:
                found.append(self.to.flavour.unknown())
                continue
            met = meeting(operand, item, True)
            if isinstance(item, Pending) and item.many:
                found.append(self.to.flavour.member(self.side(met, operand), self.side(met, item)))
            else:
                groups.setdefault(met.by, (met, []))[1].append(item)
        for met, alike in groups.values():
            left, rights = self.side(met, operand), [self.side(met, item) for item in alike]
            found.append(left == rights[0] if len(rights) == 1 else left.in_(rights))
        return Typed(Kind.BOOLEAN, sa.not_(sa.or_(*found)) if negated else sa.or_(*found))

    def like(self, left: Value, right: Value, negated: bool) -> Typed:
        if Kind.NULL in (left.kind, right.kind):
            return self.unknown()
        text, pattern = self._text(left), self._pattern(right)
        found = text.not_like(pattern, escape="\\") if negated else text.like(pattern, escape="\\")
        return Typed(Kind.BOOLEAN, found)

    def _pattern(self, value: Value) -> Sql:
        if isinstance(value, Pending):
            return self.to.text_slot(value, binding.as_pattern)
        return func.oql_pattern(self.to.text(value))

    def regexp(self, left: Value, right: Value) -> Typed:
        """The pattern must be known when the statement is bound, because it is checked then."""
        if Kind.NULL in (left.kind, right.kind):
            return self.unknown()
        if not isinstance(right, Pending):
            raise StoreError("REGEXP needs a text or a placeholder as its pattern")
        pattern = self.to.text_slot(right, self.to.flavour.pattern)
        return Typed(Kind.BOOLEAN, self.to.flavour.regexp(self._text(left), pattern))

    def matches(self, left: Typed, codes: Value) -> Typed:
        """Any of the codes is in the set."""
        if not isinstance(codes, Pending):
            return self.unknown()
        wanted = self.to.bind(
            codes.origin, lambda value: self.to.flavour.finish(binding.as_codes(value)), self.to.flavour.texts_type
        )
        return Typed(Kind.BOOLEAN, self.to.flavour.any_code(left.sql, wanted))

    def _text(self, value: Value) -> Sql:
        plain = isinstance(value, Typed) and value.kind in UNFOLDED
        return self.to.text(value) if plain else self.to.folded(value)
