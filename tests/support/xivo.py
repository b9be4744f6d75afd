"""Plays the recorded scenarios of confd, one file at a time."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path

from tests.support.replays import RECORDED, replayer

SCENARIOS = RECORDED / "xivo" / "scenarios"
ACCOUNT = ("admin", "proformatique")


def scenario_files() -> list[str]:
    """All of them, of both profiles."""
    return sorted(path.name for path in SCENARIOS.glob("*.json"))


def steps_of(file: str) -> int:
    return len(json.loads((SCENARIOS / file).read_text(encoding="utf-8"))["steps"])


def play(file: str, base: str, *, token: str = "", trusted: Path | None = None) -> tuple[int, int, str]:
    """(steps passed, steps failed, what was printed). ``trusted``: the certificate that the server must show."""
    replay = replayer("xivo")
    user, password = (None, None) if token else ACCOUNT
    client = replay.Client(base, user, password, str(trusted) if trusted else False, token or None)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        passed, failed = replay.run_scenario(Path(SCENARIOS / file), client, False)
    client.http.close()
    return passed, failed, printed.getvalue()
