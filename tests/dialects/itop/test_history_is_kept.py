"""History cannot be rewritten over REST, whatever profiles somebody has."""

from __future__ import annotations

from tests.support.rest import Rest


def test_rest_refuses_and_says_so(rest: Rest) -> None:
    rest.create("Organization", name="Acme")
    found = rest.call("core/delete", cls="CMDBChangeOp", key="SELECT CMDBChangeOp")
    assert found["code"] == 1
    refusal = "The current user does not have enough permissions for deleting data of class CMDBChangeOp"
    assert found["message"] == refusal
    fields = {"userinfo": "somebody else"}
    changed = rest.call("core/update", cls="CMDBChange", key="SELECT CMDBChange", fields=fields)
    assert changed["code"] == 1
    assert "somebody else" not in str(rest.call("core/get", cls="CMDBChange", key="SELECT CMDBChange"))
