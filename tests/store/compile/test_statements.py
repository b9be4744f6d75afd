"""Statements: shared by queries of one shape, and served by indexes."""

from __future__ import annotations

import pytest

from interdesk.oql import resolved
from interdesk.store.compile import Compiler
from interdesk.store.compile.shape import Lifted, lift, slotted
from tests.store.compile import sample
from tests.store.compile.loaded import Loaded


@pytest.fixture(scope="module")
def many(empty: Loaded) -> Loaded:
    """Enough organizations for indexes to be worth while."""
    rows = [sample.made("Organization", n, name=f"Org {n * 7 % 1000:04d}", parent_id=0) for n in range(1, 1001)]
    people = [
        sample.made("Person", n, name=f"Name {n}", first_name=f"{n * 7 % 1000:04d}", org_id=n % 100 + 1)
        for n in range(1, 1001)
    ]
    loaded = empty.load({"Organization": rows, "Contact": people})
    if loaded.dialect == "postgresql":  # SQLite runs without statistics, as the store lets it
        loaded.connection.execute("ANALYZE")
    return loaded


ALIKE = [
    ("SELECT Person WHERE id = 12", "SELECT Person WHERE id = 13"),
    ("SELECT Person WHERE name = 'a' AND age > 3", "SELECT Person WHERE name = \"it's\" AND age > 0x10"),
    ("SELECT Person WHERE id IN (1, 2)", "SELECT Person WHERE id IN (3, 4)"),
    (f"SELECT Person WHERE id IN ({', '.join('1' * 20)})", f"SELECT Person WHERE id IN ({', '.join('2' * 50)})"),
    ("SELECT Person WHERE id = 1 UNION SELECT Team WHERE id = 2",
     "SELECT Person WHERE id = 3 UNION SELECT Team WHERE id = 4"),
]  # fmt: skip
DIFFERENT = [
    ("SELECT Person WHERE id = 12", "SELECT Person WHERE id = '12'"),
    ("SELECT Person WHERE id = 12", "SELECT Person WHERE id != 12"),
    ("SELECT Person WHERE id = 12", "SELECT Person WHERE id = NULL"),
    ("SELECT Person WHERE id = 12", "SELECT Contact WHERE id = 12"),
    ("SELECT Person WHERE id IN (1, 2)", "SELECT Person WHERE id NOT IN (1, 2)"),
    ("SELECT Person WHERE id IN (1, 2)", "SELECT Person WHERE id IN (1, 2, 3)"),
    ("SELECT Person WHERE name = :a", "SELECT Person WHERE name = :b"),
    ("SELECT Person WHERE (1 + 2) * 3", "SELECT Person WHERE 1 + (2 * 3)"),
]


@pytest.mark.parametrize(("one", "other"), ALIKE)
def test_queries_of_one_shape_share_a_statement(desk: Loaded, one: str, other: str) -> None:
    first = desk.compiler.select(desk.query(one), ("id", "name"))
    second = desk.compiler.select(desk.query(other), ("id", "name"))
    assert first.statement is second.statement
    assert first.literals != second.literals


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_other_shapes_have_statements_of_their_own(desk: Loaded, one: str, other: str) -> None:
    plans = [desk.compiler.select(desk.query(text), ("id",)) for text in (one, other)]
    assert plans[0].statement is not plans[1].statement


def test_fields_and_options_belong_to_the_statement(desk: Loaded) -> None:
    query = desk.query("SELECT Person")
    select = desk.compiler.select
    plans = [
        select(query, ("id",)), select(query, ("name",)), select(query, ("id",), ordered=False),
        select(query, ("id",), paged=True), desk.compiler.count(query),
    ]  # fmt: skip
    assert len({id(plan.statement) for plan in plans}) == len(plans)
    assert select(query, ("id",)).statement is plans[0].statement


def test_the_least_used_statement_goes_first(desk: Loaded) -> None:
    compiler = Compiler(desk.model, desk.schema, desk.dialect, kept=2)
    plans = {code: compiler.select(desk.query("SELECT Person"), (code,)) for code in ("id", "name")}
    assert compiler.select(desk.query("SELECT Person"), ("id",)).statement is plans["id"].statement
    compiler.select(desk.query("SELECT Person"), ("age",))
    assert len(compiler) == 2
    assert compiler.select(desk.query("SELECT Person"), ("id",)).statement is plans["id"].statement
    assert compiler.select(desk.query("SELECT Person"), ("name",)).statement is not plans["name"].statement


