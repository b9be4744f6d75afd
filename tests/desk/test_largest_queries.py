"""The largest queries that OQL accepts run on both databases, also for somebody who sees a part of the objects."""

from __future__ import annotations

from interdesk import oql
from interdesk.desk import SYSTEM, Desk
from interdesk.oql.limits import DEFAULT
from tests.support.people import SUPPORT, actor_of, add, add_user


def chain(operator: str) -> str:
    return "SELECT UserRequest WHERE " + f" {operator} ".join(["title LIKE 'x%'"] * DEFAULT.terms)


def joined() -> str:
    joins = (f"JOIN Person AS p{i} ON p.manager_id = p{i}.id" for i in range(DEFAULT.joins))
    return "SELECT Person AS p " + " ".join(joins)


def sub_queries(text: str) -> str:
    levels = DEFAULT.queries - 1
    return "SELECT Person WHERE id IN (" * levels + text + ")" * levels


LARGEST = {
    "AND": chain("AND"),
    "OR": chain("OR"),
    "joins": joined(),
    "sub-queries": sub_queries("SELECT Person"),
    "narrowed sub-queries": sub_queries("SELECT Person WHERE org_id_friendlyname LIKE 'A%'"),
    "unions": " UNION ".join(["SELECT Person WHERE name = 'x'"] * DEFAULT.members),
}


def test_the_largest_queries_run(bundled_desk: Desk) -> None:
    org = add(bundled_desk, "Organization", name="Acme")
    with bundled_desk.transaction(SYSTEM) as tx:
        user = add_user(tx, "ann", (SUPPORT,), (org,))
    ann = actor_of(bundled_desk, user)
    assert ann.restricted
    for name, text in LARGEST.items():
        query = oql.query(text, bundled_desk.model)
        for actor in (SYSTEM, ann):
            narrowed = bundled_desk.visible(actor, query)
            assert (narrowed is query) == (actor is SYSTEM), name
            with bundled_desk.reading(actor) as reader:
                reader.page(narrowed, ("friendlyname",), bundled_desk.arguments(actor, reader), limit=5)
