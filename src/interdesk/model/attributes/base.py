"""What every attribute type answers: its columns, and how a value is defaulted, normalised, checked, compared.

A *stored value* is what lies in the database: ``int``, ``float``, ``str`` or None for one column; a tuple, in the
order of ``columns``, for an attribute of several columns. Wire formats are the dialects' business.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from interdesk.model.issues import Issue, WrongValue


class ColumnKind(enum.Enum):
    INTEGER = "integer"
    REAL = "real"
    TEXT = "text"


class Compared(enum.Enum):
    """How OQL compares the values of an attribute."""

    NUMBER = "number"
    TEXT = "text"  # without regard to case, accents and trailing blanks
    CODE = "code"  # one of few known texts
    DATE = "date"  # ``YYYY-MM-DD``
    DATETIME = "datetime"  # ``YYYY-MM-DD HH:MM:SS``
    ADDRESS = "address"  # text that sorts as an IPv4 address
    SET = "set"  # codes in one text, matched by MATCHES
    NEVER = "never"  # not usable in a query


@dataclass(frozen=True, slots=True)
class Column:
    """One column: ``suffix`` is appended to the attribute code (empty for a single column)."""

    suffix: str
    kind: ColumnKind
    nullable: bool
    default: int | float | str | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Attribute:
    """What all attributes share. ``type_name`` is the ``xsi:type`` of the design."""

    types: ClassVar[tuple[str, ...]] = ()
    compared: ClassVar[Compared] = Compared.NEVER
    writable: ClassVar[bool] = True

    code: str
    type_name: str
    defined_in: str
    label: str
    null_allowed: bool = False
    default: Any = None
    depends_on: Sequence[str] = field(default=())
    tracked: bool = True  # False: changes leave no history row

    def columns(self) -> tuple[Column, ...]:
        """The columns that hold a value, () for what is computed or lies in a table of its own."""
        return ()

    def initial(self, now: str) -> Any:
        """The stored value of a new object; ``now`` is ``YYYY-MM-DD HH:MM:SS``."""
        return self.default

    def is_empty(self, value: Any) -> bool:
        return value is None

    def normalise(self, value: Any) -> Any:
        """The stored value for a native one (str, int, float, bool, None). Raises WrongValue."""
        return value

    def check(self, value: Any) -> Issue | None:
        """What is wrong with a stored value, or None."""
        if not self.null_allowed and self.is_empty(value):
            return Issue("null", "Null not allowed", self.code)
        return None

    def same(self, left: Any, right: Any) -> bool:
        return bool(left == right)


@dataclass(frozen=True, kw_only=True, eq=False)
class TextValue(Attribute):
    """One text column where empty is ``''``, never NULL; ``max_size`` is in characters."""

    compared = Compared.TEXT
    default: Any = ""
    max_size: int = 255
    pattern: str | None = None

    def columns(self) -> tuple[Column, ...]:
        return (Column("", ColumnKind.TEXT, False, ""),)

    def initial(self, now: str) -> Any:
        return self.default or ""

    def is_empty(self, value: Any) -> bool:
        return value is None or value == ""

    def normalise(self, value: Any) -> str:
        if value is None:
            return ""
        if isinstance(value, bool):
            return "1" if value else ""
        if isinstance(value, (str, int, float)):
            text = str(value)
            if "\x00" in text:
                raise WrongValue("a text cannot hold a NUL character")
            return text
        raise WrongValue(f"a text is needed, not {type(value).__name__}")

    def check(self, value: Any) -> Issue | None:
        if issue := super().check(value):
            return issue
        if len(value) > self.max_size:
            return Issue("long", f"String too long (found {len(value)}, limited to {self.max_size})", self.code)
        if self.pattern and value and not matches(self.pattern, value):
            return Issue("format", f"Wrong format [{value}]", self.code)
        return None


def matches(pattern: str, text: str) -> bool:
    """True when ``text`` contains a match of a design's validation pattern."""
    import re

    return re.search(pattern, text) is not None
