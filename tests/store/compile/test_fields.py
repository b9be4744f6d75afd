"""Fields read by a plan: columns, fields seen through keys, computed ones."""

from __future__ import annotations

from typing import Any

import pytest

from interdesk.errors import UnknownAttribute
from tests.store.compile.loaded import Loaded

READ: list[tuple[str, str, list[Any]]] = [
    ("Person", "friendlyname", ["7up 50% \\ Éa_", "Ann Doe", "Bob doe", "Cid O'Neil"]),
    ("Contact", "friendlyname", ["7up 50% \\ Éa_", "Ann Doe", "Bob doe", "Cid O'Neil", "Team ann (100%)",
                                 "Team Blue (100%)"]),
    ("Contact", "finalclass", ["Person", "Person", "Person", "Person", "Team", "Team"]),
    ("Contact", "obsolescence_flag", [1, 0, 1, 0, 1, 0]),
    ("Person", "org_name", ["old", "Démo", "Sub", "leaf"]),
    ("Person", "org_parent_id", [0, 0, 1, 2]),
    ("Person", "org_parent_name", [None, None, "Démo", "Sub"]),
    ("Person", "org_id_friendlyname", ["old", "Démo", "Sub", "leaf"]),
    ("Person", "manager_id_friendlyname", [None, None, "Ann Doe", "Bob doe"]),
    ("Person", "manager_org_name", [None, None, "Démo", "Sub"]),
    ("Person", "manager_id_obsolescence_flag", [None, None, 0, 1]),
    ("Person", "rate", [None, 2.5, None, -1.5]),
    ("Person", "status", ["Gone", "active", "inactive", None]),
    ("Request", "phase", ["open", "done", "open"]),
    ("Ticket", "phase", ["open", "done", "open", "open"]),
    ("Change", "phase", ["open"]),
    ("Request", "tto_over", [1, 1, 0]),
    ("Request", "caller_name", ["Ann Doe", "Bob doe", None]),
]  # fmt: skip


@pytest.mark.parametrize(("cls", "field", "expected"), READ, ids=[f"{cls}.{field}" for cls, field, _ in READ])
def test_a_field_is_read(desk: Loaded, cls: str, field: str, expected: list[Any]) -> None:
    assert desk.find(f"SELECT {cls}", field) == expected


CONDITIONS = [
    ("Contact", "obsolescence_flag", [2, 4, 6]),
    ("Contact", "obsolescence_flag = 0", [1, 3, 5]),
    ("Contact", "friendlyname LIKE 'team%'", [5, 6]),
    ("Person", "friendlyname = 'ANN DOE'", [1]),
    ("Person", "manager_id_friendlyname = 'ann doe'", [2]),
    ("Person", "ISNULL(manager_id_friendlyname)", [1, 4]),
    ("Person", "manager_id_obsolescence_flag", [3]),
    ("Person", "org_parent_id = 1 AND manager_org_name = 'demo'", [2]),
    ("Request", "phase = 'DONE'", [2]),
    ("Request", "tto_75_passed = 1", [1, 2]),
    ("Request", "tto_over = 0", [3]),
    ("Request", "tto_75_deadline < NOW()", [1]),
    ("Request", "tto_75_triggered", [2]),
    ("Request", "tto_75_overrun > 4", [2]),
    ("Request", "tto >= 10", [1, 2]),
    ("Request", "tto_started < '2026-03-02'", [1]),
]


@pytest.mark.parametrize(("cls", "condition", "expected"), CONDITIONS)
def test_a_computed_field_is_compared(desk: Loaded, cls: str, condition: str, expected: list[int]) -> None:
    assert sorted(desk.find(f"SELECT {cls} WHERE {condition}")) == expected


def test_the_layout_tells_where_a_field_lies(desk: Loaded) -> None:
    plan = desk.compiler.select(desk.query("SELECT Request WHERE id = 2"), ("ref", "tto", "id", "id"))
    assert plan.statement.layout == ((0, 1), (1, 7), (8, 1), (9, 1))
    assert desk.run(plan) == [("R-2", 10, None, None, None, None, 1, 5, 2, 2)]


def test_fields_of_other_classes_are_refused(desk: Loaded) -> None:
    with pytest.raises(UnknownAttribute):
        desk.find("SELECT Person", "nothing")
    with pytest.raises(UnknownAttribute):
        desk.find("SELECT Contact", "first_name")
