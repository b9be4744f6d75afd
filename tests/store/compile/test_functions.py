"""Functions: what each answers, on both databases. An expression is compared as text with what MySQL gives."""

from __future__ import annotations

import pytest

from tests.store.compile.loaded import Loaded

# (expression over person 1, its value as text; None: NULL)
VALUES = [
    ("IF(vip, 'yes', 'no')", "yes"),
    ("IF(NULL, 1, 2)", "2"),
    ("IF(age > 3, age, 'x')", "30"),
    ("IF(1, born, seen)", "1990-05-06 00:00:00"),
    ("ELT(2, 'a', first_name)", "Ann"),
    ("ELT(3, 'a', 'b')", None),
    ("ELT('1', age, 'b')", "30"),
    ("COALESCE(NULL, status, 'x')", "active"),
    ("COALESCE(NULL, rate)", "2.5"),
    ("COALESCE(NULL, NULL)", None),
    ("ISNULL(status)", "0"),
    ("ISNULL(NULL)", "1"),
    ("CONCAT(first_name, '-', age, '-', rate)", "Ann-30-2.5"),
    ("CONCAT(first_name, NULL)", None),
    ("CONCAT(1 + 1, 7 / 2, id = 1)", "23.51"),
    ("CONCAT('100%', '%s')", "100%%s"),
    ("SUBSTR(first_name, 2)", "nn"),
    ("SUBSTR(first_name, 1, 1)", "A"),
    ("SUBSTR(first_name, -2, 1)", "n"),
    ("SUBSTR(first_name, 0)", ""),
    ("SUBSTR(first_name, 9)", ""),
    ("SUBSTR(first_name, -9, 2)", ""),
    ("SUBSTR(first_name, 1, -1)", ""),
    ("SUBSTR(first_name, NULL)", None),
    ("TRIM('  a b ')", "a b"),
    ("DATE(seen)", "2026-01-31"),
    ("DATE('2020-03-04 05:06:07')", "2020-03-04"),
    ("DATE('x')", None),
    ("TIME(seen)", "10:20:30"),
    ("TIME('7:08')", "07:08:00"),
    ("TIME(born)", "00:00:00"),
    ("DATE_FORMAT(seen, '%Y/%m/%d %H-%i-%s')", "2026/01/31 10-20-30"),
    ("DATE_FORMAT('2026-03-05 13:04:09', '%a %W %b %M %c %e %D %k %l %I %p %r %T %y %j %w %f %% %q')",
     "Thu Thursday Mar March 3 5 5th 13 1 01 PM 01:04:09 PM 13:04:09 26 064 4 000000 % q"),
    ("DATE_FORMAT('2027-01-01', '%U %u %V %v %X %x')", "00 00 52 53 2026 2026"),
    ("DATE_FORMAT('2024-12-30', '%U %u %V %v %X %x')", "52 53 52 01 2024 2025"),
    ("DATE_FORMAT('2026-01-05', '%U %u %V %v %X %x')", "01 02 01 02 2026 2026"),
    ("DATE_FORMAT('no date', '%Y')", None),
    ("NOW()", "2026-03-10 12:00:00"),
    ("CURRENT_DATE()", "2026-03-10"),
    ("TO_DAYS('2020-03-04')", "737853"),
    ("TO_DAYS(seen) - TO_DAYS(born)", "13054"),
    ("TO_DAYS('x')", None),
    ("FROM_DAYS(737853)", "2020-03-04"),
    ("FROM_DAYS(0)", "0000-00-00"),
    ("YEAR(seen)", "2026"),
    ("MONTH('2020-3-4')", "3"),
    ("DAY(20200304)", "4"),
    ("YEAR('x')", None),
    ("DATE_ADD('2020-01-31', INTERVAL 1 MONTH)", "2020-02-29"),
    ("DATE_ADD(born, INTERVAL 1 DAY)", "1990-05-07"),
    ("DATE_ADD(born, INTERVAL 1 HOUR)", "1990-05-06 01:00:00"),
    ("DATE_ADD(seen, INTERVAL 40 SECOND)", "2026-01-31 10:21:10"),
    ("DATE_ADD(seen, INTERVAL '1.5' DAY)", "2026-02-02 10:20:30"),
    ("DATE_SUB(seen, INTERVAL 90 MINUTE)", "2026-01-31 08:50:30"),
    ("DATE_SUB(seen, INTERVAL 2 YEAR)", "2024-01-31 10:20:30"),
    ("DATE_SUB('2024-02-29', INTERVAL 1 YEAR)", "2023-02-28"),
    ("DATE_ADD('2024-02-29 01:00:00', INTERVAL -1 DAY)", "2024-02-28 01:00:00"),
    ("DATE_ADD('2024-02-29', INTERVAL 99999 YEAR)", None),
    ("DATE_ADD(seen, INTERVAL 999999999999 DAY)", None),
    ("DATE_ADD(NULL, INTERVAL 1 DAY)", None),
    ("ROUND('2.5')", "3"),
    ("ROUND('-2.5')", "-3"),
    ("ROUND('2.345', 2)", "2.35"),
    ("ROUND(1234, -2)", "1200"),
    ("ROUND(NULL)", None),
    ("FLOOR('-1.5')", "-2"),
    ("FLOOR(rate)", "2"),
    ("INET_ATON('10.0.0.1')", "167772161"),
    ("INET_ATON('127.1')", "2130706433"),
    ("INET_ATON('1.2.3.4.5')", None),
    ("INET_ATON('1.2.3.256')", None),
    ("INET_NTOA(167772161)", "10.0.0.1"),
    ("INET_NTOA(-1)", None),
    ("7 / 2", "3.5"),
    ("2 * 3 - 1", "5"),
    ("'12abc' + 1", "13"),
    ("'1e2' + 0", "100"),
    ("' -.5x' + 0", "-0.5"),
    ("5 ^ 3", "6"),
    ("'2.5' | 0", "3"),
    ("name = 'DOE'", "1"),
    ("NULL = 1", None),
    ("seen + 0", "20260131102030"),
]  # fmt: skip


@pytest.mark.parametrize(("expression", "expected"), VALUES, ids=[text for text, _ in VALUES])
def test_a_function_answers(desk: Loaded, expression: str, expected: str | None) -> None:
    condition = f"ISNULL({expression})" if expected is None else f"CONCAT({expression}, '|') = :expected"
    assert desk.find(f"SELECT Person WHERE id = 1 AND {condition}", expected=f"{expected}|") == [1]


def test_the_clock_decides_what_is_now(desk: Loaded) -> None:
    text = "SELECT Person WHERE seen > DATE_SUB(NOW(), INTERVAL 1 MONTH)"
    plan = desk.compiler.select(desk.query(text), ("id",))
    assert desk.run(plan, **{"#now": "2026-02-28 10:20:29"}) == [(1,)]
    assert desk.run(plan, **{"#now": "2026-03-31 10:20:31"}) == []
