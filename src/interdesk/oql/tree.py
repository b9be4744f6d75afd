"""The syntax tree of a query: what was written, not yet checked against a model.

``at`` and ``alias_at`` are byte offsets into the text; they and ``text`` do not count when trees are compared.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Literal:
    """A decimal integer, a text or NULL (None)."""

    value: int | str | None
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Hexadecimal:
    """A hexadecimal number as written, ``0x0F``."""

    digits: str
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Param:
    """``:name`` or ``:name->attribute``."""

    name: str
    attribute: str | None = None
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Field:
    """``name`` or ``alias.name``."""

    name: str
    alias: str | None = None
    at: int = field(default=0, compare=False)
    alias_at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Binary:
    """``op`` as written, MATCHES among them; ``at`` is where the operator stands."""

    op: str
    left: Expr
    right: Expr
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Interval:
    value: Expr
    unit: str
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Call:
    name: str
    args: tuple[Expr | Interval, ...]
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class InList:
    operand: Expr
    items: tuple[Expr, ...]
    negated: bool = False
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class InQuery:
    operand: Expr
    query: Query
    negated: bool = False
    at: int = field(default=0, compare=False)


Expr = Literal | Hexadecimal | Param | Field | Binary | Call | InList | InQuery


@dataclass(frozen=True, slots=True)
class Name:
    """An alias in the list between SELECT and FROM."""

    text: str
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Source:
    """``cls`` or ``cls AS alias``."""

    cls: str
    alias: str | None = None
    at: int = field(default=0, compare=False)
    alias_at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Join:
    source: Source
    left: Field
    op: str
    right: Field
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Select:
    """``selected`` is empty when there is no FROM. ``text`` is the whole query, ``''`` in a sub-query or a union."""

    selected: tuple[Name, ...]
    source: Source
    joins: tuple[Join, ...] = ()
    where: Expr | None = None
    text: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Union:
    """Two members or more."""

    members: tuple[Select, ...]
    text: str = field(default="", compare=False)


Query = Select | Union
