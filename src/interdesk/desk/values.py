"""The native values that the desk takes for attributes that are more than a scalar."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from interdesk.model.attributes import LogEntry


@dataclass(frozen=True, slots=True)
class Document:
    """The new contents of a blob; ``data`` None empties it."""

    data: bytes | None
    mimetype: str = ""
    filename: str = ""


@dataclass(frozen=True, slots=True)
class Hashed:
    """A one-way password that ``Vault.hash`` has hashed already, with its clear text for the rules."""

    clear: str
    stored: str


@dataclass(frozen=True, slots=True)
class NewEntry:
    """An entry for a case log. ``date`` None is now; ``user`` None is the actor.

    ``format`` is ``html`` (cleaned before it is stored) or ``text``; another one is kept, and has no markup.
    ``author`` names an author who is no user.
    """

    message: str
    format: str = "html"
    date: str | None = None
    user: int | None = None
    author: str | None = None


@dataclass(frozen=True, slots=True)
class LogChange:
    """Entries to append, or (``replace``) the whole new log."""

    entries: tuple[NewEntry, ...]
    replace: bool = False


@dataclass(frozen=True, slots=True)
class LinkChange:
    """The whole new contents of a link set, one mapping of native values for each element.

    ``cls`` names the class of the object to create (a sub-class of the linked class for 1:n sets).
    """

    elements: Sequence[tuple[str, Mapping[str, Any]]]


Log = Sequence[LogEntry]
