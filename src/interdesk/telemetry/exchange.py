"""The record of the request at hand. Whoever works on it notes there what the log and the figures tell of it."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(slots=True)
class Exchange:
    """``operation`` is a name that ``Board.offer`` knows, '' outside the dialects; ``code`` is the dialect's own,
    None where the HTTP status tells all."""

    id: str
    operation: str = ""
    code: int | None = None
    login: str = ""
    login_failed: bool = False
    message: str = ""  # the id by which a sender of web hooks marks repeats


_CURRENT: ContextVar[Exchange | None] = ContextVar("exchange", default=None)


def entered(exchange: Exchange) -> None:
    """From here on this is the request at hand, for what this task calls and in copies of its context."""
    _CURRENT.set(exchange)


def current() -> Exchange | None:
    """The request at hand; None outside of any."""
    return _CURRENT.get()
