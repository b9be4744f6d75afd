"""The recorded behaviour of the BlueKing ITSM API, played by its own player in three path styles on both databases."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.databases import Databases
from tests.support.desk_process import DeskProcess, running_desk

FOLDER = Path(__file__).parent / "bkitsm"
FILES = sorted(FOLDER.glob("scenarios/*.json"))
RECORDED_FILES = 13
SCENARIOS = sum(len(json.loads(path.read_text(encoding="utf-8"))) for path in FILES)
STYLES = [("native", "params"), ("esb", "params"), ("apigw", "header")]
SECONDS = 240


@pytest.fixture(
    scope="module",
    params=[
        pytest.param("sqlite", marks=pytest.mark.xdist_group("flow-desk-sqlite")),
        pytest.param("postgresql", marks=pytest.mark.xdist_group("flow-desk-postgresql")),
    ],
)
def flow_desk(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, databases: Databases
) -> Iterator[DeskProcess]:
    options = ["--database", databases.empty("postgresql")] if request.param == "postgresql" else []
    with running_desk(tmp_path_factory.mktemp("flow-desk"), *options) as desk:
        yield desk


@pytest.mark.parametrize(("style", "credentials"), STYLES)
def test_answers_as_recorded(flow_desk: DeskProcess, style: str, credentials: str) -> None:
    command = [sys.executable, str(FOLDER / "replay.py"), "--base", flow_desk.url, "--style", style]
    command += ["--auth-in", credentials, "--settle", "0.3"]
    played = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert played.returncode == 0, played.stdout + played.stderr
    assert played.stdout.splitlines()[-1] == f"{SCENARIOS} passed, 0 failed"


def test_every_recorded_file_is_there() -> None:
    assert len(FILES) == RECORDED_FILES
