"""Another server is provisioned by the same steps, and what a failed walk had made there is taken back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from interdesk.cli.telephony import telephony
from interdesk.client.confd import Confd
from tests.support.desk_process import DeskProcess, running_desk
from tests.support.xivo import ACCOUNT

LOGIN, PASSWORD = ACCOUNT


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskProcess]:
    with running_desk(tmp_path_factory.mktemp("other"), "--empty") as desk:
        yield desk


@pytest.fixture
def confd(server: DeskProcess) -> Iterator[Confd]:
    """An empty telephony to begin with, whatever the tests before left."""
    found = Confd(f"{server.url}/1.1", username=LOGIN, password=PASSWORD, modern=True)
    yield found
    for device in found.devices.list()["items"]:
        found.autoprov(device["id"])
        found.devices.delete(device["id"])
    for user in found.users.list()["items"]:
        found.disconnect_voicemail(user["id"])
        for pair in found.call("GET", f"users/{user['id']}/lines")["items"]:
            for extension in found.call("GET", f"lines/{pair['line_id']}/extensions")["items"]:
                found.disconnect_extension(pair["line_id"], extension["extension_id"])
            found.disconnect_line(user["id"], pair["line_id"])
        found.users.delete(user["id"])
    for collection in (found.extensions, found.voicemails):
        for item in collection.list()["items"]:
            collection.delete(item["id"])
    for line in found.lines.list()["items"]:
        found.lines_sip.delete(line["id"])


def run(server: DeskProcess, tmp_path: Path, text: str, *options: str) -> Result:
    file = tmp_path / "people.csv"
    file.write_text(text, encoding="utf-8")
    given = ["provision", str(file), "--server", f"{server.url}/1.1", "--login", LOGIN, *options]
    return CliRunner().invoke(telephony, given, env={"INTERDESK_CONFD_PASSWORD": PASSWORD})


def everything(confd: Confd) -> list[int]:
    every = (confd.users, confd.lines, confd.extensions, confd.devices, confd.voicemails)
    return [collection.list()["total"] for collection in every]


HEAD = "firstname,lastname,exten,incoming,device,voicemail\n"
ANN = "Ann,Lee,1100,2100,00:08:5D:31:EF:E0,same\n"


@pytest.mark.parametrize("style", [(), ("--modern",)])
def test_the_walk_ends_with_a_telephone(
    server: DeskProcess, confd: Confd, tmp_path: Path, style: tuple[str, ...]
) -> None:
    done = run(server, tmp_path, HEAD + ANN, *style)
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] == "1 provisioned, 0 failed"
    assert everything(confd) == [1, 1, 2, 1, 1]
    (line,) = confd.lines_sip.list()["items"]
    assert line["callerid"] == '"Ann Lee" <1100>'
    (telephone,) = confd.devices.list()["items"]
    assert (telephone["mac"], telephone["status"]) == ("00:08:5d:31:ef:e0", "configured")
    assert confd.lines.get(line["id"])["device_id"] == telephone["id"]


def test_a_failed_line_leaves_nothing_behind(server: DeskProcess, confd: Confd, tmp_path: Path) -> None:
    done = run(server, tmp_path, HEAD + ANN + "Bo,Out,1101,2100,,same\n")
    assert (done.exit_code, done.stdout.splitlines()[-1]) == (1, "1 provisioned, 1 failed")
    assert done.stderr.startswith("line 3: Resource Error - Extension already exists ")
    assert everything(confd) == [1, 1, 2, 1, 1]


def test_all_or_nothing_takes_all_back(server: DeskProcess, confd: Confd, tmp_path: Path) -> None:
    done = run(server, tmp_path, HEAD + ANN + "Bo,Out,99,,,\n", "--all-or-nothing")
    assert (done.exit_code, done.stdout.splitlines()[-1]) == (1, "1 provisioned, 1 failed; all was taken back")
    assert everything(confd) == [0, 0, 0, 0, 0]


@pytest.mark.parametrize("options", [("--dry-run",), ("--login", "")])
def test_what_another_server_cannot_do_is_told(server: DeskProcess, tmp_path: Path, options: tuple[str, ...]) -> None:
    assert run(server, tmp_path, HEAD + ANN, *options).exit_code == 2


def test_numbers_and_persons_are_named_for_another_server(server: DeskProcess, confd: Confd, tmp_path: Path) -> None:
    done = run(server, tmp_path, "firstname,exten,person\nAnn,next,\nBo,,bo@acme.example\n")
    assert done.stderr == (
        "line 2: field 'exten': the ranges of the other server are not known here, so name a number\n"
        "line 3: field 'person': persons are known to this desk only\n"
    )
    assert everything(confd) == [0, 0, 0, 0, 0]


def test_a_wrong_password_is_told(server: DeskProcess, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text(HEAD + ANN)
    given = ["provision", str(file), "--server", f"{server.url}/1.1", "--login", LOGIN, "--password", "wrong-one"]
    done = CliRunner().invoke(telephony, given)
    assert done.exit_code == 1 and "wrong-one" not in done.output
    assert done.stderr == "line 2: HTTP status 401\n"
