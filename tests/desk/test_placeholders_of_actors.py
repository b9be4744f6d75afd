"""What placeholders stand for is looked up in the transaction that asks, with its connection."""

from __future__ import annotations

from collections.abc import Callable

from interdesk import oql
from interdesk.desk import SYSTEM
from interdesk.model import Model
from interdesk.store import Store
from tests.support.databases import Databases
from tests.support.people import SUPPORT, actor_of, add, add_user, bundled_model, desk_over

QUERY = "SELECT Person WHERE name = :current_contact->name"


def test_a_transaction_sees_its_own_change(open_store: Callable[[Model], Store]) -> None:
    desk = desk_over(open_store(bundled_model()))
    org = add(desk, "Organization", name="Acme")
    person = add(desk, "Person", org_id=org, name="Doe", first_name="Ann")
    with desk.transaction(SYSTEM) as tx:
        user = add_user(tx, "ann", (SUPPORT,), contact=person)
    ann = actor_of(desk, user)
    query = oql.query(QUERY, desk.model)
    with desk.transaction(SYSTEM) as tx:
        tx.update("Person", person, {"name": "Roe"})
        args = desk.arguments(ann, tx.reader)
        assert tx.reader.keys(query, args) == [(person, "Person")]
        assert args["current_contact->name"] == "Roe"


def test_one_connection_is_enough(databases: Databases) -> None:
    url = databases.with_schema("postgresql", bundled_model())
    store = Store.open(url, bundled_model(), pool_size=1)
    try:
        desk = desk_over(store)
        org = add(desk, "Organization", name="Acme")
        person = add(desk, "Person", org_id=org, name="Doe", first_name="Ann")
        with desk.transaction(SYSTEM) as tx:
            user = add_user(tx, "ann", (SUPPORT,), contact=person)
        ann = actor_of(desk, user)
        with desk.reading(ann) as reader:
            query = oql.query(QUERY, desk.model)
            assert reader.keys(query, desk.arguments(ann, reader)) == [(person, "Person")]
    finally:
        store.close()
        databases.drop(url)