def test_literals_never_stand_in_the_sql(desk: Loaded) -> None:
    plan = desk.compiler.select(desk.query("SELECT Person WHERE name = 'secret' OR age = 4711"), ("id",))
    assert "secret" not in plan.statement.sql and "4711" not in plan.statement.sql
    assert plan.literals == ("secret", 4711)


def test_a_statement_names_its_arguments(desk: Loaded) -> None:
    text = "SELECT Person WHERE name = :name AND seen < NOW() AND id IN (:ids) AND org_id = :this->org_id"
    assert desk.compiler.select(desk.query(text), ("id",)).statement.arguments == ("ids", "name", "this->org_id")


def test_literals_are_numbered_as_they_are_lifted(desk: Loaded) -> None:
    text = (
        "SELECT Person AS p WHERE p.id IN (SELECT Person AS q WHERE q.name = 'a' AND q.id IN (1, 'b')) "
        "AND DATE_ADD(p.seen, INTERVAL 2 DAY) > 'c' OR p.domains MATCHES 'd' UNION SELECT Team WHERE size = 3"
    )
    query = desk.query(text)
    _, literals = lift(query)
    assert literals == ("a", 1, "b", 2, "c", "d", 3)
    numbers = [node.index for node in nodes(slotted(query)) if isinstance(node, Lifted)]
    assert numbers == list(range(7))


def nodes(node: object) -> list[object]:
    """A node of a resolved query and all below it, in reading order."""
    if isinstance(node, tuple):
        return [found for part in node for found in nodes(part)]
    if not isinstance(node, (resolved.Select, resolved.Union, *resolved.Expr.__args__, resolved.Interval)):
        return []
    return [node, *(found for name in type(node).__dataclass_fields__ for found in nodes(getattr(node, name)))]


def test_an_object_is_found_by_its_id_through_the_index(many: Loaded) -> None:
    plan = many.compiler.select(many.query("SELECT Organization WHERE id = 3"), ("id", "name", "parent_name"))
    used = many.explain(plan)
    assert "SCAN" not in used and "Seq Scan" not in used


def test_a_name_is_found_through_the_index(many: Loaded) -> None:
    plan = many.compiler.select(many.query("SELECT Organization WHERE name = 'ORG 0007'"), ("id",))
    assert "fold_name" in many.explain(plan)
    assert many.run(plan) == [(1,)]


def test_an_ordered_page_comes_from_the_index(many: Loaded) -> None:
    plan = many.compiler.select(many.query("SELECT Organization"), ("id", "name"), paged=True)
    used = many.explain(plan)
    assert "fold_name" in used
    # The index gives the names in order; only objects of one name are sorted by id.
    assert "Incremental Sort" in used or "Sort" not in used
    assert "TEMP B-TREE FOR ORDER BY" not in used
    assert [row[0] for row in many.run(plan, **{"#limit": 2})] == [1000, 143]


def test_a_page_of_a_sub_class_comes_from_the_index(many: Loaded) -> None:
    plan = many.compiler.select(many.query("SELECT Person"), ("id", "org_name"), paged=True)
    assert "finalclass_fold_first_name_name" in many.explain(plan)
    assert many.run(plan, **{"#limit": 2, "#offset": 1}) == [(143, "Org 0308"), (286, "Org 0609")]


NARROW = [
    ("SELECT Person WHERE org_id = 3", "org_id", 10),
    ("SELECT Person WHERE org_id IN (3, 4) AND age = 1", "org_id", 0),
    ("SELECT Person WHERE name = 'NAME 7'", "fold_name", 1),
    ("SELECT Person AS p JOIN Organization AS o ON p.org_id = o.id WHERE o.name = 'org 0007'", "org_id", 10),
    ("SELECT Organization AS o JOIN Person AS p ON p.org_id = o.id WHERE p.name = 'name 7'", "fold_name", 1),
]


@pytest.mark.parametrize(("text", "index", "found"), NARROW)
def test_few_objects_are_found_through_the_index_that_leads_to_them(
    many: Loaded, text: str, index: str, found: int
) -> None:
    plan = many.compiler.select(many.query(text), ("id", "friendlyname"), paged=True)
    assert f"Contact_{index}" in many.explain(plan)
    assert len(many.run(plan)) == found
