"""The script of examples/itop/open_ticket.py runs as it stands; only the port of the demo differs."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.desk_process import DeskProcess

pytestmark = pytest.mark.xdist_group("demo-desk")

SCRIPT = Path(__file__).resolve().parents[2] / "examples" / "itop" / "open_ticket.py"
DEMO_ADDRESS = "http://127.0.0.1:8080/"


def run(desk: DeskProcess) -> dict[str, object]:
    text = SCRIPT.read_text(encoding="utf-8")
    assert text.count(DEMO_ADDRESS) == 1
    text = text.replace(DEMO_ADDRESS, desk.url + "/")
    done = subprocess.run([sys.executable, "-"], input=text, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert isinstance(answer, dict)
    return answer


def test_opens_a_ticket(demo_desk: DeskProcess) -> None:
    answer = run(demo_desk)
    assert set(answer) == {"code", "message", "objects"}
    assert (answer["code"], answer["message"]) == (0, None)
    objects = answer["objects"]
    assert isinstance(objects, dict)
    [(name, ticket)] = objects.items()
    number = re.fullmatch(r"UserRequest::([1-9]\d*)", name)
    assert number, name
    assert ticket == {
        "code": 0,
        "message": "created",
        "class": "UserRequest",
        "key": number[1],
        "fields": {"id": number[1], "friendlyname": f"R-{int(number[1]):06d}"},
    }


def test_each_run_opens_another_ticket(demo_desk: DeskProcess) -> None:
    first, second = run(demo_desk)["objects"], run(demo_desk)["objects"]
    assert isinstance(first, dict) and isinstance(second, dict)
    assert not first.keys() & second.keys()
