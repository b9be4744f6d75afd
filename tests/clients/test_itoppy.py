"""The public client ``iToppy`` as it comes, but for one name: it uses ``iError`` and has none.

It reads only: its own create, update and apply_stimulus do nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import iToppy
import pytest
from iToppy import models

from tests.support.desk_process import DeskProcess


@pytest.fixture(params=["FORM", "BASIC"])
def client(request: pytest.FixtureRequest, empty_desk: DeskProcess, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setattr(models, "iError", models.iStatusCode, raising=False)
    client = iToppy.iTop(empty_desk.url, "admin", "admin", auth=models.iAuth[request.param])
    yield client
    client.session.close()


def test_lists_operations(client: Any) -> None:
    operations = {operation.verb: operation for operation in client.list_operations()}
    assert operations["core/get"].description == "Search for objects"
    assert operations["core/get"].extension == "CoreServices"


def test_gets_objects_of_a_class(client: Any, organization: str) -> None:
    answer = client.get("Organization", fields=["name", "status"])
    assert f"Found: {answer.num_results}" == answer.message
    first = answer.get_one()
    assert type(first).__name__ == "Organization"
    found = {entry.name: entry for entry in answer.get_all()}
    assert found[organization].status == "active"
    assert found[organization].id.isdigit()


def test_gets_a_page(client: Any, organization: str) -> None:
    answer = client.get("Organization", limit=1, page=1)
    assert answer.num_results == 1
    assert answer.get_one().name


def test_nothing_found_is_an_answer_without_objects(client: Any) -> None:
    answer = client.get("Farm")
    assert (answer.code, type(answer).__name__) == (0, "iEmptyResponse")


def test_a_refusal_is_raised_with_its_code(client: Any) -> None:
    with pytest.raises(Exception, match=r"error code 100 \(iStatusCode.INTERNAL_ERROR\): Error: class: 'Nothing'"):
        client.get("Nothing")
