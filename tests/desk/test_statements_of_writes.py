"""How many statements a write takes does not depend on how deep a tree or how long a history is."""

from __future__ import annotations

import pytest

from interdesk.desk import SYSTEM, Desk
from interdesk.desk.values import Document
from interdesk.errors import Refused
from tests.support.people import add


def count_of_delete(desk: Desk, cls: str, *keys: int) -> int:
    with desk.transaction(SYSTEM) as tx:
        before = tx.session.statements
        tx.delete(cls, list(keys))
        return tx.session.statements - before


def operations(desk: Desk, key: int) -> int:
    with desk.reading() as reader:
        found = reader.session.connection.rows(
            "SELECT count(*) FROM \"CMDBChangeOp\" WHERE objclass = 'Team' AND objkey = "
            f"{reader.session.connection.mark} AND finalclass <> 'CMDBChangeOpDelete'",
            (key,),
        )
        return int(found[0][0])


def test_a_long_history_goes_at_once(bundled_desk: Desk) -> None:
    org = add(bundled_desk, "Organization", name="Acme")
    new, old, other = (add(bundled_desk, "Team", org_id=org, name=name) for name in ("new", "old", "other"))
    for number in range(12):
        with bundled_desk.transaction(SYSTEM) as tx:
            tx.update("Team", old, {"phone": str(number)})
    assert operations(bundled_desk, old) == 13
    assert count_of_delete(bundled_desk, "Team", old) == count_of_delete(bundled_desk, "Team", new)
    assert [operations(bundled_desk, key) for key in (old, new, other)] == [0, 0, 1]


def test_a_deep_tree_is_asked_once(bundled_desk: Desk) -> None:
    tops = [add(bundled_desk, "Organization", name=f"top {number}") for number in range(2)]
    deep = [tops[0]]
    for number in range(9):
        deep.append(add(bundled_desk, "Organization", name=f"org {number}", parent_id=deep[-1]))
    free = [add(bundled_desk, "Organization", name=f"free {number}") for number in range(2)]

    def count(key: int, parent: int) -> int:
        with bundled_desk.transaction(SYSTEM) as tx:
            before = tx.session.statements
            tx.update("Organization", key, {"parent_id": parent})
            return tx.session.statements - before

    assert count(free[0], deep[-1]) == count(free[1], tops[1])
    for below in (deep[0], deep[4], deep[-1], free[0]):
        with pytest.raises(Refused, match="Value not allowed"):
            count(tops[0], below)
    with bundled_desk.transaction(SYSTEM) as tx:
        tx.update("Organization", free[0], {"parent_id": 0})
        tx.update("Organization", tops[0], {"parent_id": free[0]})


def test_attachments_go_with_their_host_alone(bundled_desk: Desk) -> None:
    org = add(bundled_desk, "Organization", name="Acme")
    servers = [add(bundled_desk, "Server", org_id=org, name=f"srv {number}") for number in range(3)]

    def attach(cls: str, key: int) -> int:
        contents = Document(b"x", "text/plain", "a.txt")
        return add(bundled_desk, "Attachment", item_class=cls, item_id=key, item_org_id=org, contents=contents)

    going = [attach("Server", key) for key in (*servers[:2], servers[0])]
    staying = [attach("Server", servers[2]), attach("Person", servers[0])]
    with bundled_desk.transaction(SYSTEM) as tx:
        tx.delete("Server", servers[:2])
    with bundled_desk.reading() as reader:
        cls = bundled_desk.model.cls("Attachment")
        assert [key for key in (*going, *staying) if reader.one(cls, key, ()).rows] == staying
