"""What the store asks of a database: connections that run SQL text, a reading and a writing transaction."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

Dialect = Literal["sqlite", "postgresql"]
Row = tuple[Any, ...]


class Connection(ABC):
    """One raw connection inside a transaction. Errors of the driver are raised as StoreError and its kinds.

    ``mark`` is the place of a bound value in SQL text; ``statements`` counts what was run so far.
    """

    dialect: ClassVar[Dialect]
    mark: ClassVar[str]
    statements: int = 0

    @abstractmethod
    def rows(self, sql: str, args: Sequence[Any] = ()) -> list[Row]:
        """The rows of a query. Raises QueryTooSlow when it runs longer than allowed."""

    @abstractmethod
    def change(self, sql: str, args: Sequence[Any] = ()) -> int:
        """Runs a statement that changes something; the number of rows it met."""

    @abstractmethod
    def change_many(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        """Runs one statement for each of ``rows``."""

    @abstractmethod
    def put(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Adds many rows to a table at once, in the quickest way that the database has."""

    @abstractmethod
    def highest(self, table: str) -> int:
        """The highest id that a class table has given so far; 0 for none."""

    @abstractmethod
    def insert(self, sql: str, args: Sequence[Any]) -> int:
        """Runs an INSERT of one row without ``id``; the id it got."""

    @abstractmethod
    def reserve(self, table: str) -> int:
        """The next id of a class table: nobody else gets it."""

    @abstractmethod
    def claim(self, table: str, key: int) -> None:
        """Makes sure that ``reserve`` and ``insert`` never give the id ``key``, which was chosen by the caller."""

    @abstractmethod
    def serialise(self, name: str) -> None:
        """Until the end of the transaction, nobody else gets past the same call with the same name."""

    @contextmanager
    def part(self) -> Iterator[None]:
        """A part of a writing transaction that is undone by itself when it raises."""
        self.change("SAVEPOINT part")
        try:
            yield
        except BaseException:
            self.change("ROLLBACK TO SAVEPOINT part")
            self.change("RELEASE SAVEPOINT part")
            raise
        self.change("RELEASE SAVEPOINT part")

    def attempt(self) -> AbstractContextManager[None]:
        """A stretch of a writing transaction: when a query in it fails, the transaction can go on all the same."""
        return nullcontext()

    @abstractmethod
    def within(self, values: Sequence[Any]) -> tuple[str, Any]:
        """The right side of ``column`` = any of ``values``: SQL text with one mark, and the value to bind."""


@dataclass(frozen=True, slots=True)
class Pool:
    """Connections at a moment: all, those that nobody uses, and how many wait for one."""

    connections: int
    idle: int
    waiting: int


class Database(ABC):
    """A database by URL. Thread-safe; ``close`` when done."""

    dialect: ClassVar[Dialect]
    mark: ClassVar[str]  # what stands for an argument in SQL

    @abstractmethod
    def rows(self, sql: str, args: Sequence[Any] = ()) -> list[Row]:
        """The rows of one statement, which needs no transaction around it. Raises as ``Connection.rows``."""

    @abstractmethod
    def read(self) -> AbstractContextManager[Connection]:
        """A transaction that sees one consistent state. Raises Unavailable."""

    @contextmanager
    def hurry(self, seconds: float) -> Iterator[bool]:
        """See ``Store.hurry``."""
        yield False

    @abstractmethod
    def write(self) -> AbstractContextManager[Connection]:
        """A transaction that is durable when the block was left without an exception. Raises Unavailable."""

    @abstractmethod
    def pool(self) -> Pool:
        """How the connections are used at the moment."""

    @abstractmethod
    def close(self) -> None:
        """Closes all connections."""


def quoted(name: str) -> str:
    """An identifier as SQL text."""
    return '"' + name.replace('"', '""') + '"'
