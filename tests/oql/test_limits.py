"""No query takes more stack, memory or time than the limits allow."""

from __future__ import annotations

from dataclasses import replace

import pytest

from interdesk import oql
from interdesk.oql import limits, resolved
from interdesk.oql.suggest import nearest
from tests.oql.models import small_model

MODEL = small_model()
DEPTH = limits.DEFAULT.depth

NESTED = {
    "parentheses": lambda n: "SELECT Person WHERE " + "(" * n + "1" + ")" * n,
    "functions": lambda n: "SELECT Person WHERE " + "TRIM(" * n + "name" + ")" * n,
    "lists": lambda n: "SELECT Person WHERE " + "1 IN (" * n + "1" + ")" * n,
    "alternating conditions": lambda n: "SELECT Person WHERE " + "(0 OR (1 AND " * (n // 2) + "1" + "))" * (n // 2),
}
CHAINED = {
    "sums": lambda n: "SELECT Person WHERE 1" + " + 1" * n,
    "products": lambda n: "SELECT Person WHERE 1" + " * 1" * n,
    "comparisons": lambda n: "SELECT Person WHERE 1" + " = 1" * n,
    "lists of lists": lambda n: "SELECT Person WHERE 1" + " IN (1)" * n,
    "bits": lambda n: "SELECT Person WHERE 1" + " | 1" * n,
    "intervals": lambda n: "SELECT Person WHERE " + "DATE_ADD(1, INTERVAL " * n + "1" + " DAY)" * n,
}


def sub_queries(n: int) -> str:
    return "SELECT Person WHERE id IN (" * n + "SELECT Person" + ")" * n


@pytest.mark.parametrize("make", [*NESTED.values(), *CHAINED.values()], ids=[*NESTED, *CHAINED])
def test_a_deep_query_is_understood_and_a_deeper_one_refused(make) -> None:  # type: ignore[no-untyped-def]
    text = make(DEPTH // 2 - 5)
    found = oql.query(text, MODEL)
    assert hash(found) == hash(oql.resolve(oql.parse(oql.to_text(oql.parse(text))), MODEL))
    for levels in (DEPTH + 5, 2_000):
        with pytest.raises(oql.LimitFault, match=f"nested deeper than {DEPTH} levels"):
            oql.query(make(levels), MODEL)


def test_sub_queries_have_a_depth_of_their_own() -> None:
    most = limits.DEFAULT.queries
    assert oql.query(sub_queries(most - 1), MODEL).cls.name == "Person"
    for levels in (most, 2_000):
        with pytest.raises(oql.LimitFault, match=f"Sub-queries lie deeper than {most} levels"):
            oql.query(sub_queries(levels), MODEL)


def test_the_length_is_counted_in_bytes() -> None:
    room = limits.DEFAULT.length - len("SELECT Person WHERE name = ''")
    assert isinstance(oql.query(f"SELECT Person WHERE name = '{'x' * room}'", MODEL), resolved.Select)
    for value in ("x" * (room + 1), "é" * (room // 2 + 1)):
        with pytest.raises(oql.LimitFault, match="65536") as caught:
            oql.query(f"SELECT Person WHERE name = '{value}'", MODEL)
        assert len(str(caught.value)) < 200


@pytest.mark.parametrize("operator", ["AND", "OR"])
def test_a_run_of_conditions_is_bound(operator: str) -> None:
    terms = limits.DEFAULT.terms
    assert oql.query("SELECT Person WHERE " + f" {operator} ".join(["1"] * terms), MODEL)
    with pytest.raises(oql.LimitFault, match=f"More than {terms} conditions are joined by {operator}"):
        oql.query("SELECT Person WHERE " + f" {operator} ".join(["1"] * (terms + 1)), MODEL)


def test_joins_are_bound() -> None:
    def joined(n: int) -> str:
        joins = (f"JOIN Person AS p{i} ON p.manager_id = p{i}.id" for i in range(n))
        return "SELECT Person AS p " + " ".join(joins)

    assert oql.query(joined(limits.DEFAULT.joins), MODEL)
    with pytest.raises(oql.LimitFault, match="at most"):
        oql.query(joined(limits.DEFAULT.joins + 1), MODEL)


def test_members_of_a_union_are_bound() -> None:
    most = limits.DEFAULT.members
    assert oql.query(" UNION ".join(["SELECT Person"] * most), MODEL)
    with pytest.raises(oql.LimitFault, match="at most"):
        oql.query(" UNION ".join(["SELECT Person"] * (most + 1)), MODEL)


@pytest.mark.parametrize("number", ["9223372036854775808", "9" * 60_000, "0x8000000000000000", "0x" + "f" * 60_000])
def test_numbers_have_64_bits(number: str) -> None:
    with pytest.raises(oql.LimitFault, match="does not fit into 64 bits"):
        oql.query(f"SELECT Person WHERE id = {number}", MODEL)


@pytest.mark.parametrize("number", ["9223372036854775807", "0" * 60_000 + "1", "0x7fffffffffffffff"])
def test_the_largest_numbers_are_understood(number: str) -> None:
    assert oql.query(f"SELECT Person WHERE id = {number}", MODEL)


def test_limits_can_be_given() -> None:
    with pytest.raises(oql.LimitFault):
        oql.parse("SELECT Person", replace(limits.DEFAULT, length=5))


def test_a_long_list_is_understood() -> None:
    where = oql.query(f"SELECT Person WHERE id IN ({','.join(map(str, range(10_000)))})", MODEL).where  # type: ignore[union-attr]
    assert isinstance(where, resolved.InList)
    assert len(where.items) == 10_000


@pytest.mark.parametrize(
    "text",
    ["'" * 60_000, "'\\" * 30_000, "(" * 60_000, "`" * 60_000, "NOT " * 15_000, ":" * 60_000, "SELECT " + "P" * 60_000,
     "SELECT Person WHERE x" + " " * 60_000],
)  # fmt: skip
def test_hostile_texts_are_refused(text: str) -> None:
    with pytest.raises(oql.OqlError):
        oql.query(text, MODEL)


@pytest.mark.parametrize(
    ("word", "candidates", "expected"),
    [
        ("Persn", ("Team", "Person", "Server"), "Person"),
        ("nam", ("name", "nom", "id"), "nom"),  # a tie: the last one
        ("name", ("name", "nome"), "name"),
        ("abcd", ("wxyz",), ""),
        ("", ("id", "name"), "id"),
        ("x" * 60_000, ("id", "name"), ""),
        ("anything", (), ""),
    ],
)
def test_the_nearest_name_is_suggested(word: str, candidates: tuple[str, ...], expected: str) -> None:
    assert nearest(word, candidates) == expected
