"""Numbers as MySQL reads and writes them."""

from __future__ import annotations

import decimal
import math
import re

BIGGEST = 2**63 - 1
LARGEST = 1.7976931348623157e308
# At most two digits of exponent, so that no text is a number out of range.
PREFIX = re.compile(
    r"\s*([+-]?(?:[0-9]{1,200}\.?[0-9]{0,200}|\.[0-9]{1,200})(?:[eE][+-]?[0-9]{1,2}(?![0-9]))?)", re.ASCII
)
_ADDRESS = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){0,3}", re.ASCII)


def prefix_number(text: str | None) -> int | float | None:
    """The number that a text begins with, 0 when it begins with none."""
    if text is None:
        return None
    found = PREFIX.match(text)
    return 0 if found is None else bounded(float(found[1]))


def bounded(number: int | float) -> int | float:
    """``number`` as a 64-bit integer when it is one without loss, else as a finite float."""
    if isinstance(number, int):
        if -BIGGEST <= number <= BIGGEST:
            return number
        return math.copysign(LARGEST, number) if abs(number) > LARGEST else float(number)
    if number.is_integer() and abs(number) <= 2**53:
        return int(number)
    return number


def number_text(number: int | float | None) -> str | None:
    """A number as text: whole ones without a point, others with at most 15 digits that count."""
    if number is None:
        return None
    whole = bounded(number)
    return str(whole) if isinstance(whole, int) else format(decimal.Decimal(f"{whole:.15g}"), "f")


def to_integer(number: int | float | None) -> int | None:
    """The nearest 64-bit integer, halves away from zero."""
    if number is None or isinstance(number, int):
        return number
    if abs(number) >= 2**63:
        return BIGGEST if number > 0 else -BIGGEST
    return int(math.copysign(math.floor(abs(number) + 0.5), number))


def round_to(number: int | float | None, digits: int | None) -> float | int | None:
    """``number`` with ``digits`` digits behind the point (before it, when negative), halves away from zero."""
    if number is None or digits is None:
        return None
    exact = decimal.Decimal(repr(number))
    places = max(-30, min(30, digits))
    with decimal.localcontext(decimal.Context(prec=400)):
        return bounded(float(exact.quantize(decimal.Decimal(1).scaleb(-places), decimal.ROUND_HALF_UP)))


def inet_aton(text: str | None) -> int | None:
    """The number of an IPv4 address, short forms included; None for what is none."""
    if text is None or not _ADDRESS.fullmatch(text):
        return None
    *front, last = (int(part) for part in text.split("."))
    if any(part > 255 for part in (*front, last)):
        return None
    return sum(part << (24 - 8 * place) for place, part in enumerate(front)) + last


def inet_ntoa(number: int | None) -> str | None:
    """The IPv4 address of a number; None when it is out of range."""
    if number is None or not 0 <= number < 2**32:
        return None
    return ".".join(str(number >> shift & 255) for shift in (24, 16, 8, 0))
