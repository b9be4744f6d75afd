"""The recorded behaviour of confd, played against a real server on both databases, plain and with TLS.

The recordings are the judge and are never edited.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from interdesk.serving.certificates import CERTIFICATE
from tests.support.databases import Databases
from tests.support.desk_process import free_port, running_desk
from tests.support.xivo import play, scenario_files, steps_of

RECORDED_FILES = 27


@dataclass(frozen=True)
class Telephony:
    plain: str
    secure: str
    certificate: Path
    options: list[str]  # of commands on the same desk


@pytest.fixture(
    scope="module",
    params=[
        pytest.param("sqlite", marks=pytest.mark.xdist_group("telephony-sqlite")),
        pytest.param("postgresql", marks=pytest.mark.xdist_group("telephony-postgresql")),
    ],
)
def telephony(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, databases: Databases
) -> Iterator[Telephony]:
    """A desk without sample data; one for each database."""
    port, data = free_port(), tmp_path_factory.mktemp("telephony")
    database = ["--database", databases.empty("postgresql")] if request.param == "postgresql" else []
    with running_desk(data, "--empty", "--telephony-port", str(port), *database) as desk:
        yield Telephony(
            f"{desk.url}/1.1", f"https://127.0.0.1:{port}/1.1", data / CERTIFICATE, ["--data", str(data), *database]
        )


@pytest.mark.parametrize("file", scenario_files())
def test_answers_as_recorded(telephony: Telephony, file: str) -> None:
    passed, failed, printed = play(file, telephony.plain)
    assert (passed, failed) == (steps_of(file), 0), printed


@pytest.mark.parametrize("file", scenario_files())
def test_answers_as_recorded_over_tls(telephony: Telephony, file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):  # they win over what the client of the recordings trusts
        monkeypatch.delenv(name, raising=False)
    passed, failed, printed = play(file, telephony.secure, trusted=telephony.certificate)
    assert (passed, failed) == (steps_of(file), 0), printed


def test_a_token_opens_the_same_door(telephony: Telephony) -> None:
    made = _token(telephony)
    passed, failed, printed = play("15_user_line.json", telephony.plain, token=made)
    assert (passed, failed) == (steps_of("15_user_line.json"), 0), printed


def _token(telephony: Telephony) -> str:
    """A token of the administrator for the service, made by the command."""
    command = [sys.executable, "-m", "interdesk", "token", "add", "admin", "--scope", "confd", *telephony.options]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout.strip()


def test_every_recorded_file_is_played() -> None:
    assert len(scenario_files()) == RECORDED_FILES
