"""The client of confd against our own server: by Digest and by a token, in the old way and in the later one."""

from __future__ import annotations

import ssl
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from interdesk.client.confd import Confd, ConfdError
from interdesk.serving.certificates import CERTIFICATE
from tests.support.desk_process import free_port, running_desk
from tests.support.xivo import ACCOUNT


@dataclass(frozen=True)
class Server:
    base: str
    data: Path

    def client(self, **more: object) -> Confd:
        context = ssl.create_default_context(cafile=str(self.data / CERTIFICATE))
        given = {"username": ACCOUNT[0], "password": ACCOUNT[1]} | more
        return Confd(self.base, context=context, **given)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    port, data = free_port(), tmp_path_factory.mktemp("client")
    with running_desk(data, "--empty", "--telephony-port", str(port)):
        yield Server(f"https://127.0.0.1:{port}/1.1", data)


def provisioned(confd: Confd, number: str, incoming: str) -> tuple[int, int]:
    user = confd.users.create({"firstname": "Ann", "lastname": "Lée"})["id"]
    line = confd.lines_sip.create({"context": "default", "device_slot": 1})["id"]
    internal = confd.extensions.create({"exten": number, "context": "default"})["id"]
    incall = confd.extensions.create({"exten": incoming, "context": "from-extern"})["id"]
    confd.connect_line(user, line)
    confd.connect_extension(line, internal)
    confd.connect_extension(line, incall)
    return user, line


@pytest.mark.parametrize(("modern", "number", "incoming"), [(False, "1100", "2100"), (True, "1200", "2200")])
def test_provisions_a_user(server: Server, modern: bool, number: str, incoming: str) -> None:
    confd = server.client(modern=modern)
    user, line = provisioned(confd, number, incoming)
    assert confd.lines_sip.get(line)["callerid"] == f'"Ann Lée" <{number}>'
    device = confd.devices.create({"mac": f"02:00:00:00:00:{number[1:3]}"})["id"]
    confd.connect_device(line, device)
    assert confd.devices.get(device)["status"] == "configured"
    confd.autoprov(device)
    read = confd.users.get(user)
    confd.users.update(read | {"description": "changed"})
    assert confd.users.get(user)["description"] == "changed"


def test_a_token_serves_as_well(server: Server) -> None:
    where = ["--scope", "confd", "--data", str(server.data)]
    command = [sys.executable, "-m", "interdesk", "token", "add", "admin", *where]
    token = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout.strip()
    confd = server.client(username="", password="", token=token)
    made = confd.users.create({"firstname": "By token"})
    assert [user["id"] for user in confd.users.every(search="by token")] == [made["id"]]
    confd.users.delete(made["id"])


def test_refusals_have_the_words_of_the_server(server: Server) -> None:
    confd = server.client()
    with pytest.raises(ConfdError, match="missing parameters: firstname") as refused:
        confd.users.create({})
    assert refused.value.status == 400
    with pytest.raises(ConfdError, match="User was not found") as missing:
        confd.users.get(999_999_999)
    assert missing.value.status == 404


def test_a_wrong_password_is_told(server: Server) -> None:
    with pytest.raises(ConfdError) as refused:
        server.client(password="guess").users.list()
    assert refused.value.status == 401


def test_a_server_that_is_not_there_is_told() -> None:
    with pytest.raises(ConfdError, match="cannot be reached"):
        Confd(f"http://127.0.0.1:{free_port()}/1.1").users.list()
