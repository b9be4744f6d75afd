"""A query after it was checked against the model: every name is bound to a class, an alias or an attribute.

This is what the store compiles, and what the desk extends with rights. All nodes are immutable and hashable, so
that a compiled statement can be cached by its query.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from interdesk.model.attributes import Attribute
from interdesk.model.classes import ObjectClass


@dataclass(frozen=True, slots=True)
class Literal:
    """An integer, a text, a hexadecimal number (its int value) or NULL (None)."""

    value: int | str | None


@dataclass(frozen=True, slots=True)
class Param:
    """A placeholder ``:name`` or ``:name->attribute``; its value is given when the statement runs."""

    name: str
    attribute: str | None = None

    @property
    def text(self) -> str:
        return f"{self.name}->{self.attribute}" if self.attribute else self.name


@dataclass(frozen=True, slots=True)
class Field:
    """A column of an alias. ``code`` as written; ``attribute`` None for ``id``.

    For a stop watch ``attribute`` is the watch and ``item`` its part (``timespent``, ``75_passed``, ``started``).
    """

    alias: str
    code: str
    attribute: Attribute | None
    item: str | None = None


@dataclass(frozen=True, slots=True)
class Binary:
    """``op`` as written: OR AND + - * / = != > < >= <= LIKE, NOT LIKE, REGEXP, | & ^ << >>."""

    op: str
    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True)
class Interval:
    """Only as an argument of a function. ``unit``: SECOND MINUTE HOUR DAY MONTH YEAR."""

    value: Expr
    unit: str


@dataclass(frozen=True, slots=True)
class Call:
    name: str
    args: tuple[Expr | Interval, ...]


@dataclass(frozen=True, slots=True)
class InList:
    """A single Param among the items may be bound to a list and then expands in place."""

    operand: Expr
    items: tuple[Expr, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class InQuery:
    """``query`` may refer to aliases of the outer query."""

    operand: Expr
    query: Query
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Match:
    """``field MATCHES 'a b'``: any of the blank-separated codes."""

    field: Field
    codes: Literal | Param


Expr = Literal | Param | Field | Binary | Call | InList | InQuery | Match


@dataclass(frozen=True, slots=True)
class Source:
    alias: str
    cls: ObjectClass


@dataclass(frozen=True, slots=True)
class Join:
    """``left`` is a key field, ``right`` the alias whose id it meets; ``alias``/``cls`` is the source it adds.

    ``op``: ``=``, ``BELOW``, ``BELOW STRICT``, ``NOT BELOW`` ... ``optional``: a LEFT JOIN (the key may be empty
    and the added source is the one pointed to).
    """

    alias: str
    cls: ObjectClass
    left: Field
    right: str
    op: str = "="
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Select:
    """``selected`` are aliases in the order asked for; the objects of the first one are the result."""

    selected: tuple[str, ...]
    source: Source
    joins: tuple[Join, ...] = ()
    where: Expr | None = None

    def cls_of(self, alias: str) -> ObjectClass:
        if alias == self.source.alias:
            return self.source.cls
        return next(join.cls for join in self.joins if join.alias == alias)

    @property
    def cls(self) -> ObjectClass:
        """The class of the result."""
        return self.cls_of(self.selected[0])


@dataclass(frozen=True, slots=True)
class Union:
    """Members over one root; ``cls`` is their lowest common ancestor. No duplicates in the result."""

    members: tuple[Select, ...]
    cls: ObjectClass = field(compare=False)


Query = Select | Union
