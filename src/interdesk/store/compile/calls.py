"""The functions of OQL, with MySQL's meaning."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import sqlalchemy as sa

from interdesk.errors import StoreError
from interdesk.store.compile import dates
from interdesk.store.compile.flavours import EMPTY, Sql, func, whole
from interdesk.store.compile.values import Conversions, Kind, Typed, Value


class Calls:
    """Functions applied to values. The resolver has checked the numbers of arguments."""

    def __init__(self, to: Conversions) -> None:
        self.to = to
        self._functions: Mapping[str, Callable[..., Typed]] = {
            "IF": self._if,
            "ELT": self._elt,
            "COALESCE": self._coalesce,
            "ISNULL": self._is_null,
            "CONCAT": self._concat,
            "SUBSTR": self._substr,
            "TRIM": lambda text: Typed(Kind.TEXT, func.trim(to.text(text))),
            "DATE": self._date,
            "TIME": self._time,
            "DATE_FORMAT": self._date_format,
            "CURRENT_DATE": to.today,
            "NOW": to.now,
            "TO_DAYS": lambda day: Typed(Kind.INTEGER, to.flavour.to_days(to.day(day))),
            "FROM_DAYS": lambda number: Typed(Kind.DATE, func.oql_from_days(to.integer(number))),
            "YEAR": lambda day: self._part(day, 1, 4),
            "MONTH": lambda day: self._part(day, 6, 2),
            "DAY": lambda day: self._part(day, 9, 2),
            "ROUND": self._round,
            "FLOOR": lambda number: Typed(Kind.REAL, func.floor(to.real(number))),
            "INET_ATON": lambda text: Typed(Kind.INTEGER, func.oql_inet_aton(to.text(text))),
            "INET_NTOA": lambda number: Typed(Kind.TEXT, func.oql_inet_ntoa(to.integer(number))),
        }

    def call(self, name: str, args: list[Value], unit: str | None = None) -> Typed:
        """``unit`` is that of an interval among the arguments."""
        if name in ("DATE_ADD", "DATE_SUB"):
            if unit is None or len(args) != 2:
                raise StoreError(f"{name} needs a date and an interval")
            return self._add(args[0], args[1], unit, name == "DATE_SUB")
        return self._functions[name](*args)

    def _if(self, condition: Value, then: Value, otherwise: Value) -> Typed:
        kind, (one, other) = self.to.common([then, otherwise])
        return Typed(kind, sa.case((self.to.condition(condition), one), else_=other))

    def _elt(self, number: Value, *choices: Value) -> Typed:
        place, texts = self.to.integer(number), [self.to.text(choice) for choice in choices]
        return Typed(Kind.TEXT, sa.case(*((place == whole(n), text) for n, text in enumerate(texts, 1))))

    def _coalesce(self, *values: Value) -> Typed:
        kind, found = self.to.common(list(values))
        return Typed(kind, found[0] if len(found) == 1 else func.coalesce(*found))

    def _is_null(self, value: Value) -> Typed:
        text = value.sql if isinstance(value, Typed) else self.to.text(value)
        return Typed(Kind.BOOLEAN, text.is_(None))

    def _concat(self, *values: Value) -> Typed:
        texts = [self.to.text(value) for value in values]
        sql = texts[0]
        for text in texts[1:]:
            sql = sql.concat(text)
        return Typed(Kind.TEXT, sql)

    def _substr(self, text: Value, position: Value, length: Value | None = None) -> Typed:
        """Counts from 1, from the end when negative; empty where there is nothing."""
        whole_text, start = self.to.text(text), self._small(position)
        size = func.length(whole_text)
        first = sa.case((start < whole(0), size + whole(1) + start), else_=start)
        inside = sa.or_(sa.and_(start > whole(0), start <= size), sa.and_(start < whole(0), -start <= size))
        if length is None:
            return self._piece(whole_text, start, inside, func.substr(whole_text, first))
        count = self._small(length)
        positive = sa.case((count > whole(0), count), (count.is_not(None), whole(0)))
        return self._piece(whole_text, start, inside, func.substr(whole_text, first, positive), count)

    def _piece(self, text: Sql, start: Sql, inside: Sql, piece: Sql, count: Sql | None = None) -> Typed:
        known = [text.is_not(None), start.is_not(None), *([] if count is None else [count.is_not(None)])]
        return Typed(Kind.TEXT, sa.case((inside, piece), (sa.and_(*known), EMPTY)))

    def _small(self, value: Value) -> Sql:
        """A place in a text; none is longer than a billion characters."""
        limit = whole(1_000_000_000)
        found = self.to.integer(value)
        inside = sa.case((found > limit, limit), (found < -limit, -limit), else_=found)
        return sa.cast(inside, sa.Integer())

    def _date(self, value: Value) -> Typed:
        if value.kind is Kind.DATE and isinstance(value, Typed):
            return value
        return Typed(Kind.DATE, func.substr(self.to.moment(value), whole(1), whole(10)))

    def _time(self, value: Value) -> Typed:
        if isinstance(value, Typed) and value.kind in (Kind.DATE, Kind.DATETIME):
            return Typed(Kind.TEXT, func.substr(self.to.moment(value), whole(12), whole(8)))
        return Typed(Kind.TEXT, func.oql_time(self.to.text(value)))

    def _date_format(self, value: Value, layout: Value) -> Typed:
        return Typed(Kind.TEXT, func.oql_date_format(self.to.day(value), self.to.text(layout)))

    def _part(self, value: Value, start: int, length: int) -> Typed:
        return Typed(Kind.INTEGER, sa.cast(func.substr(self.to.day(value), whole(start), whole(length)), sa.Integer()))

    def _round(self, number: Value, digits: Value | None = None) -> Typed:
        places = whole(0) if digits is None else self.to.number(digits)
        return Typed(Kind.REAL, self.to.flavour.round(self.to.number(number), places))

    def _add(self, date: Value, amount: Value, unit: str, back: bool) -> Typed:
        """A day stays a day when whole days, months or years are added."""
        kind = date.kind if isinstance(date, Typed) and date.kind in (Kind.DATE, Kind.DATETIME) else Kind.TEXT
        text, count = self.to.text(date), self.to.integer(amount)
        sql = self.to.flavour.add(text, -count if back else count, unit, kind is Kind.DATETIME)
        if kind is Kind.DATE and unit in dates.SECONDS and unit != "DAY":
            kind = Kind.DATETIME
        return Typed(kind, sql)
