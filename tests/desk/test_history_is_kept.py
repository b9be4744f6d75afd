"""History tells what happened: the system alone writes it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from interdesk.desk import SYSTEM, Actor, Desk, Transaction
from interdesk.desk.actors import ADMINISTRATOR
from interdesk.errors import Forbidden
from tests.support.people import add

ROOT = Actor(user=1, login="admin", name="admin", profiles=frozenset({ADMINISTRATOR}))
WRITES: dict[str, Callable[[Transaction, int], object]] = {
    "create": lambda tx, _: tx.create("CMDBChangeOpCreate", {"change": 1, "objclass": "Team", "objkey": 1}),
    "update": lambda tx, key: tx.update("CMDBChangeOp", key, {"objkey": 7}),
    "delete": lambda tx, key: tx.delete("CMDBChangeOp", [key]),
    "simulate": lambda tx, key: tx.delete("CMDBChangeOp", [key], simulate=True),
    "in turn": lambda tx, key: tx.delete_in_turn("CMDBChangeOp", [key]),
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_not_even_an_administrator_rewrites_history(
    bundled_desk: Desk, write: Callable[[Transaction, int], object]
) -> None:
    add(bundled_desk, "Organization", name="Acme")
    with bundled_desk.reading() as reader:
        cls = bundled_desk.model.cls("CMDBChangeOpCreate")
        assert bundled_desk.rights.allows(ROOT, "read", cls)
        before = reader.whole(cls, 1)
    assert before["objkey"] == 1
    with pytest.raises(Forbidden), bundled_desk.transaction(ROOT) as tx:
        write(tx, 1)
    with bundled_desk.reading() as reader:
        assert reader.whole(cls, 1) == before
    with bundled_desk.transaction(SYSTEM) as tx:
        write(tx, 1)
