"""The functions of OQL: how many arguments each takes. The original leaves a wrong count to its database."""

from __future__ import annotations

MANY = 10_000

ARITY: dict[str, tuple[int, int]] = {
    "IF": (3, 3), "ELT": (2, MANY), "COALESCE": (1, MANY), "ISNULL": (1, 1), "CONCAT": (1, MANY), "SUBSTR": (2, 3),
    "TRIM": (1, 1), "DATE": (1, 1), "DATE_FORMAT": (2, 2), "CURRENT_DATE": (0, 0), "NOW": (0, 0), "TIME": (1, 1),
    "TO_DAYS": (1, 1), "FROM_DAYS": (1, 1), "YEAR": (1, 1), "MONTH": (1, 1), "DAY": (1, 1), "DATE_ADD": (2, 2),
    "DATE_SUB": (2, 2), "ROUND": (1, 2), "FLOOR": (1, 1), "INET_ATON": (1, 1), "INET_NTOA": (1, 1),
}  # fmt: skip
WITH_INTERVAL = frozenset(("DATE_ADD", "DATE_SUB"))  # their second argument, and nothing else, is an interval
