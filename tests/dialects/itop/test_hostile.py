"""Hostile and broken requests: a clear refusal in iTop's shape, nothing written, never an HTTP 5xx."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.support.people import GOOD, REST, SUPPORT
from tests.support.rest import ADMIN, BODY_BYTES, PATH, Rest

NESTED = '{"operation": "core/get", "key": ' + "[" * 5_000 + "]" * 5_000 + "}"


@pytest.mark.parametrize(
    "json_data",
    [
        NESTED,
        '{"operation": "core/get", "class": ["x"], "key": 1}',
        '{"operation": "core/get", "class": {"a": 1}, "key": 1}',
        '{"operation": "core/get", "class": "Person", "key": {"name": {"a": {"b": 1}}}}',
        '{"operation": "core/get", "class": "Person", "key": {"name": null}}',
        '{"operation": "core/get", "class": "Person", "key": {"picture": "x"}}',
        '{"operation": "core/get", "class": "Person", "key": {"team_list": 1}}',
        '{"operation": "core/get", "class": "UserLocal", "key": {"password": "x"}}',
        '{"operation": "core/get", "class": "Person", "key": 1e999}',
        '{"operation": "core/get", "class": "Person", "key": 99999999999999999999999999}',
        '{"operation": "core/get", "class": "Person", "key": ""}',
        '{"operation": "core/get", "class": "Person", "key": 1, "output_fields": {"a": 1}}',
        '{"operation": ["core/get"]}',
        '{"operation": {"a": 1}}',
        '{"operation": "core/create", "comment": "x", "class": "Contact", "fields": {"name": "x"}}',
        '{"operation": "core/create", "comment": "x", "class": "Person", "fields": {"org_id": ""}}',
        '{"operation": "core/create", "comment": "x", "class": "Person", "fields": {"name": {"a": 1}}}',
        '{"operation": "core/create", "comment": {"a": 1}, "class": "Person", "fields": 12}',
        '{"operation": "core/update", "comment": "x", "class": "Person", "key": [], "fields": {}}',
        '{"operation": "core/delete", "comment": "x", "class": "Person", "key": true}',
        '{"operation": "core/get_related", "class": "Server", "key": 1, "relation": ["impacts"]}',
        '{"operation": "core/check_credentials", "user": ["x"], "password": {"a": 1}}',
        '{"operation": "core/apply_stimulus", "comment": "x", "class": "Team", "key": 1, "stimulus": 1, "fields": []}',
        "\\ud800",
        '{"operation": "\\ud800"}',
    ],
)
def test_nonsense_is_refused_in_the_service_s_own_shape(shared_rest: Rest, json_data: str) -> None:
    answer = shared_rest.raw(**ADMIN, json_data=json_data)
    assert isinstance(answer["code"], int)
    assert "Internal error" not in str(answer.get("message"))
    assert "Traceback" not in json.dumps(answer)


@pytest.mark.parametrize(
    ("cls", "fields"),
    [
        ("Server", {"nb_u": 10**30}),
        ("Server", {"nb_u": "9" * 400}),
        ("Server", {"name": "\x00"}),
        ("Server", {"name": "x" * 300}),
        ("Server", {"name": "\ud800"}),
        ("Server", {"purchase_date": 10**18}),
        ("Server", {"purchase_date": "0000-00-00"}),
        ("Server", {"location_id": -(10**30)}),
        ("Server", {"location_id": {"name": {"x": 1}}}),
        ("Server", {"contacts_list": [{"contact_id": {"name": ["x"]}}]}),
        ("Server", {"id": 1}),
        ("Person", {"picture": {"data": "A" * 5, "mimetype": ["x"], "filename": {"a": 1}}}),
        ("Person", {"picture": {"data": "AAAA", "mimetype": "text/html", "filename": "x"}}),
        ("UserRequest", {"public_log": {"items": "x"}}),
        ("UserRequest", {"public_log": {"add_item": ["x"]}}),
        ("UserRequest", {"description": "<p>" * 50_000}),
        ("FAQ", {"domains": [{"a": 1}]}),
    ],
)
def test_a_refused_value_leaves_nothing_behind(shared_rest: Rest, cls: str, fields: dict[str, Any]) -> None:
    organization = shared_rest.create("Organization", name="Org")
    given = {"name": "S", "first_name": "A", "org_id": organization, "title": "T", "description": "d", **fields}
    known = {code: value for code, value in given.items() if code in fields or code in shared_rest.get_attributes(cls)}
    before = counts(shared_rest)
    answer = shared_rest.raw(
        **ADMIN,
        json_data=json.dumps(
            {"operation": "core/create", "comment": "x", "class": cls, "fields": known, "output_fields": "id"}
        ),
    )
    assert "Internal error" not in str(answer.get("message"))
    if answer["code"]:
        assert counts(shared_rest) == before


def counts(shared_rest: Rest) -> list[str]:
    """How many objects there are of some classes, history included."""
    found = []
    for cls in ("Server", "Person", "UserRequest", "FAQ", "lnkContactToFunctionalCI", "CMDBChange", "CMDBChangeOp"):
        found.append(shared_rest.call("core/get", cls=cls, key=f"SELECT {cls}", output_fields="id", limit=1)["message"])
    return found


def test_a_body_over_the_limit_is_refused(shared_rest: Rest) -> None:
    answer = shared_rest.raw(**ADMIN, json_data="x" * (BODY_BYTES + 1))
    assert answer["code"] == 4
    assert str(BODY_BYTES) in answer["message"]


def test_too_many_parameters_are_refused(shared_rest: Rest) -> None:
    answer = shared_rest.client.post(PATH, content="&".join(f"p{number}=1" for number in range(500)))
    assert answer.json()["code"] == 100


@pytest.mark.parametrize("authorization", ["Basic", "Basic %%%", "Basic w7w=", "Bearer x", "Basic " + "A" * 9_999])
def test_malformed_credentials_prove_nobody(shared_rest: Rest, authorization: str) -> None:
    answer = shared_rest.client.post(PATH, params={"version": "1.3"}, headers={"Authorization": authorization})
    assert answer.json() == {"code": 1, "message": "Error: Invalid login"}


def test_a_broken_upload_is_refused(shared_rest: Rest) -> None:
    for content, kind in ((b"--x\r\n", "multipart/form-data; boundary=x"), (b"", "multipart/form-data")):
        answer = shared_rest.client.post(PATH, content=content, headers={"Content-Type": kind})
        assert answer.status_code == 200
        assert answer.json()["code"] in (1, 100)


def test_other_methods_are_not_served(shared_rest: Rest) -> None:
    assert shared_rest.client.put(PATH).status_code == 405
    preflight = shared_rest.client.options(PATH)
    assert preflight.status_code == 204
    assert preflight.headers["access-control-allow-origin"] == "*"


def test_a_query_that_asks_too_much_is_refused(shared_rest: Rest) -> None:
    deep = "SELECT Person WHERE " + "(" * 500 + "1" + ")" * 500
    answer = shared_rest.call("core/get", cls="Person", key=deep)
    assert answer["code"] == 100
    assert "Internal error" not in answer["message"]
    wide = "SELECT Person WHERE " + " OR ".join(f"name REGEXP '(a|b|c)*{number}'" for number in range(300))
    assert "Internal error" not in str(shared_rest.call("core/get", cls="Person", key=wide).get("message"))


REFUSALS = "deeper than 7 levels|More than 950 conditions|30 joins at most"

LARGE_QUERIES = (
    "SELECT Person AS p0 WHERE "
    + "".join(f"p{level}.id IN (SELECT Person AS p{level + 1} WHERE " for level in range(9))
    + "p9.id = 1"
    + ")" * 9,
    "SELECT Person AS p WHERE " + " OR ".join(f"p.friendlyname = '{number}'" for number in range(999)),
    "SELECT Organization AS o0 "
    + " ".join(f"JOIN Organization AS o{n} ON o{n - 1}.parent_id BELOW o{n}.id" for n in range(1, 41)),
)


@pytest.mark.parametrize("query", LARGE_QUERIES)
def test_a_query_that_is_too_large_for_the_database_is_refused_in_clear_words(shared_rest: Rest, query: str) -> None:
    answer = shared_rest.call("core/get", cls=query.split()[1], key=query, output_fields="id")
    assert answer["code"] == 100
    assert re.search(REFUSALS, answer["message"])


def test_a_catastrophic_pattern_takes_no_time(shared_rest: Rest) -> None:
    organization = shared_rest.create("Organization", name="a" * 200 + "!")
    answer = shared_rest.call("core/get", cls="Organization", key="SELECT Organization WHERE name REGEXP '^(a+)+$'")
    assert answer["message"] == "Found: 0"
    assert organization


def test_a_key_does_not_tell_how_many_objects_there_are_that_the_user_may_not_read(shared_rest: Rest) -> None:
    profiles = [{"profileid": SUPPORT}, {"profileid": REST}]
    shared_rest.create("UserLocal", login="curious", password=GOOD, profile_list=profiles)
    organization = shared_rest.create("Organization", name="of the curious")
    for query in ("SELECT CMDBChange", "SELECT URP_Profiles"):
        fields = {"title": "t", "description": "d", "org_id": organization, "caller_id": query}
        data = {"operation": "core/create", "comment": "c", "class": "UserRequest", "fields": fields}
        answer = shared_rest.raw(auth_user="curious", auth_pwd=GOOD, json_data=json.dumps(data))
        assert answer["message"] == f"Error: caller_id: No item found for query: {query}"
