"""Rows are written as given, defaults filled in, refused writes leave nothing behind."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from interdesk.errors import ReadOnly, StoreError, UnknownAttribute, UnknownClass
from interdesk.model import Model
from interdesk.model.attributes import BlobValue
from interdesk.store import Store, WriteSession, create_schema
from tests.support.models import desk_model

Row = tuple[object, ...]


def rows(store: Store, sql: str) -> list[Row]:
    with store.read() as session:
        return session.connection.rows(sql)


def test_what_was_written_is_read_back(store: Store) -> None:
    with store.write() as session:
        org = session.insert("Organization", {"name": "Démo", "code": "D"})
        person = session.insert("Person", {"name": "Doe", "first_name": "Jo", "org_id": org, "rate": 12.5, "vip": 1})
        session.update("Person", person, {"first_name": "Joan", "picture": BlobValue("ab", "image/png", "a.png", 1)})
    expected = ("Person", "Doe", "Joan", org, 12.5, 1, "ab", "image/png", "a.png", 1)
    columns = "finalclass, name, first_name, org_id, rate, vip, picture_digest, picture_mimetype, picture_filename"
    assert rows(store, f'SELECT {columns}, picture_downloads FROM "Contact" WHERE id = {person}') == [expected]


def test_absent_attributes_get_the_default_of_their_columns(store: Store) -> None:
    with store.write() as session:
        session.insert("Person", {})
        session.insert("Team", {})
    columns = "name, org_id, status, first_name, manager_id, picture_digest, picture_downloads, rate, size"
    assert rows(store, f'SELECT {columns} FROM "Contact" ORDER BY id') == [
        ("", 0, None, "", 0, "", 0, None, None),
        ("", 0, None, None, None, None, None, None, None),
    ]


def test_an_exception_undoes_everything(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), store.write() as session:
        session.insert("Organization", {"name": "gone"})
        session.put_blob(b"gone")
        raise ZeroDivisionError
    assert rows(store, 'SELECT count(*) FROM "Organization"') == [(0,)]
    assert rows(store, "SELECT count(*) FROM blob") == [(0,)]


def test_deleting_takes_the_row(store: Store) -> None:
    with store.write() as session:
        keys = [session.insert("Person", {"name": name}) for name in "ab"]
        session.delete("Person", keys[0])
    assert rows(store, 'SELECT name FROM "Contact"') == [("b",)]


def test_ids_are_never_reused(store: Store) -> None:
    with store.write() as session:
        first = session.insert("Person", {})
        session.delete("Person", first)
        assert session.insert("Team", {}) > first


def test_a_reserved_id_is_given_to_nobody_else(store: Store) -> None:
    with store.write() as session:
        reserved = session.reserve("Person")
        other = session.insert("Team", {})
        again = session.reserve("Contact")
        assert len({reserved, other, again}) == 3
        assert session.insert("Person", {"name": "late"}, reserved) == reserved
    with store.write() as session:
        assert session.insert("Person", {}) not in (reserved, other, again)


def test_a_chosen_id_is_kept_and_counted_on_from(store: Store) -> None:
    with store.write() as session:
        assert session.insert("Organization", {"name": "chosen"}, 50) == 50
    with store.write() as session:
        assert session.insert("Organization", {"name": "next"}) == 51
        assert session.insert("Organization", {"name": "below"}, 7) == 7
        assert session.insert("Organization", {"name": "after"}) == 52


def test_an_id_that_is_taken_is_refused(store: Store) -> None:
    with pytest.raises(StoreError, match="refused"), store.write() as session:
        session.insert("Organization", {}, 3)
        session.insert("Organization", {}, 3)


@pytest.mark.parametrize(
    ("attempt", "error"),
    [
        (lambda session: session.insert("Nothing", {}), UnknownClass),
        (lambda session: session.insert("Person", {"nothing": 1}), UnknownAttribute),
        (lambda session: session.insert("Person", {"org_name": "x"}), ReadOnly),
        (lambda session: session.insert("Person", {"picture": ("too", "short")}), StoreError),
        (lambda session: session.insert("Person", {"org_id": 2**70}), StoreError),
        (lambda session: session.insert("Person", {"name": "\ud800"}), StoreError),
        (lambda session: session.update("Person", 1, {"nothing": 1}), UnknownAttribute),
        (lambda session: session.update("Person", 1, {"friendlyname": "x"}), ReadOnly),
        (lambda session: session.update("Person", 999, {"name": "x"}), StoreError),
    ],
)
def test_what_cannot_be_written_is_told(
    store: Store, attempt: Callable[[WriteSession], object], error: type[Exception]
) -> None:
    with pytest.raises(error), store.write() as session:
        attempt(session)


def test_lock_tells_whether_the_object_exists(store: Store) -> None:
    with store.write() as session:
        team = session.insert("Team", {})
        assert session.lock("Team", team)
        assert session.lock("Contact", team)
        assert not session.lock("Person", team)
        assert not session.lock("Team", team + 1)


def test_a_session_counts_its_statements(store: Store) -> None:
    with store.write() as session:
        session.insert("Team", {})
        assert session.statements == 1
        session.insert("Organization", {})
        inside = session.statements
    with store.read() as reading:
        reading.connection.rows("SELECT 1")
    assert (session.statements, reading.statements) == (inside, 1)


def test_a_read_session_sees_one_state(store: Store) -> None:
    with store.read() as reading:
        before = reading.connection.rows('SELECT count(*) FROM "Contact"')
        with store.write() as session:
            session.insert("Team", {})
        assert reading.connection.rows('SELECT count(*) FROM "Contact"') == before
    assert rows(store, 'SELECT count(*) FROM "Contact"') == [(1,)]


def test_a_read_session_cannot_write(store: Store) -> None:
    with pytest.raises(StoreError), store.read() as session:
        session.connection.change("DELETE FROM blob")


def test_read_sessions_nest(store: Store) -> None:
    with store.read() as outer, store.read() as inner:
        assert outer.connection.rows("SELECT 1") == inner.connection.rows("SELECT 1")


def test_a_second_write_in_the_same_thread_is_refused(store: Store) -> None:
    with store.write() as session:
        session.insert("Team", {})
        with pytest.raises(StoreError, match="writes already"), store.write():
            pass
    assert rows(store, 'SELECT count(*) FROM "Contact"') == [(1,)]


def test_written_data_is_there_after_opening_again(database_url: str) -> None:
    model: Model = desk_model()
    create_schema(database_url, model)
    store = Store.open(database_url, model)
    with store.write() as session:
        session.insert("Organization", {"name": "kept"})
    store.close()
    store = Store.open(database_url, model)
    assert rows(store, 'SELECT name FROM "Organization"') == [("kept",)]
    store.close()
