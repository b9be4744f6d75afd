"""What makes a value fit for its place in a statement: one function for each way in which values are compared.

Each takes what a literal or an argument may be (int, float, str, bool, date or None) and answers what is bound.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from interdesk.store.compile import dates, numbers
from interdesk.store.compile.fold import folded, plain
from interdesk.store.compile.statement import Convert

SMALL = 2**62


def as_text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, (bool, int, float)):
        return numbers.number_text(int(value) if isinstance(value, bool) else value)
    if isinstance(value, dt.datetime):
        return value.replace(tzinfo=None, microsecond=0).isoformat(" ")
    return str(value)


def as_folded(value: Any) -> str | None:
    text = as_text(value)
    return None if text is None else folded(text)


def as_trimmed(value: Any) -> str | None:
    text = as_text(value)
    return None if text is None else text.rstrip(" ")


def as_number(value: Any) -> int | float | None:
    """Numbers themselves, texts by the number they begin with."""
    if isinstance(value, (int, float)):
        return numbers.bounded(int(value) if isinstance(value, bool) else value)
    return numbers.prefix_number(as_text(value))


def as_integer(value: Any) -> int | None:
    """The nearest integer."""
    return numbers.to_integer(as_number(value))


def as_moment(value: Any) -> str | None:
    return dates.moment(as_text(value))


def as_compared_moment(value: Any) -> str | None:
    """What is no date compares as less than every date."""
    return None if value is None else as_moment(value) or dates.ZERO


def as_compared_day(value: Any) -> str | None:
    """As a moment, without its time at midnight: such texts order rightly among days."""
    found = as_compared_moment(value)
    return found[:10] if found is not None and found.endswith(" 00:00:00") else found


def as_day(value: Any) -> str | None:
    found = as_moment(value)
    return None if found is None else found[:10]


def as_code(codes: Mapping[str, str]) -> Convert:
    """Matches a text with the known codes (folded -> code); an unknown one stays as it is."""

    def convert(value: Any) -> str | None:
        text = as_text(value)
        return None if text is None else codes.get(folded(text), text)

    return convert


def as_pattern(value: Any) -> str | None:
    """A pattern of LIKE, folded. A backslash at its end stands for itself."""
    text = as_text(value)
    if text is None:
        return None
    pattern = plain(text).lower().rstrip(" ")
    backslashes = len(pattern) - len(pattern.rstrip("\\"))
    return pattern + "\\" if backslashes % 2 else pattern


def as_codes(value: Any) -> list[str]:
    """The codes of MATCHES: those of a text, separated by blanks or commas, or of a list."""
    texts = value if isinstance(value, (list, tuple, set, frozenset)) else [value]
    return [folded(code) for text in texts for code in (as_text(text) or "").replace(",", " ").split()]


class Ids(list[int]):
    """Ids of objects, given to several statements and not changed any more: made fit for the database once."""

    _bound: Any = None

    def bound(self, finish: Callable[[list[Any]], Any]) -> Any:
        if self._bound is None:
            self._bound = finish(self)
        return self._bound


def listed(convert: Convert, finish: Callable[[list[Any]], Any]) -> Convert:
    """Converts each item of a list; a single value is a list of one."""

    def convert_all(value: Any) -> Any:
        if isinstance(value, Ids) and convert is as_number:
            return value.bound(finish)
        many = value if isinstance(value, (list, tuple, set, frozenset)) else [value]
        if convert is as_number and set(map(type, many)) == {int} and max(map(abs, many)) < SMALL:
            return finish(list(many))  # the ids of objects, mostly: nothing to convert
        return finish([convert(item) for item in many])

    return convert_all


def json_list(values: Iterable[Any]) -> str:
    return msgspec.json.encode(values).decode() if isinstance(values, Ids) else json.dumps(list(values))


def array(values: Iterable[Any]) -> list[Any]:
    """A list of one type, as psycopg needs it."""
    found = list(values)
    return (
        [None if item is None else float(item) for item in found]
        if any(isinstance(item, float) for item in found)
        else found
    )
