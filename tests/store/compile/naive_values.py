"""Values the slow way: MySQL's conversions, comparisons and functions on single Python values."""

from __future__ import annotations

import calendar
import datetime as dt
import math
import operator
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP
from decimal import Decimal as Exact
from typing import Any

OPERATORS = {
    "=": operator.eq, "!=": operator.ne, "<": operator.lt, ">": operator.gt, "<=": operator.le, ">=": operator.ge,
}  # fmt: skip
NUMBERS = {"number", "real"}
MOMENTS = {"day", "moment"}
ZERO = "0000-00-00 00:00:00"


def fold(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in letters if not unicodedata.combining(letter)).lower().rstrip(" ")


@dataclass(frozen=True)
class Val:
    """``kind``: number, real, text, code, address, set, day, moment or null; ``free``: a literal or an argument."""

    kind: str
    value: Any
    free: bool = False


NULL = Val("null", None)


def as_moment(text: str) -> dt.datetime | None:
    """The moment that a text names."""
    clock = r"(?:[ T]?(\d{1,2})(?::?(\d{1,2})(?::?(\d{1,2}))?)?)?"
    found = re.fullmatch(rf"\s*(\d{{4}})\D?(\d{{1,2}})\D?(\d{{1,2}}){clock}\s*", text)
    if found is None or (text.strip().isdigit() and len(text.strip()) not in (8, 14)):
        return None
    try:
        return dt.datetime(*(int(part or 0) for part in found.groups()))  # type: ignore[arg-type]
    except ValueError:
        return None


def known(value: bool | None) -> Val:
    return Val("number", None if value is None else int(value))


