"""A compiled statement: SQL text, what is bound at each place, where each field lies in a row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from interdesk.errors import MissingArgument

# Names of arguments that the store gives, not the caller of a query.
NOW, LIMIT, OFFSET = "#now", "#limit", "#offset"


@dataclass(frozen=True, slots=True)
class LiteralAt:
    """The value comes from the query's own literals."""

    index: int


@dataclass(frozen=True, slots=True)
class Argument:
    """The value comes from the arguments of the run: ``:name`` or ``:name->attribute``."""

    name: str
    attribute: str | None = None

    @property
    def text(self) -> str:
        return f"{self.name}->{self.attribute}" if self.attribute else self.name


@dataclass(frozen=True, slots=True)
class Constant:
    """The value belongs to the design (a class's obsolescence condition): the same at every run."""

    value: Any


Origin = LiteralAt | Argument | Constant
Convert = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Slot:
    """One place of a statement: where its value comes from and what makes it fit for the database."""

    origin: Origin
    convert: Convert

    def value(self, literals: tuple[Any, ...], args: Mapping[str, Any]) -> Any:
        """Raises MissingArgument; what ``convert`` raises for values that cannot be used."""
        origin = self.origin
        if isinstance(origin, LiteralAt):
            return self.convert(literals[origin.index])
        if isinstance(origin, Argument):
            return self.convert(lookup(origin, args))
        return self.convert(origin.value)


def lookup(argument: Argument, args: Mapping[str, Any]) -> Any:
    """The value of an argument: under its full text, or as a member of a mapping under its name."""
    try:
        return args[argument.text]
    except KeyError:
        holder = args.get(argument.name)
        if argument.attribute is not None and isinstance(holder, Mapping) and argument.attribute in holder:
            return holder[argument.attribute]
    raise MissingArgument(argument.text, sorted(name for name in args if not name.startswith("#")))


@dataclass(frozen=True, slots=True, eq=False)
class Statement:
    """``layout``: for each requested field the place and the number of its columns in a row.

    ``arguments`` are the texts of the arguments that a run must give, the store's own (``#now``) left out.
    ``gathered``: the one row that it answers has all columns as lists in JSON. ``tables``: what it is read from.
    """

    sql: str
    slots: tuple[Slot, ...]
    layout: tuple[tuple[int, int], ...]
    arguments: tuple[str, ...]
    gathered: bool = False
    tables: frozenset[str] = frozenset()
    # What bind does at every run: constants were converted once, only these places change.
    template: tuple[Any, ...] = field(init=False)
    moving: tuple[tuple[int, Slot], ...] = field(init=False)
    uses_clock: bool = field(init=False)

    def __post_init__(self) -> None:
        fixed = [slot.value((), {}) if isinstance(slot.origin, Constant) else None for slot in self.slots]
        moving = [(at, slot) for at, slot in enumerate(self.slots) if not isinstance(slot.origin, Constant)]
        object.__setattr__(self, "template", tuple(fixed))
        object.__setattr__(self, "moving", tuple(moving))
        object.__setattr__(self, "uses_clock", any(slot.origin == Argument(NOW) for _, slot in moving))

    def bind(self, literals: tuple[Any, ...], args: Mapping[str, Any]) -> tuple[Any, ...]:
        """The values for the places of ``sql``, in their order. Raises MissingArgument, BadPattern."""
        values = list(self.template)
        for at, slot in self.moving:
            values[at] = slot.value(literals, args)
        return tuple(values)


@dataclass(frozen=True, slots=True)
class Plan:
    """A statement, shared by all queries of its shape, and the literals of one query."""

    statement: Statement
    literals: tuple[Any, ...]

    def binds(self, args: Mapping[str, Any]) -> tuple[Any, ...]:
        return self.statement.bind(self.literals, args)
