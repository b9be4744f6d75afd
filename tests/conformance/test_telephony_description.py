"""schemathesis calls every operation of the telephony API as its description says, and judges the answers."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from interdesk.dialects.confd.routes import ROUTES
from tests.support.desk_process import running_desk
from tests.support.xivo import ACCOUNT

CHECKS = "not_a_server_error,status_code_conformance,response_schema_conformance"
SECONDS = 240


def test_no_answer_lies_outside_of_the_description(tmp_path: Path) -> None:
    with running_desk(tmp_path / "desk") as desk:
        command = [
            *(sys.executable, "-m", "schemathesis.cli", "run", f"{desk.url}/1.1/api/api.json"),
            *("--url", f"{desk.url}/1.1", "--auth", ":".join(ACCOUNT), "--checks", CHECKS),
            *("--max-examples", "4", "--phases", "fuzzing", "--seed", "7", "--no-color"),
        ]
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, cwd=tmp_path)
    assert done.returncode == 0, done.stdout[-6_000:]
    operations = sum(len(route.methods) for route in ROUTES)
    assert f"Tested: {operations}" in done.stdout