class Values:
    def __init__(self, now: str) -> None:
        self.now = now

    # -- conversions

    def number(self, val: Val) -> Any:
        if val.value is None:
            return None
        if isinstance(val.value, (int, float)):
            return val.value
        text = re.sub(r"[-: ]", "", val.value) if val.kind in MOMENTS else val.value
        found = re.match(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", text, re.ASCII)
        return float(found[0]) if found else 0

    def text(self, val: Val) -> str | None:
        if val.value is None or isinstance(val.value, str):
            return val.value
        return str(int(val.value)) if float(val.value).is_integer() else format(Exact(f"{val.value:.15g}"), "f")

    def truth(self, val: Val) -> bool | None:
        number = self.number(val)
        return None if number is None else number != 0

    def integer(self, val: Val) -> int | None:
        number = self.number(val)
        return None if number is None else int(math.copysign(math.floor(abs(number) + 0.5), number))

    def moment(self, val: Val) -> str | None:
        text = self.text(val)
        found = None if text is None else as_moment(text)
        return None if found is None else found.isoformat(" ")

    def spread(self, val: Val) -> list[Val]:
        """An argument bound to a list stands for its items."""
        return [Val("text", item, free=True) for item in val.value] if isinstance(val.value, list) else [val]

    # -- operators

    def compare(self, op: str, left: Val, right: Val) -> bool | None:
        if left.value is None or right.value is None:
            return None
        one, two = self.sides(op, left, right)
        if one is None or two is None:
            return None
        return bool(OPERATORS[op](one, two))

    def sides(self, op: str, left: Val, right: Val) -> tuple[Any, Any]:
        """Both sides as they are compared."""
        kinds = {left.kind, right.kind}
        free = left.free or right.free
        if "code" in kinds and op in ("=", "!="):
            if free:
                return fold(self.text(left) or ""), fold(self.text(right) or "")
            if kinds == {"code"}:
                return left.value, right.value
        if kinds & NUMBERS:
            return self.number(left), self.number(right)
        if kinds & MOMENTS:
            return self.meeting_moment(left), self.meeting_moment(right)
        if "address" in kinds and (free or kinds == {"address"}):
            return (self.text(left) or "").rstrip(" "), (self.text(right) or "").rstrip(" ")
        return fold(self.text(left) or ""), fold(self.text(right) or "")

    def meeting_moment(self, val: Val) -> str | None:
        found = self.moment(val)
        return ZERO if found is None and val.free else found

    def binary(self, op: str, left: Val, right: Val) -> Val:
        if op in ("AND", "OR"):
            return known(self.logical(op, self.truth(left), self.truth(right)))
        if op in ("=", "!=", "<", ">", "<=", ">="):
            return known(self.compare(op, left, right))
        if op in ("LIKE", "NOT LIKE"):
            found = self.like(left, right)
            return known(None if found is None else found is (op == "LIKE"))
        if op == "REGEXP":
            text, pattern = self.text(left), self.text(right)
            missing = text is None or pattern is None
            return known(None if missing else re.search(fold(pattern or ""), fold(text or "")) is not None)
        if op in ("&", "|", "^", "<<", ">>"):
            return self.bits(op, self.integer(left), self.integer(right))
        one, two = self.number(left), self.number(right)
        if one is None or two is None or (op == "/" and two == 0):
            return Val("real", None)
        return Val("real", {"+": one + two, "-": one - two, "*": one * two, "/": one / (two or 1)}[op])

    def logical(self, op: str, left: bool | None, right: bool | None) -> bool | None:
        deciding = op == "OR"
        if deciding in (left, right):
            return deciding
        return None if None in (left, right) else not deciding

    def like(self, left: Val, right: Val) -> bool | None:
        text, pattern = self.text(left), self.text(right)
        if text is None or pattern is None:
            return None
        parts = re.findall(r"\\.|\\$|.", fold(pattern), re.DOTALL)
        wild = {"%": ".*", "_": "."}
        expression = "".join(wild.get(part) or re.escape(part[-1]) for part in parts)
        return re.fullmatch(expression, fold(text), re.DOTALL) is not None

    def bits(self, op: str, left: int | None, right: int | None) -> Val:
        if left is None or right is None:
            return Val("number", None)
        if op in ("<<", ">>"):
            if not 0 <= right < 64:
                return Val("number", 0)
            found = left << right if op == "<<" else left >> right
        else:
            found = {"&": left & right, "|": left | right, "^": left ^ right}[op]
        return Val("number", (found + 2**63) % 2**64 - 2**63)

    def is_in(self, operand: Val, items: Sequence[Val], negated: bool) -> Val:
        if operand.kind == "null":
            return NULL
        answers = [self.compare("=", operand, item) for item in items]
        found = True if True in answers else None if None in answers else False
        return known(None if found is None else found is not negated)

    def match(self, left: Val, codes: Val) -> Val:
        if codes.kind == "null" or left.value is None:
            return NULL
        return known(bool(set(fold(left.value).split()) & set(fold(codes.value).split())))

    # -- functions

    def call(self, name: str, args: list[Val], unit: str | None) -> Val:
        function = getattr(self, "f_" + name.lower())
        return function(*args, unit) if unit else function(*args)

    def common(self, args: Sequence[Val], chosen: Val | None) -> Val:
        """The chosen one of several values, as the kind that they have in common."""
        kinds = {arg.kind for arg in args} - {"null"}
        if kinds and kinds <= NUMBERS:
            kind = "real" if "real" in kinds else "number"
            return Val(kind, chosen and self.number(chosen))
        if kinds == {"day"}:
            return Val("day", chosen and chosen.value)
        if kinds and kinds <= MOMENTS:
            return Val("moment", chosen and self.moment(chosen))
        return Val("text", chosen and self.text(chosen))

    def f_if(self, condition: Val, then: Val, otherwise: Val) -> Val:
        return self.common([then, otherwise], then if self.truth(condition) else otherwise)

    def f_coalesce(self, *args: Val) -> Val:
        return self.common(args, next((arg for arg in args if arg.value is not None), None))

    def f_elt(self, number: Val, *choices: Val) -> Val:
        place = self.integer(number)
        return Val("text", self.text(choices[place - 1]) if place is not None and 0 < place <= len(choices) else None)

    def f_isnull(self, val: Val) -> Val:
        return known(val.value is None)

    def f_concat(self, *args: Val) -> Val:
        texts = [self.text(arg) for arg in args]
        return Val("text", None if None in texts else "".join(texts))  # type: ignore[arg-type]

    def f_substr(self, text: Val, position: Val, length: Val | None = None) -> Val:
        whole, start, count = self.text(text), self.integer(position), self.integer(length) if length else None
        if whole is None or start is None or (length and count is None):
            return Val("text", None)
        if start == 0 or start > len(whole) or -start > len(whole):
            return Val("text", "")
        piece = whole[start - 1 :] if start > 0 else whole[start:]
        return Val("text", piece if count is None else piece[: max(count, 0)])

    def f_trim(self, text: Val) -> Val:
        found = self.text(text)
        return Val("text", found and found.strip(" "))

    def f_date(self, val: Val) -> Val:
        found = self.moment(val)
        return Val("day", found and found[:10])

    def f_date_format(self, val: Val, layout: Val) -> Val:
        found, wanted = self.moment(val), self.text(layout)
        if found is None or wanted is None:
            return Val("text", None)
        for mysql, python in (("%i", "%M"), ("%s", "%S"), ("%W", "%A")):
            wanted = wanted.replace(mysql, python)
        return Val("text", dt.datetime.fromisoformat(found).strftime(wanted))

    def f_now(self) -> Val:
        return Val("moment", self.now)

    def f_current_date(self) -> Val:
        return Val("day", self.now[:10])

    def f_to_days(self, val: Val) -> Val:
        found = self.moment(val)
        return Val("number", found and dt.datetime.fromisoformat(found).toordinal() + 365)

    def f_year(self, val: Val) -> Val:
        return self.part(val, slice(0, 4))

    def f_month(self, val: Val) -> Val:
        return self.part(val, slice(5, 7))

    def f_day(self, val: Val) -> Val:
        return self.part(val, slice(8, 10))

    def part(self, val: Val, place: slice) -> Val:
        found = self.moment(val)
        return Val("number", found and int(found[place]))

    def f_round(self, val: Val, digits: Val | None = None) -> Val:
        number, places = self.number(val), self.integer(digits) if digits else 0
        if number is None or places is None:
            return Val("real", None)
        return Val("real", float(Exact(repr(number)).quantize(Exact(1).scaleb(-places), ROUND_HALF_UP)))

    def f_floor(self, val: Val) -> Val:
        number = self.number(val)
        return Val("real", None if number is None else math.floor(number))

    def f_inet_aton(self, val: Val) -> Val:
        parts = (self.text(val) or "x").split(".")
        if len(parts) > 4 or not all(part.isdigit() and int(part) < 256 for part in parts):
            return Val("number", None)
        parts = [*parts[:-1], *["0"] * (4 - len(parts)), parts[-1]]  # a short form leaves out zeros
        return Val("number", int.from_bytes(bytes(int(part) for part in parts), "big"))

    def f_date_sub(self, date: Val, amount: Val, unit: str) -> Val:
        number = self.integer(amount)
        return self.f_date_add(date, Val("number", None if number is None else -number), unit)

    def f_date_add(self, date: Val, amount: Val, unit: str) -> Val:
        whole = unit in ("DAY", "MONTH", "YEAR")
        kind = date.kind if date.kind in MOMENTS and not date.free else "text"
        short = kind == "day" or (kind == "text" and len((self.text(date) or "").strip()) <= 10)
        kind = "moment" if kind == "day" and not whole else kind
        found, number = self.moment(date), self.integer(amount)
        if found is None or number is None:
            return Val(kind, None)
        moment = dt.datetime.fromisoformat(found)
        try:
            if unit in ("MONTH", "YEAR"):
                months = moment.year * 12 + moment.month - 1 + number * (12 if unit == "YEAR" else 1)
                year, month = months // 12, months % 12 + 1
                last = calendar.monthrange(year, month)[1]
                moment = moment.replace(year=year, month=month, day=min(moment.day, last))
            else:
                moment += dt.timedelta(**{f"{unit.lower()}s": number})
        except (ValueError, OverflowError, IndexError, calendar.IllegalMonthError):
            return Val(kind, None)
        return Val(kind, moment.date().isoformat() if short and whole else moment.isoformat(" "))
