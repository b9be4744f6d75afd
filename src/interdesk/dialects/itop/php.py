"""How the original reads loosely typed values: numbers and texts that stand for each other.

Source: facts ``itop_rest_quirks.md`` 10, 21, scenario 09.
"""

from __future__ import annotations

import re
from typing import Any

NUMERIC = re.compile(r"\s*[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?\s*")
LEADING_INTEGER = re.compile(r"\s*([+-]?\d+)")


def is_numeric(value: Any) -> bool:
    """True for numbers and for texts that are one."""
    if isinstance(value, bool):
        return False
    return isinstance(value, (int, float)) or (isinstance(value, str) and NUMERIC.fullmatch(value) is not None)


def to_integer(value: Any) -> int:
    """The integer that a value is taken for: the digits that a text begins with, 0 for anything else."""
    match value:
        case bool():
            return int(value)
        case int():
            return value
        case float():
            return int(value) if abs(value) < 2**63 else 0
        case str():
            if NUMERIC.fullmatch(value):
                number = float(value)
                return int(number) if abs(number) < 2**63 else 0
            found = LEADING_INTEGER.match(value)
            return int(found[1][:20]) if found else 0
        case list() | dict():
            return 1 if value else 0
    return 0


def to_text(value: Any) -> str:
    """The text that a scalar is taken for; a list gives ``Array``."""
    match value:
        case None | False:
            return ""
        case True:
            return "1"
        case float():
            return repr(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
        case list():
            return "Array"
    return str(value)


def identifier(value: Any) -> int | None:
    """The id that a number (or numeric text) stands for, None when no object can have it."""
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    if not number.is_integer() or abs(number) >= 2**53:
        return None
    return int(number)
