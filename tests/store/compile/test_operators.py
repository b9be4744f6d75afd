"""Operators on values: what each finds among the sample persons, on both databases."""

from __future__ import annotations

import pytest

from interdesk.errors import BadPattern, MissingArgument, NotASet
from tests.store.compile.loaded import Loaded

ALL = [1, 2, 3, 4]

CONDITIONS = [
    # texts: case, accents and trailing blanks do not matter
    ("name = 'DOE'", [1, 2]),
    ("name = 'doe  '", [1, 2]),
    ("name != 'doe'", [3, 4]),
    ("name = '50% \\\\ éA_'", [4]),
    ("org_name = 'demo'", [1]),
    ("first_name > 'ann'", [2, 3]),
    ("first_name >= 'BOB' AND first_name <= 'bob'", [2]),
    ("first_name < 'b'", [1, 4]),
    ("first_name = NULL", []),
    ("ISNULL(first_name)", []),
    # LIKE
    ("name LIKE 'D%'", [1, 2]),
    ("name LIKE '_oe'", [1, 2]),
    ("name LIKE 'o''%'".replace("''", "\\'"), [3]),
    ("name LIKE '50\\\\%%'", [4]),
    ("name LIKE '5_\\\\%%'", [4]),
    ("name LIKE '%\\\\_'", [4]),
    ("name LIKE '%\\\\\\\\%'", [4]),
    ("name LIKE '%\\\\'", []),
    ("name LIKE '%ea%'", [4]),
    ("name NOT LIKE 'd%'", [3, 4]),
    ("name LIKE NULL", []),
    ("name LIKE CONCAT(first_name, '%')", []),
    ("CONCAT(first_name, '\\\\') LIKE CONCAT(first_name, '\\\\')", ALL),
    ("CONCAT(first_name, '%') LIKE CONCAT(first_name, '\\\\%')", ALL),
    ("age LIKE '3_'", [1]),
    ("status LIKE 'IN%'", [2]),
    # REGEXP
    ("first_name REGEXP '^[AB]'", [1, 2]),
    ("name REGEXP 'oe$'", [1, 2]),
    ("first_name REGEXP '^[0-9]+[[:alpha:]]{2}$'", [4]),
    ("name REGEXP '^(d|o)'", [1, 2, 3]),
    ("name REGEXP '\\\\bneil\\\\b'", [3]),
    ("age REGEXP '^0$'", [4]),
    ("name REGEXP NULL", []),
    # numbers
    ("id = 2", [2]),
    ("id = '2'", [2]),
    ("id = ' 2x'", [2]),
    ("id = 'abc'", []),
    ("id = 0x2", [2]),
    ("id = '1.5'", []),
    ("id > '1.5'", [2, 3, 4]),
    ("age = 'abc'", [4]),
    ("rate = '2.5'", [1]),
    ("rate < 0", [3]),
    ("age + 1 = 8", [2]),
    ("age * 2 > 10", [1, 2]),
    ("age / 4 > 7", [1]),
    ("age / 0 = 1", []),
    ("ISNULL(age / 0)", ALL),
    ("id = - 1", []),
    ("rate - 1 = '1.5'", [1]),
    ("first_name = 7", [4]),
    ("first_name + 1 = 8", [4]),
    ("first_name > 6", [4]),
    ("vip", [1]),
    ("vip = 0", [3]),
    # one level for comparisons, + and -
    ("id = 1 + 2", ALL),
    ("id + 1 = 3", [2]),
    ("id = 1 = 0", [2, 3, 4]),
    ("id = 1 = 1", [1]),
    # bits
    ("id & 1", [1, 3]),
    ("id & 1 = 1", [1, 3]),
    ("id & (2 = 2)", [1, 3]),
    ("(id | 4) = 5", [1]),
    ("(id ^ 3) = 1", [2]),
    ("(id << 1) = 4", [2]),
    ("(id >> 1) = 1", [2, 3]),
    ("(id << 64) = 0", ALL),
    ("(id << -1) = 0", ALL),
    ("(age >> 1) = 3", [2]),
    ("ISNULL(age & 1)", [3]),
    # plain values as conditions
    ("1", ALL),
    ("0", []),
    ("'1x'", ALL),
    ("'x'", []),
    ("NULL", []),
    ("age", [1, 2]),
    ("NULL OR id = 1", [1]),
    # lists
    ("id IN (1, 3)", [1, 3]),
    ("id NOT IN (1, 3)", [2, 4]),
    ("id IN (1, '3', 'x')", [1, 3]),
    ("id IN (1, NULL)", [1]),
    ("id NOT IN (1, NULL)", []),
    ("name IN ('DOE', 'o\\'neil ')", [1, 2, 3]),
    ("name NOT IN ('doe')", [3, 4]),
    ("first_name IN ('ann', 7)", [1, 4]),
    ("age IN (id, 30)", [1]),
    ("id IN (" + ", ".join(str(n) for n in range(2, 40)) + ")", [2, 3, 4]),
    ("name IN (" + ", ".join(f"'n{n}'" for n in range(30)) + ", 'DOE')", [1, 2]),
    # codes: NULL when empty
    ("status = 'active'", [1]),
    ("status = 'ACTIVE'", [1]),
    ("status = 'gone'", [4]),
    ("status = 'unknown'", []),
    ("status != 'active'", [2, 4]),
    ("ISNULL(status)", [3]),
    ("status IN ('active', 'Gone')", [1, 4]),
    ("status > 'b'", [2, 4]),
    ("finalclass = 'person'", ALL),
    ("status = first_name", []),
    # dates
    ("seen > '2026-01-31'", [1]),
    ("seen > '2026-01-31 10:20:30'", []),
    ("seen >= '2026/1/31 10:20:30'", [1]),
    ("seen = '20260131102030'", [1]),
    ("seen != 'x'", [1, 2]),
    ("seen < 'x'", []),
    ("ISNULL(seen)", [3, 4]),
    ("born = '1990-05-06'", [1]),
    ("born = '1990-05-06 00:00:00'", [1]),
    ("born = '1990-05-06 10:00:00'", []),
    ("born > '1990-05-06 10:00:00'", [2]),
    ("born < seen", [1, 2]),
    ("born IN ('2000-2-29', '1990-05-06')", [1, 2]),
    ("seen > 20260101000000", [1]),
    ("born = NULL", []),
    # keys: 0 when empty
    ("manager_id = 0", [1, 4]),
    ("manager_id = ''", [1, 4]),
    ("ISNULL(manager_id)", []),
    # sets
    ("domains MATCHES 'network'", [1, 2]),
    ("domains MATCHES 'HARDWARE other'", [1]),
    ("domains MATCHES 'net'", []),
    ("domains MATCHES 'network' AND domains MATCHES 'hardware'", [1]),
    ("domains = 'NETWORK'", [2]),
    # addresses
    ("ip = '10.0.0.9 '", [1]),
    ("ip LIKE '10.%'", [1, 2]),
    ("INET_ATON(ip) > INET_ATON('10.0.0.9')", [2]),
]


