"""Closure tables hold just the paths that the keys describe, whatever is inserted, moved or deleted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interdesk.model import Model
from interdesk.store import Store, TreeLoop
from interdesk.store.session import Session
from interdesk.store.trees import rebuilding
from tests.support.databases import Databases
from tests.support.models import desk_model

Paths = set[tuple[int, int, int]]

NODES = st.integers(1, 7)
OPERATIONS = st.lists(
    st.one_of(
        st.tuples(st.just("insert"), NODES, st.integers(0, 8)),
        st.tuples(st.just("move"), NODES, st.integers(0, 8)),
        st.tuples(st.just("delete"), NODES, st.just(0)),
    ),
    max_size=25,
)


class Undo(Exception):
    """Leaves a write session without a trace."""


def naive(parents: dict[int, int]) -> Paths:
    """The paths of a forest, by following the keys of each object."""
    found: Paths = set()
    for start in parents:
        node, depth = start, 0
        while node in parents:
            found.add((node, start, depth))
            node, depth = parents[node], depth + 1
    return found


def closes_loop(parents: dict[int, int], key: int, parent: int) -> bool:
    seen: set[int] = set()
    while parent in parents and parent != key and parent not in seen:
        seen.add(parent)
        parent = parents[parent]
    return parent == key


def paths(session: Session, table: str = "tree_Organization_parent_id") -> Paths:
    return set(session.connection.rows(f'SELECT ancestor, descendant, depth FROM "{table}"'))


def rebuild(store: Store, session: Session) -> None:
    """Fills the tree of organizations anew."""
    closure, table = store.schema.tree("Organization", "parent_id"), store.schema.table("Organization")
    for statement in rebuilding(closure, table, "parent_id", ["Organization"]):
        session.connection.change(statement)


def apply(session: Any, parents: dict[int, int], operation: tuple[str, int, int]) -> None:
    """Does one operation on the database and on ``parents``, unless it makes no sense."""
    kind, key, parent = operation
    if kind == "insert" and key not in parents and not closes_loop({**parents, key: 0}, key, parent):
        session.insert("Organization", {"parent_id": parent}, key)
        parents[key] = parent
    elif kind == "move" and key in parents and not closes_loop(parents, key, parent):
        session.update("Organization", key, {"parent_id": parent})
        parents[key] = parent
    elif kind == "delete" and key in parents:
        session.delete("Organization", key)
        del parents[key]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def shared_store(request: pytest.FixtureRequest, databases: Databases) -> Any:
    model = desk_model()
    url = databases.with_schema(request.param, model)
    store = Store.open(url, model)
    yield store
    store.close()
    databases.drop(url)


@settings(max_examples=60, deadline=None)
@given(operations=OPERATIONS)
def test_any_operations_leave_the_paths_that_the_keys_describe(
    shared_store: Store, operations: list[tuple[str, int, int]]
) -> None:
    parents: dict[int, int] = {}
    with pytest.raises(Undo), shared_store.write() as session:
        for operation in operations:
            apply(session, parents, operation)
            assert paths(session) == naive(parents)
        rebuild(shared_store, session)
        assert paths(session) == naive(parents)
        raise Undo


@pytest.mark.parametrize("target", ["itself", "child", "grandchild"])
def test_an_object_cannot_be_put_below_itself(store: Store, target: str) -> None:
    with store.write() as session:
        top = session.insert("Organization", {})
        child = session.insert("Organization", {"parent_id": top})
        grandchild = session.insert("Organization", {"parent_id": child})
        before = paths(session)
    parent = {"itself": top, "child": child, "grandchild": grandchild}[target]
    with pytest.raises(TreeLoop), store.write() as session:
        session.update("Organization", top, {"parent_id": parent})
    with store.read() as reading:
        assert paths(reading) == before


def test_an_insert_that_closes_a_loop_is_refused(store: Store) -> None:
    with pytest.raises(TreeLoop), store.write() as session:
        session.insert("Organization", {"parent_id": 2}, 1)
        session.insert("Organization", {"parent_id": 1}, 2)


def test_a_key_of_a_sub_class_has_its_own_tree(open_store: Callable[[Model], Store]) -> None:
    store = open_store(desk_model())
    with store.write() as session:
        parent = session.insert("UserRequest", {})
        child = session.insert("UserRequest", {"parent_request_id": parent})
        session.insert("Incident", {})
        assert paths(session, "tree_Ticket_parent_request_id") == naive({parent: 0, child: parent})
        session.delete("Ticket", parent)
        assert paths(session, "tree_Ticket_parent_request_id") == naive({child: 0})


def test_rebuilding_ends_even_when_keys_form_a_loop(store: Store) -> None:
    with pytest.raises(Undo), store.write() as session:
        for key in (1, 2, 3):
            session.insert("Organization", {}, key)
        session.connection.change('UPDATE "Organization" SET parent_id = 3 - id WHERE id < 3')
        rebuild(store, session)
        assert (3, 3, 0) in paths(session)
        raise Undo
