"""Writing through the desk: everything or nothing, with history, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from interdesk.desk import SYSTEM, Desk, Transaction
from interdesk.desk.values import Document, LinkChange, LogChange, NewEntry
from interdesk.errors import (
    BadValue,
    DeletionRefused,
    LimitExceeded,
    NotFound,
    ReadOnly,
    Refused,
    UnknownAttribute,
    UnknownClass,
)


def row(desk: Desk, cls: str, key: int, *codes: str) -> list[Any]:
    """Stored values of one object."""
    with desk.reading() as reader:
        table = reader.one(desk.model.cls(cls), key, codes)
    assert table.rows, f"{cls}::{key} is gone"
    return [table.rows[0][table.positions[code][0]] for code in codes]


def operations(desk: Desk, cls: str, key: int) -> list[tuple[str, str]]:
    """(class, attribute) of the history operations of an object, oldest first."""
    from interdesk import oql

    query = oql.query(f"SELECT CMDBChangeOp WHERE objclass = '{cls}' AND objkey = {key}", desk.model)
    with desk.reading() as reader:
        found = sorted(reader.keys(query, {}))
        result = []
        for operation, final in found:
            codes = ("attcode",) if "attcode" in desk.model.cls(final).attributes else ()
            table = reader.one(desk.model.cls(final), operation, codes)
            result.append((final, table.rows[0][table.positions["attcode"][0]] if codes else ""))
    return result


def organization(tx: Transaction, name: str = "Org") -> int:
    return tx.create("Organization", {"name": name})


def person(tx: Transaction, org: int, name: str = "Doe", **values: Any) -> int:
    return tx.create("Person", {"org_id": org, "name": name, "first_name": "Ann", **values})


def test_a_new_object_has_defaults_and_one_operation(bundled_desk: Desk) -> None:
    with bundled_desk.transaction(SYSTEM, comment="why") as tx:
        key = person(tx, organization(tx))
    assert row(bundled_desk, "Person", key, "status", "notify", "friendlyname") == ["active", "yes", "Ann Doe"]
    assert operations(bundled_desk, "Person", key) == [("CMDBChangeOpCreate", "")]


def test_an_idle_update_writes_nothing(bundled_desk: Desk) -> None:
    with bundled_desk.transaction(SYSTEM) as tx:
        key = person(tx, organization(tx), phone="1")
    with bundled_desk.transaction(SYSTEM) as tx:
        assert not tx.update("Person", key, {"phone": "1"})
    assert len(operations(bundled_desk, "Person", key)) == 1


def test_each_changed_attribute_leaves_an_operation_of_its_kind(bundled_desk: Desk) -> None:
    with bundled_desk.transaction(SYSTEM) as tx:
        org = organization(tx)
        key = tx.create("UserRequest", {"org_id": org, "title": "T", "description": "d"})
    with bundled_desk.transaction(SYSTEM) as tx:
        values = {"title": "U", "description": "<p>e</p>", "public_log": "hello", "impact": "1"}
        assert tx.update("UserRequest", key, values)
    assert set(operations(bundled_desk, "UserRequest", key)) >= {
        ("CMDBChangeOpCreate", ""),
        ("CMDBChangeOpSetAttributeScalar", "title"),
        ("CMDBChangeOpSetAttributeHTML", "description"),
        ("CMDBChangeOpSetAttributeCaseLog", "public_log"),
    }


def test_an_exception_undoes_all_of_a_transaction(bundled_desk: Desk) -> None:
    with bundled_desk.transaction(SYSTEM) as tx:
        org = organization(tx)
    with pytest.raises(RuntimeError), bundled_desk.transaction(SYSTEM) as tx:
        person(tx, org)
        tx.update("Organization", org, {"code": "X"})
        raise RuntimeError
    assert row(bundled_desk, "Organization", org, "code") == [""]
    with bundled_desk.reading() as reader:
        assert reader.count(query(bundled_desk, "SELECT Person"), {}) == 0


def query(desk: Desk, text: str) -> Any:
    from interdesk import oql

    return oql.query(text, desk.model)


@pytest.mark.parametrize(
    ("cls", "values", "error"),
    [
        ("Nope", {}, UnknownClass),
        ("Person", {"shoe_size": 44}, UnknownAttribute),
        ("Person", {"friendlyname": "x"}, ReadOnly),
        ("Person", {"org_name": "x"}, ReadOnly),
        ("Person", {"org_id": "x"}, BadValue),
        ("Person", {"team_list": "x"}, BadValue),
        ("Person", {"name": "x"}, Refused),
        ("Contact", {"name": "x"}, Refused),
        ("Person", {"name": "x", "first_name": "y", "org_id": 999}, Refused),
    ],
)
def test_what_breaks_a_rule_is_refused(bundled_desk: Desk, cls: str, values: dict[str, Any], error: type) -> None:
    with pytest.raises(error), bundled_desk.transaction(SYSTEM) as tx:
        tx.create(cls, values)


def test_a_document_has_a_largest_size(bundled_desk: Desk) -> None:
    picture = Document(bytes(bundled_desk.limits.blob_bytes + 1))
    with pytest.raises(LimitExceeded), bundled_desk.transaction(SYSTEM) as tx:
        tx.create("Person", {"picture": picture})


def test_all_issues_are_told_at_once(bundled_desk: Desk) -> None:
    with pytest.raises(Refused) as caught, bundled_desk.transaction(SYSTEM) as tx:
        tx.create("Person", {"email": "nope", "notify": "maybe"})
    assert {issue.attribute for issue in caught.value.issues} == {"name", "first_name", "org_id", "email", "notify"}


def test_unique_values_are_unique_without_regard_to_case(bundled_desk: Desk) -> None:
    with bundled_desk.transaction(SYSTEM) as tx:
        tx.create("Brand", {"name": "Émile"})
    with pytest.raises(Refused, match="already exists"), bundled_desk.transaction(SYSTEM) as tx:
        tx.create("Brand", {"name": "emile"})


def test_a_rule_with_a_filter_leaves_the_others_alone(bundled_desk: Desk) -> None:
    with bundled_desk.transaction(SYSTEM) as tx:
        org = organization(tx)
        person(tx, org, "A")
        person(tx, org, "B")
        person(tx, org, "C", employee_number="E1")
    with pytest.raises(Refused), bundled_desk.transaction(SYSTEM) as tx:
        person(tx, org, "D", employee_number="E1")


def test_a_tree_refuses_loops(bundled_desk: Desk) -> None:
    with bundled_desk.transaction(SYSTEM) as tx:
        top = organization(tx, "Top")
        middle = tx.create("Organization", {"name": "Middle", "parent_id": top})
        leaf = tx.create("Organization", {"name": "Leaf", "parent_id": middle})
    for parent in (top, middle, leaf):
        with pytest.raises(Refused), bundled_desk.transaction(SYSTEM) as tx:
            tx.update("Organization", top, {"parent_id": parent})
    with bundled_desk.transaction(SYSTEM) as tx:
        tx.update("Organization", leaf, {"parent_id": 0})
        tx.update("Organization", top, {"parent_id": leaf})


def test_link_sets_replace_and_keep_unchanged_links(bundled_desk: Desk) -> None:
    def links(*people: int) -> LinkChange:
        return LinkChange([("lnkPersonToTeam", {"person_id": key}) for key in people])

    with bundled_desk.transaction(SYSTEM) as tx:
        org = organization(tx)
        ann, bob = person(tx, org, "A"), person(tx, org, "B")
        team = tx.create("Team", {"name": "T", "org_id": org, "persons_list": links(ann, ann)})
    with bundled_desk.reading() as reader:
        (kept,) = reader.keys(query(bundled_desk, "SELECT lnkPersonToTeam"), {})
    with bundled_desk.transaction(SYSTEM) as tx:
        tx.update("Team", team, {"persons_list": links(bob, ann)})
    with bundled_desk.reading() as reader:
        found = reader.keys(query(bundled_desk, "SELECT lnkPersonToTeam"), {})
    assert len(found) == 2
    assert kept in found
    assert ("CMDBChangeOpSetAttributeLinksAddRemove", "team_list") in operations(bundled_desk, "Person", bob)
    with bundled_desk.transaction(SYSTEM) as tx:
        tx.update("Team", team, {"persons_list": LinkChange([])})
    with bundled_desk.reading() as reader:
        assert reader.keys(query(bundled_desk, "SELECT lnkPersonToTeam"), {}) == []


def test_members_of_a_set_go_with_their_owner(bundled_desk: Desk) -> None:
    with bundled_desk.transaction(SYSTEM) as tx:
        org = organization(tx)
        ports = LinkChange([("PhysicalInterface", {"name": name}) for name in ("eth0", "eth1")])
        server = tx.create("Server", {"name": "S", "org_id": org, "physicalinterface_list": ports})
    with bundled_desk.transaction(SYSTEM) as tx:
        report = tx.delete("Server", [server])
    assert [found.cls for found in report.objects] == ["Server", "PhysicalInterface", "PhysicalInterface"]
    with bundled_desk.reading() as reader:
        assert reader.count(query(bundled_desk, "SELECT PhysicalInterface"), {}) == 0


def test_a_deletion_resets_keys_that_may_be_empty_and_is_blocked_by_the_others(bundled_desk: Desk) -> None:
    with bundled_desk.transaction(SYSTEM) as tx:
        org = organization(tx)
        boss = person(tx, org, "Boss")
        worker = person(tx, org, "Worker", manager_id=boss)
    with pytest.raises(DeletionRefused), bundled_desk.transaction(SYSTEM) as tx:
        tx.delete("Organization", [org])
    with bundled_desk.transaction(SYSTEM) as tx:
        tx.delete("Person", [boss])
    assert row(bundled_desk, "Person", worker, "manager_id") == [0]


def test_a_simulated_deletion_changes_nothing(bundled_desk: Desk) -> None:
    with bundled_desk.transaction(SYSTEM) as tx:
        org = organization(tx)
        key = person(tx, org)
        report = tx.delete("Organization", [org], simulate=True)
        assert report.blocked
        assert tx.final_class("Person", key) == "Person"


def test_logs_append_replace_and_keep_their_authors(bundled_desk: Desk) -> None:
    with bundled_desk.transaction(SYSTEM) as tx:
        key = tx.create("UserRequest", {"org_id": organization(tx), "title": "T", "description": "d"})
        tx.update("UserRequest", key, {"public_log": "one"})
        tx.update("UserRequest", key, {"public_log": LogChange((NewEntry("a\nb", "text", "2020-01-02 03:04:05"),))})
    with bundled_desk.reading() as reader:
        entries = reader.session.logs("Ticket", "public_log", [key])[key]
    assert [(entry.message, entry.format) for entry in entries] == [("<p>one</p>", "html"), ("a\nb", "text")]
    assert entries[1].date == "2020-01-02 03:04:05"
    with bundled_desk.transaction(SYSTEM) as tx:
        tx.update("UserRequest", key, {"public_log": LogChange((), replace=True)})
    with bundled_desk.reading() as reader:
        assert reader.session.logs("Ticket", "public_log", [key]) == {key: []}


def test_secrets_leave_no_trace(bundled_desk: Desk) -> None:
    with bundled_desk.transaction(SYSTEM) as tx:
        kind = tx.create("RemoteApplicationType", {"name": "iTop"})
        values = {"name": "Peer", "url": "https://peer.example/", "auth_user": "u", "remoteapplicationtype_id": kind}
        key = tx.create("RemoteiTopConnection", {**values, "auth_pwd": "sesame"})
        tx.update("RemoteiTopConnection", key, {"auth_pwd": "open"})
    draft = load(bundled_desk, "RemoteiTopConnection", key)
    assert "open" not in draft["auth_pwd"]
    assert bundled_desk.vault.reveal(draft["auth_pwd"]) == "open"
    with bundled_desk.reading() as reader:
        history = reader.page(query(bundled_desk, "SELECT CMDBChangeOpSetAttributeEncrypted"), ("attcode",), {})
        (table,) = history.tables
    assert "sesame" not in str(table.rows)
    assert "open" not in str(table.rows)


def load(desk: Desk, cls: str, key: int) -> dict[str, Any]:
    with desk.transaction(SYSTEM) as tx:
        return tx.load(cls, key).before


def test_a_missing_object_is_not_found(bundled_desk: Desk) -> None:
    with pytest.raises(NotFound), bundled_desk.transaction(SYSTEM) as tx:
        tx.update("Person", 999, {"phone": "1"})


def test_reading_takes_the_same_statements_for_one_object_and_for_many(bundled_desk: Desk) -> None:
    """The baseline: rows, two logs, four sets, and the sets inside them; nothing in a loop."""

    def statements(read: Callable[[Any], Any]) -> int:
        with bundled_desk.reading() as reader:
            read(reader)
            return int(reader.session.statements)

    def tickets(count: int) -> None:
        with bundled_desk.transaction(SYSTEM) as tx:
            for number in range(count):
                links = LinkChange([("lnkContactToTicket", {"contact_id": ann})])
                values = {"org_id": org, "title": f"T{number}", "description": "d", "public_log": "x"}
                tx.create("UserRequest", {**values, "contacts_list": links})

    with bundled_desk.transaction(SYSTEM) as tx:
        org = organization(tx)
        ann = person(tx, org)
    cls = bundled_desk.model.cls("UserRequest")
    everything = query(bundled_desk, "SELECT UserRequest")
    found = []
    for more in (1, 39):
        tickets(more)
        found.append(statements(lambda reader: reader.page(everything, tuple(cls.attributes), {})))
    assert found == [3, 3]
