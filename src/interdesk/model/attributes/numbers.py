"""Numbers: integers, percentages, durations (seconds), decimals, booleans."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from interdesk.model.attributes.base import Attribute, Column, ColumnKind, Compared
from interdesk.model.issues import Issue, WrongValue

INTEGER_LIMIT = 2**31  # the range of the original's column; wider values are refused


@dataclass(frozen=True, kw_only=True, eq=False)
class Integer(Attribute):
    types: ClassVar[tuple[str, ...]] = ("AttributeInteger", "AttributePercentage")
    compared = Compared.NUMBER

    def columns(self) -> tuple[Column, ...]:
        return (Column("", ColumnKind.INTEGER, True),)

    def normalise(self, value: Any) -> int | None:
        if value is None or value == "":
            return None
        try:
            return int(value)
        except (TypeError, ValueError, OverflowError) as problem:
            raise WrongValue(f"an integer is needed, not {value!r}") from problem

    def check(self, value: Any) -> Issue | None:
        if issue := super().check(value):
            return issue
        if value is not None and not -INTEGER_LIMIT <= value < INTEGER_LIMIT:
            return Issue("value", f"Value not allowed [{value}]", self.code)
        return None


@dataclass(frozen=True, kw_only=True, eq=False)
class Duration(Integer):
    """Seconds, never negative."""

    types = ("AttributeDuration",)

    def normalise(self, value: Any) -> int | None:
        seconds = super().normalise(value)
        return None if seconds is None or seconds < 0 else seconds


@dataclass(frozen=True, kw_only=True, eq=False)
class Decimal(Attribute):
    """``decimals`` digits are kept behind the point."""

    types = ("AttributeDecimal",)
    compared = Compared.NUMBER
    digits: int = 12
    decimals: int = 2

    def columns(self) -> tuple[Column, ...]:
        return (Column("", ColumnKind.REAL, True),)

    def normalise(self, value: Any) -> float | None:
        if value is None or value == "":
            return None
        try:
            number = float(value)
        except (TypeError, ValueError, OverflowError) as problem:
            raise WrongValue(f"a decimal number is needed, not {value!r}") from problem
        if number != number or abs(number) >= 10 ** (self.digits - self.decimals):
            raise WrongValue(f"{value!r} does not fit into {self.digits} digits")
        return round(number, self.decimals)


@dataclass(frozen=True, kw_only=True, eq=False)
class Boolean(Attribute):
    """Stored as 0 or 1."""

    types = ("AttributeBoolean",)
    compared = Compared.NUMBER

    def columns(self) -> tuple[Column, ...]:
        return (Column("", ColumnKind.INTEGER, True),)

    def initial(self, now: str) -> int | None:
        return None if self.default is None else int(bool(self.default))

    def normalise(self, value: Any) -> int | None:
        if value is None or value == "":
            return None
        if isinstance(value, (bool, int)):
            return int(bool(value))
        raise WrongValue(f"true or false is needed, not {value!r}")
