"""Bad input gets the recorded answer, or a clear one, and changes nothing; credentials are asked for everywhere."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from interdesk.approvals import apps
from interdesk.approvals.bootstrap import prepare
from interdesk.approvals.library import Library
from interdesk.approvals.rows import select
from interdesk.approvals.tickets import Tickets
from interdesk.desk import SYSTEM, Desk
from interdesk.dialects.bkitsm import Endpoint
from interdesk.dialects.bkitsm.table import paths
from tests.approvals.written_flows import sample

APP = {"bk_app_code": "shop", "bk_app_secret": "s3cret"}
FORM = [{"key": "title", "value": "t"}, {"key": "reason", "value": "r"}, {"key": "env", "value": "prod"}]


class Caller:
    def __init__(self, desk: Desk, executor: ThreadPoolExecutor) -> None:
        self.desk = desk
        self.endpoint = Endpoint(desk, Tickets(Library(), "http://desk"), executor, 1_000_000)

    def raw(self, path: str, body: bytes = b"", *, method: str = "POST", **headers: str) -> tuple[int, Any]:
        listed = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
        target, _, query = path.partition("?")
        scope = {"type": "http", "method": method, "path": target, "query_string": query.encode(), "headers": listed}
        return self.endpoint.answer(scope, body)

    def post(self, name: str, /, **given: Any) -> Any:
        status, answer = self.raw(f"/openapi/{name}/", json.dumps({**APP, **given}).encode())
        assert status == 200
        return answer

    def get(self, name: str, query: str = "") -> Any:
        shown = f"/openapi/{name}/?bk_app_code=shop&bk_app_secret=s3cret&{query}"
        status, answer = self.raw(shown, method="GET")
        assert status == 200
        return answer

    def tickets(self) -> int:
        with self.desk.reading() as reader:
            return len(select(reader, "SELECT FlowTicket", ("ref",)).rows)


@pytest.fixture
def caller(bundled_desk: Desk) -> Iterator[Caller]:
    prepare(bundled_desk)
    with bundled_desk.transaction(SYSTEM) as tx:
        apps.add(tx, APP["bk_app_code"], secret=APP["bk_app_secret"])
    with ThreadPoolExecutor(1) as executor:
        yield Caller(bundled_desk, executor)


def service(caller: Caller, **more: Any) -> int:
    answer = caller.post("service/import_service", **sample("linear_approval"), **more)
    assert answer["result"], answer
    return int(answer["data"]["id"])


def test_nobody_gets_in_without_credentials(caller: Caller) -> None:
    for path, method in itertools.product(paths(), ("GET", "POST")):
        status, answer = caller.raw(path, b"{}" if method == "POST" else b"", method=method)
        assert answer["result"] is False and answer["data"] is None
        assert (status, answer["code"]) in {(200, 1306406), (400, 1640001), (403, 1640001)}


@pytest.mark.parametrize(
    "body",
    [b"{", b"[]", b"7", b"null", b"\xff\xfe", b'{"a":' * 5_000, b"[" * 100_000],
    ids=["cut", "list", "number", "null", "no text", "deep object", "deep list"],
)
def test_a_body_that_cannot_be_read(caller: Caller, body: bytes) -> None:
    header = json.dumps(APP)
    status, answer = caller.raw("/openapi/ticket/create_ticket/", body, x_bkapi_authorization=header)
    assert (status, answer["code"], answer["data"]) == (200, 3900004, None)
    assert caller.tickets() == 0


WISHES: list[tuple[dict[str, Any], int, str]] = [
    ({"service_id": "abc"}, 3900004, "expected a number but got 'abc'"),
    ({"service_id": None}, 3900004, "服务不存在"),
    ({"service_id": [1]}, 3900004, "expected a number"),
    ({"creator": ""}, 3900004, "该字段不能为空"),
    ({"creator": None}, 3900004, "该字段不能为空"),
    ({"fields": "x"}, 3900004, "string indices must be integers"),
    ({"fields": [{"value": 1}]}, 3900004, "'key'"),
    ({"fields": [*FORM, {"key": "tags", "value": "db,moon"}]}, 3900003, "【Tags】选项不匹配"),
    ({"fields": [*FORM, {"key": "count", "value": "many"}]}, 3900003, "【Count】"),
    ({"fields": [*FORM, {"key": "count", "value": True}]}, 3900003, "【Count】"),
    ({"fields": [*FORM, {"key": "due", "value": "tomorrow"}]}, 3900003, "【Due date】"),
    ({"fields": FORM[:1]}, 3900003, "缺少参数：['env', 'reason']"),
    ({"fields": [{"key": "title", "value": "x" * 121}, *FORM[1:]]}, 3900003, "标题不能超过120个字符"),
    ({"meta": "x"}, 3900004, "meta"),
    ({"meta": {"state_processors": "x"}}, 3900004, "state_processors"),
    ({"dynamic_fields": [{"name": "Link", "type": "DATE", "value": "x"}]}, 3900004, "“DATE” 不是合法选项。"),
]


def test_wishes_that_are_refused(caller: Caller) -> None:
    good = {"service_id": service(caller), "creator": "requester", "fields": FORM}
    for more, code, text in WISHES:
        answer = caller.post("ticket/create_ticket", **{**good, **more})
        assert (answer["result"], answer["code"], answer["data"]) == (False, code, None), more
        assert text in answer["message"], more
    assert caller.tickets() == 0


def test_a_condition_on_what_is_no_output_is_refused_at_the_import(caller: Caller) -> None:
    document = sample("branch_parallel")
    for state in document["workflow"]["states"].values():
        state["variables"]["outputs"] = [one for one in state["variables"]["outputs"] if one["key"] != "amount"]
    answer = caller.post("service/import_service", **document)
    assert (answer["result"], answer["code"]) == (False, 3900004)
    assert "amount" in answer["message"]
    assert all(one["name"] != document["name"] for one in caller.get("service/get_services")["data"])


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"project_key": "other"}, "project_key 对应的项目不存在"),
        ({"catalog_id": 99}, "对应的服务目录不存在"),
        ({"workflow": {}}, "workflow.states"),
        ({"workflow": "x"}, "string indices must be integers"),
    ],
)
def test_an_import_that_is_refused(caller: Caller, change: dict[str, Any], text: str) -> None:
    answer = caller.post("service/import_service", **{**sample("linear_approval"), **change})
    assert (answer["result"], answer["code"]) == (False, 3900004)
    assert text in answer["message"]


def test_lists_that_cannot_be_made(caller: Caller) -> None:
    wrong_page = caller.post("ticket/get_tickets", page=999)
    assert (wrong_page["code"], wrong_page["message"]) == ("SERVER_500_ERROR", "无效页。")
    assert caller.post("ticket/get_tickets", create_at__gte="bad date")["code"] == "SERVER_500_ERROR"
    assert caller.post("ticket/get_tickets", sns=[])["data"]["count"] == 0
    assert caller.get("ticket/get_tickets_by_user", "view_type=my_todo")["message"] == "参数验证失败: user 为必填项"
    assert caller.get("ticket/get_tickets_by_user", "view_type=all&user=a")["code"] == 3900004
    assert caller.post("ticket/ticket_approval_result")["message"] == "'NoneType' object is not iterable"
    assert caller.post("ticket/ticket_approval_result", sn="REQ1")["data"] == []


def test_the_lists_of_a_user(caller: Caller) -> None:
    made = caller.post(
        "ticket/create_ticket", service_id=service(caller), creator="requester", fields=FORM, attention=True
    )["data"]
    expected = {"my_created": {"requester"}, "my_attention": {"requester"}, "my_todo": {"leader1"}}
    expected |= {"my_approval": {"leader1"}, "my_history": {"requester"}, "my_dealt": {"requester"}}
    for view, who in itertools.product(expected, ("requester", "leader1", "outsider")):
        found = caller.get("ticket/get_tickets_by_user", f"view_type={view}&user={who}")["data"]
        assert [one["sn"] for one in found["items"]] == ([made["sn"]] if who in expected[view] else []), view


def test_catalogues(caller: Caller) -> None:
    made = caller.post("service_catalog", project_key="0", parent__id=1, name="Below")["data"]
    assert (made["parent__id"], made["parent_name"], made["level"]) == ("1", "根目录", 1)
    missing = caller.post("service_catalog", name="x")
    assert "'project_key': [ErrorDetail(string='该字段是必填项。', code='required')]" in missing["message"]
    (root,) = caller.get("service/get_service_catalogs", "project_key=0")["data"]
    assert [one["name"] for one in root["children"]] == ["Below"]
    (filled,) = caller.get("service/get_service_catalogs", "has_service=true")["data"]
    assert filled["children"] == []


def test_paths_that_lead_nowhere(caller: Caller) -> None:
    assert caller.raw("/api/c/compapi/v2/itsm/nothing/")[0] == 200
    assert caller.raw("/v2/itsm/nothing/")[0] == 404
    assert caller.raw("/openapi/ticket/nothing/")[0] == 404
