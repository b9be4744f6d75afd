"""The recorded behaviour of iTop's REST interface, played against a real server on both databases.

The recordings are the judge and are never edited. A step that Interdesk answers better on purpose stands in
known_differences.json, with the reason and the test that says what it answers instead; such a step must differ.
"""

from __future__ import annotations

import json

import httpx
import pytest

from tests.support.desk_process import DeskProcess
from tests.support.replays import RECORDED, itop_differences, known_differences

FILES = sorted(path.name for path in (RECORDED / "itop").glob("*.json"))
RECORDED_FILES = 22
EXTERNAL_KEYS = "10_create_external_keys.json"


def numbers(desk: DeskProcess, document: dict[str, object]) -> list[int]:
    """The identifiers of the objects in the answer to an operation."""
    form = {"version": "1.3", "auth_user": "admin", "auth_pwd": "admin", "json_data": json.dumps(document)}
    answer = httpx.post(f"{desk.url}/webservices/rest.php", data=form).json()
    assert answer["code"] == 0, answer
    return [int(shown["key"]) for shown in (answer["objects"] or {}).values()]


def set_organizations_apart(desk: DeskProcess) -> None:
    """Create organizations until their numbers are none of a person's, now or after a file of scenarios.

    File 10 gives the number of an organization as a person's and expects a refusal. The recorded server had many
    organizations; here both kinds of numbers start at 1.
    """
    people = numbers(desk, {"operation": "core/get", "class": "Person", "key": "SELECT Person", "output_fields": "id"})
    beyond = max(people, default=0) + 100
    creation = {"operation": "core/create", "class": "Organization", "output_fields": "id", "comment": "test"}
    while numbers(desk, creation | {"fields": {"name": f"Apart {beyond}"}}) < [beyond]:
        pass


@pytest.mark.parametrize("file", FILES)
def test_answers_as_recorded(empty_desk: DeskProcess, file: str) -> None:
    if file == EXTERNAL_KEYS:
        set_organizations_apart(empty_desk)
    known = {entry.step for entry in known_differences() if (entry.recording, entry.file) == ("itop", file)}
    steps, differing = itop_differences(file, empty_desk.url)
    assert steps == len(json.loads((RECORDED / "itop" / file).read_text(encoding="utf-8"))["steps"])
    unexpected = [text for step, text in differing.items() if step not in known]
    assert not unexpected, "\n".join([f"{len(unexpected)} of {steps} steps differ from the recording:", *unexpected])
    stale = known - differing.keys()
    assert not stale, f"steps {sorted(stale)} no longer differ: take them out of known_differences.json"


def test_every_recorded_file_is_played() -> None:
    assert len(FILES) == RECORDED_FILES


def test_known_differences_name_a_step_and_the_test_of_what_is_answered_instead() -> None:
    for entry in known_differences():
        steps = json.loads((RECORDED / entry.recording / entry.file).read_text(encoding="utf-8"))["steps"]
        assert 1 <= entry.step <= len(steps), entry
        assert entry.reason.strip(), entry
        path, function = entry.instead.split("::")
        source = (RECORDED.parent.parent / path).read_text(encoding="utf-8")
        assert f"def {function}(" in source, f"{entry}: there is no such test"
