"""Plays the recorded scenarios of tests/conformance and tells which steps differ."""

from __future__ import annotations

import contextlib
import importlib.util
import io
import json
import re
import sys
from argparse import Namespace
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType

RECORDED = Path(__file__).resolve().parent.parent / "conformance"
KNOWN_DIFFERENCES = RECORDED / "known_differences.json"
REQUEST_SECONDS = 60.0


@dataclass(frozen=True)
class KnownDifference:
    """A step whose answer Interdesk makes better than the original's, on purpose.

    ``instead`` names the test (``path::function``) that says what the answer is to be.
    """

    recording: str
    file: str
    step: int
    reason: str
    instead: str


def known_differences() -> list[KnownDifference]:
    return [KnownDifference(**entry) for entry in json.loads(KNOWN_DIFFERENCES.read_text(encoding="utf-8"))]


@cache
def replayer(folder: str) -> ModuleType:
    """The replay.py of one recorded set, as a module. It writes nothing next to the recordings."""
    spec = importlib.util.spec_from_file_location(f"replay_{folder}", RECORDED / folder / "replay.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def itop_differences(file: str, url: str) -> tuple[int, dict[int, str]]:
    """Play one scenario file of the set ``itop``: (steps played, {number of a differing step: what differs})."""
    replay = replayer("itop")
    options = Namespace(mode="check", verbose=False, full=False)
    target = replay.Target(url, "admin", "admin", REQUEST_SECONDS)
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed):
            passed, failed = replay.run_file(RECORDED / "itop" / file, target, options)
    finally:
        target.client.close()
    differing = by_step(printed.getvalue(), file)
    assert len(differing) == failed, printed.getvalue()
    return passed + failed, differing


def by_step(printed: str, file: str) -> dict[int, str]:
    """Split what the replay prints: ``FAIL file#number name`` and indented lines below it."""
    blocks = re.split(rf"^FAIL (?={re.escape(file)}#)", printed, flags=re.MULTILINE)[1:]
    return {int(block[len(file) + 1 :].split(" ", 1)[0]): "FAIL " + block.rstrip() for block in blocks}
