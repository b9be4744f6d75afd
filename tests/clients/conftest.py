"""What the tests of public clients share: the address of a desk, and an organization of their own."""

from __future__ import annotations

import itertools
import json
import urllib.parse
import urllib.request
from typing import Any

import pytest

from tests.support.desk_process import DeskProcess

NUMBERS = itertools.count(1)


@pytest.fixture
def address(empty_desk: DeskProcess) -> str:
    """What a client is given as the address of the service."""
    return f"{empty_desk.url}/webservices/rest.php"


@pytest.fixture
def organization(address: str) -> str:
    """The name of a new organization."""
    name = f"Client {next(NUMBERS)}"
    fields: dict[str, Any] = {"name": name}
    request = {"operation": "core/create", "comment": "for a client", "class": "Organization", "fields": fields}
    form = {"version": "1.3", "auth_user": "admin", "auth_pwd": "admin", "json_data": json.dumps(request)}
    with urllib.request.urlopen(address, urllib.parse.urlencode(form).encode()) as response:
        assert json.load(response)["code"] == 0
    return name
