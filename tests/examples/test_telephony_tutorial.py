"""examples/telephony/tutorial.py runs as it stands and prints what the tutorial prints; only the port differs."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.desk_process import free_port, running_desk

SCRIPT = Path(__file__).resolve().parents[2] / "examples" / "telephony" / "tutorial.py"
ADDRESS = "https://127.0.0.1:9486/1.1"


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """What the script prints, by heading."""
    port = free_port()
    text = SCRIPT.read_text(encoding="utf-8")
    assert text.count(ADDRESS) == 1
    with running_desk(tmp_path_factory.mktemp("tutorial"), "--telephony-port", str(port)):
        text = text.replace(ADDRESS, f"https://127.0.0.1:{port}/1.1")
        done = subprocess.run([sys.executable, "-"], input=text, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    parts = re.split(r"^# (.+)$", done.stdout, flags=re.MULTILINE)
    yield dict(zip(parts[1::2], (part.strip() for part in parts[2::2]), strict=True))


def value(printed: dict[str, str], heading: str) -> Any:
    return ast.literal_eval(printed[heading])


def names(listed: Any) -> list[str]:
    return [user["lastname"] for user in listed["items"]]


def test_lists_users_by_last_name(printed: dict[str, str]) -> None:
    listed = value(printed, "All users")
    assert names(listed) == ["Abdoulai", "Michel-Brunnemer", "Sanderson"]
    assert listed["total"] == 3
    assert listed["items"][0]["caller_id"] == '"Mao Abdoulai"'
    assert value(printed, "Users from the last name to the first")["items"] == listed["items"][::-1]


def test_searches_and_pages(printed: dict[str, str]) -> None:
    found = value(printed, "Users found by a word")
    assert (names(found), found["total"]) == (["Sanderson"], 1)
    assert found["items"][0]["timezone"] == "America/Montreal"
    page = value(printed, "A page of users")
    assert (names(page), page["total"]) == (["Michel-Brunnemer", "Sanderson"], 3)
    assert value(printed, "One user")["username"] == "mamasta"


def test_creates_edits_and_deletes(printed: dict[str, str]) -> None:
    made = value(printed, "A new user")
    assert made["caller_id"] == '"Joe Cool"'
    assert made["description"] is None
    assert printed["Edited, then deleted"].split() == ["204", "204"]


def test_prints_names_telephones_and_numbers(printed: dict[str, str]) -> None:
    assert printed["Full names"].splitlines() == ["Mao Abdoulai", "Mamasta Michel-Brunnemer"]
    assert printed["Telephones that wait for a line"] == "00:08:5d:31:ef:e0"
    assert printed["Extensions of the context from-extern"].split() == ["1000", "1001", "2000", "3000", "4000"]


def test_prints_the_error(printed: dict[str, str]) -> None:
    assert printed["An error"] == "Input Error - missing parameters: firstname"


def test_provisions_a_user(printed: dict[str, str]) -> None:
    steps = printed["A user with a line, a number and an incoming call, step by step"]
    assert re.search(r"'provisioning_extension': '[1-8]{6}'", steps)
    assert steps.count("'rel': 'lines'") == 3
    assert re.fullmatch(r"provisioning extension: [1-8]{6}", printed["All steps together"])