@pytest.mark.parametrize(("condition", "expected"), CONDITIONS, ids=[text for text, _ in CONDITIONS])
def test_a_condition_finds(desk: Loaded, condition: str, expected: list[int]) -> None:
    assert sorted(desk.find(f"SELECT Person WHERE {condition}")) == expected


ARGUMENTS = [
    ("id = :x", "2", [2]),
    ("id = :x", 2, [2]),
    ("id = :x", None, []),
    ("name = :x", "DOE", [1, 2]),
    ("first_name = :x", 7, []),
    ("id IN (:x)", [1, 3], [1, 3]),
    ("id IN (:x)", ["1", "3x", 1.5], [1, 3]),
    ("id IN (:x)", 3, [3]),
    ("id IN (:x)", [], []),
    ("id NOT IN (:x)", [], ALL),
    ("id IN (4, :x)", [1], [1, 4]),
    ("name IN (:x)", ["doe", "x"], [1, 2]),
    ("status IN (:x)", ["ACTIVE", "gone"], [1, 4]),
    ("status = :x", "GONE", [4]),
    ("seen >= :x", "2026-01-31", [1]),
    ("domains MATCHES :x", ["hardware"], [1]),
    ("domains MATCHES :x", "hardware,network", [1, 2]),
    ("name LIKE :x", "d%", [1, 2]),
    ("name REGEXP :x", "^d", [1, 2]),
    (":x", "1", ALL),
    ("age > :x->limit", {"limit": 10}, [1]),
    ("ISNULL(:x)", None, ALL),
    ("id = :x + 1", 0, ALL),
    ("DATE_ADD(seen, INTERVAL :x HOUR) > '2026-02-01'", "14", [1]),
]


@pytest.mark.parametrize(("condition", "value", "expected"), ARGUMENTS, ids=[f"{a} {b}" for a, b, _ in ARGUMENTS])
def test_an_argument_is_bound(desk: Loaded, condition: str, value: object, expected: list[int]) -> None:
    assert sorted(desk.find(f"SELECT Person WHERE {condition}", x=value)) == expected


def test_a_missing_argument_is_named(desk: Loaded) -> None:
    with pytest.raises(MissingArgument) as caught:
        desk.find("SELECT Person WHERE id = :this->id AND name = :name", name="x")
    assert (caught.value.name, caught.value.available) == ("this->id", ("name",))


REFUSED = ["(", "a)", "*a", "a**", "[a", "(?=a)", "\\\\1", "a{2,1}", "(a{200}){200}", "[[:x:]]", "a" * 2000]


@pytest.mark.parametrize("pattern", REFUSED)
def test_a_pattern_that_cannot_be_used_is_refused(desk: Loaded, pattern: str) -> None:
    with pytest.raises(BadPattern):
        desk.find(f"SELECT Person WHERE name REGEXP '{pattern}'")


def test_matches_needs_a_set(desk: Loaded) -> None:
    with pytest.raises(NotASet):
        desk.find("SELECT Person WHERE first_name MATCHES 'Ann'")
