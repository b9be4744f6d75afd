"""Case logs keep their order and belong to one object; documents are kept once."""

from __future__ import annotations

import hashlib

import pytest

from interdesk.errors import StoreError
from interdesk.model.attributes import LogEntry
from interdesk.store import Store


def entry(text: str) -> LogEntry:
    return LogEntry("2026-01-02 03:04:05", "Jo Doe", 7, text, "text")


def test_entries_come_back_in_order(store: Store) -> None:
    with store.write() as session:
        session.append_log("Ticket", 1, "public_log", [entry("a"), entry("b")])
        session.append_log("Ticket", 2, "public_log", [entry("other")])
        session.append_log("UserRequest", 1, "public_log", [entry("c")])
        session.append_log("Ticket", 1, "private_log", [entry("private")])
        session.append_log("Ticket", 1, "public_log", [])
    with store.read() as session:
        logs = session.logs("Ticket", "public_log", [1, 2, 3])
        assert logs == {1: [entry("a"), entry("b"), entry("c")], 2: [entry("other")], 3: []}
        assert session.statements == 1


def test_replacing_a_log_and_appending_to_it(store: Store) -> None:
    with store.write() as session:
        session.append_log("Ticket", 1, "public_log", [entry("a"), entry("b")])
        session.replace_log("Ticket", 1, "public_log", [entry("new")])
        session.append_log("Ticket", 1, "public_log", [entry("later")])
        assert session.logs("Ticket", "public_log", [1]) == {1: [entry("new"), entry("later")]}
        session.replace_log("Ticket", 1, "public_log", [])
        assert session.logs("Ticket", "public_log", [1]) == {1: []}


def test_logs_go_with_their_object(store: Store) -> None:
    with store.write() as session:
        gone, kept = session.insert("Incident", {}), session.insert("Incident", {})
        for key in (gone, kept):
            session.append_log("Ticket", key, "public_log", [entry("a")])
        session.delete("Incident", gone)
        assert session.logs("Ticket", "public_log", [gone, kept]) == {gone: [], kept: [entry("a")]}


def test_a_document_is_kept_once(store: Store) -> None:
    data = bytes(range(256)) * 10
    with store.write() as session:
        digest = session.put_blob(data)
        assert session.put_blob(data) == digest == hashlib.sha256(data).hexdigest()
        empty = session.put_blob(b"")
    with store.read() as session:
        assert session.blob(digest) == data
        assert session.blobs([digest, empty, "absent", digest]) == {digest: data, empty: b""}
        assert session.blobs([]) == {}
        assert session.connection.rows("SELECT count(*) FROM blob") == [(2,)]


def test_an_unknown_document_is_told(store: Store) -> None:
    with pytest.raises(StoreError, match="no document"), store.read() as session:
        session.blob("absent")
