"""Joins, trees, unions and sub-queries: which objects come, each once, in the default order of their class."""

from __future__ import annotations

import pytest

from interdesk.errors import StoreError
from tests.store.compile.loaded import Loaded

QUERIES = [
    ("SELECT Contact", [4, 1, 2, 3, 6, 5]),
    ("SELECT Person", [4, 1, 2, 3]),
    ("SELECT Team", [6, 5]),
    ("SELECT Ticket", [1, 2, 4, 3]),
    ("SELECT Organization", [1, 3, 4, 2]),
    # keys that point away
    ("SELECT Person AS p JOIN Organization AS o ON p.org_id = o.id WHERE o.name = 'demo'", [1]),
    ("SELECT Person AS p JOIN Person AS m ON p.manager_id = m.id", [4, 1, 2, 3]),
    ("SELECT Person AS p JOIN Person AS m ON p.manager_id = m.id WHERE m.name LIKE 'd%'", [2, 3]),
    ("SELECT Person AS p JOIN Person AS m ON p.manager_id = m.id WHERE ISNULL(m.friendlyname)", [4, 1]),
    ("SELECT Person AS p JOIN Person AS m ON p.manager_id = m.id WHERE ISNULL(m.obsolescence_flag)", [4, 1]),
    ("SELECT Person AS p JOIN Person AS m ON p.manager_id = m.id WHERE m.org_name = 'sub'", [3]),
    ("SELECT Team AS t JOIN Person AS p ON t.leader_id = p.id", [5]),
    ("SELECT p FROM Team AS t JOIN Person AS p ON t.leader_id = p.id", [1]),
    # keys that point here: each object once
    ("SELECT Organization AS o JOIN Contact AS c ON c.org_id = o.id", [1, 3, 4, 2]),
    ("SELECT Organization AS o JOIN Contact AS c ON c.org_id = o.id WHERE c.finalclass = 'Team'", [1, 2]),
    ("SELECT Organization AS o JOIN Person AS p ON p.org_id = o.id WHERE p.org_name = o.name", [1, 3, 4, 2]),
    ("SELECT o FROM Person AS p JOIN Organization AS o ON p.org_id = o.id WHERE p.name = 'doe'", [1, 2]),
    ("SELECT p FROM Organization AS o JOIN Person AS p ON p.org_id = o.id WHERE o.id > 1", [4, 2, 3]),
    ("SELECT p, o FROM Person AS p JOIN Organization AS o ON p.org_id = o.id WHERE o.id = 1", [1]),
    ("SELECT Organization AS o JOIN Person AS p ON p.org_id = o.id JOIN Team AS t ON t.leader_id = p.id", [1]),
    ("SELECT Organization AS c JOIN Organization AS r ON c.parent_id = r.id WHERE r.id = 1", [2]),
    # trees
    ("SELECT Organization AS c JOIN Organization AS r ON c.parent_id BELOW r.id WHERE r.id = 1", [1, 3, 2]),
    ("SELECT Organization AS c JOIN Organization AS r ON c.parent_id BELOW STRICT r.id WHERE r.id = 1", [3, 2]),
    ("SELECT Organization AS c JOIN Organization AS r ON c.parent_id ABOVE r.id WHERE r.id = 3", [1, 3, 2]),
    ("SELECT Organization AS c JOIN Organization AS r ON c.parent_id ABOVE STRICT r.id WHERE r.id = 3", [1, 2]),
    ("SELECT Organization AS c JOIN Organization AS r ON c.parent_id NOT BELOW r.id WHERE r.id = 2", [1, 4]),
    ("SELECT Organization AS c JOIN Organization AS r ON c.parent_id NOT BELOW STRICT r.id WHERE r.id = 2", [1, 4, 2]),
    ("SELECT Organization AS c JOIN Organization AS r ON c.parent_id NOT ABOVE r.id WHERE r.id = 2", [3, 4]),
    ("SELECT Organization AS c JOIN Organization AS r ON c.parent_id NOT ABOVE STRICT r.id WHERE r.id = 2", [3, 4, 2]),
    ("SELECT Organization AS r JOIN Organization AS c ON c.parent_id BELOW STRICT r.id WHERE c.id = 3", [1, 2]),
    ("SELECT Person AS p JOIN Organization AS o ON p.org_id = o.id "
     "JOIN Organization AS r ON o.parent_id BELOW r.id WHERE r.name = 'demo'", [1, 2, 3]),
    # unions
    ("SELECT Person WHERE id = 1 UNION SELECT Person WHERE id = 1", [1]),
    ("SELECT Person WHERE id = 1 UNION SELECT Team", [1, 6, 5]),
    ("SELECT Person AS p JOIN Organization AS o ON p.org_id = o.id WHERE o.id = 1 UNION SELECT Team WHERE size",
     [1, 5]),
    # sub-queries
    ("SELECT Person AS p WHERE p.org_id IN (SELECT Organization AS o WHERE o.name = 'demo')", [1]),
    ("SELECT Person AS p WHERE p.id NOT IN (SELECT Person AS q JOIN Person AS r ON r.manager_id = q.id)", [4, 3]),
    ("SELECT Person AS p WHERE p.id IN (SELECT Person AS q WHERE q.manager_id = p.manager_id AND p.age = 0)", [4]),
    ("SELECT Person AS p WHERE p.id IN (SELECT Person AS q WHERE q.org_name = p.org_name AND p.org_name = 'sub')", [2]),
    ("SELECT Person AS p WHERE p.id IN (SELECT Person AS a WHERE a.id = 1 UNION SELECT Person AS b WHERE b.id = 2)",
     [1, 2]),
    ("SELECT Organization AS o WHERE o.id IN (SELECT Organization AS i JOIN Person AS p ON p.org_id = i.id "
     "WHERE p.id IN (SELECT Person AS q WHERE q.org_id = o.id AND q.manager_id = p.manager_id AND q.id > 1))",
     [3, 4, 2]),
    ("SELECT Person AS p WHERE p.name IN (SELECT Person AS q)", []),
    ("SELECT Person AS p WHERE p.first_name IN (SELECT Contact AS q WHERE q.id = 7)", []),
    ("SELECT Person AS p WHERE NULL IN (SELECT Person AS q)", []),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), QUERIES, ids=[text for text, _ in QUERIES])
def test_a_query_finds(desk: Loaded, text: str, expected: list[int]) -> None:
    assert desk.find(text) == expected
    assert desk.run(desk.compiler.count(desk.query(text))) == [(len(expected),)]


@pytest.mark.parametrize(("limit", "offset", "expected"), [(2, 0, [4, 1]), (2, 2, [2, 3]), (2, 4, []), (9, 3, [3])])
def test_pages_follow_the_order(desk: Loaded, limit: int, offset: int, expected: list[int]) -> None:
    plan = desk.compiler.select(desk.query("SELECT Person"), ("id", "org_name"), paged=True)
    assert [row[0] for row in desk.run(plan, **{"#limit": limit, "#offset": offset})] == expected


def test_too_many_tables_are_refused(desk: Loaded) -> None:
    members = " AND ".join(f"p{n}.manager_org_name = 'x'" for n in range(30))
    joins = " ".join(f"JOIN Person AS p{n} ON p{n - 1}.manager_id = p{n}.id" for n in range(1, 30))
    with pytest.raises(StoreError, match="more than 60 tables"):
        desk.find(f"SELECT Person AS p0 {joins} WHERE {members}")
