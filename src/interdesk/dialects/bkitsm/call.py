"""One call: its parameters, and the desk that it is for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from interdesk.approvals.library import Library
from interdesk.approvals.tickets import ORIGIN, TICKET, Ticket, Tickets, person_actor
from interdesk.desk import Desk, Reader, Transaction
from interdesk.dialects.bkitsm.errors import Unexpected

Result = TypeVar("Result")
NOTHING: list[Any] = []  # what a call answers that has nothing to tell


@dataclass(frozen=True, slots=True)
class Call:
    """``given``: the parameters without credentials. ``address``: the URL that was asked, without its query."""

    desk: Desk
    tickets: Tickets
    given: Mapping[str, Any]
    address: str
    app: str = ""

    @property
    def library(self) -> Library:
        return self.tickets.library

    @contextmanager
    def reading(self) -> Iterator[Reader]:
        with self.desk.reading() as reader:
            yield reader

    def write(self, who: str, work: Callable[[Transaction], Result]) -> Result:
        """The whole of it or nothing; the history shows the name of the one who acts."""
        comment = f"{who} (BlueKing ITSM API, {self.app or 'no app'})"
        return self.desk.write(person_actor(who), work, comment=comment, origin=ORIGIN)

    def ticket(self, reader: Reader, fields: tuple[str, ...] = TICKET) -> Ticket:
        """The ticket of the parameter ``sn``, with some of its values. Raises NoTicket."""
        return self.tickets.load(reader, self.tickets.find(reader, self.given.get("sn"), fields))

    def text(self, name: str, default: str = "") -> str:
        value = self.given.get(name)
        return default if value is None else value if isinstance(value, str) else str(value)

    def number(self, name: str) -> int:
        """A parameter as a number. Raises Unexpected for what is none."""
        value = self.given.get(name)
        try:
            return int(str(value))
        except ValueError:
            raise Unexpected(f"Field 'id' expected a number but got {value!r}.") from None


def is_true(value: Any) -> bool:
    return value is True or str(value).lower() in ("true", "1")
