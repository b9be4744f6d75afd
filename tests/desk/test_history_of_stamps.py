"""The stamp of the last change is no change itself."""

from __future__ import annotations

from interdesk.desk import queries
from tests.support.timed_desks import TestDesk


def test_stamp_of_the_last_change_leaves_no_history(jobs: TestDesk) -> None:
    org = jobs.create("Organization", name="O")
    caller = jobs.create("Person", org_id=org, name="N", first_name="F")
    ticket = jobs.create("UserRequest", org_id=org, caller_id=caller, title="t", description="d")
    jobs.clock.forward(minutes=1)
    with jobs.acting() as tx:
        tx.update("UserRequest", ticket, {"title": "u"})
    operations = jobs.model.cls("CMDBChangeOpSetAttribute")
    query = queries.by_criteria(operations, {"objclass": "UserRequest", "objkey": ticket})
    with jobs.reading() as reader:
        (table,) = reader.page(query, ("attcode",), {}).tables
        assert [row[table.positions["attcode"][0]] for row in table.rows] == ["title"]
        assert reader.one(jobs.model.cls("UserRequest"), ticket, ("last_update",)).rows[0][2] == tx.now
