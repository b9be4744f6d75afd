"""The recorded behaviour of iTop's REST interface, played against a real server on both databases.

The recordings are the judge and are never edited. A step that Interdesk answers better on purpose stands in
known_differences.json, with the reason and the test that says what it answers instead; such a step must differ.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.support.databases import Databases
from tests.support.desk_process import DeskProcess, running_desk
from tests.support.replays import RECORDED, itop_differences, known_differences

PLAYED = [
    "01_operations_and_versions.json",
    "02_protocol_errors.json",
    "04_keys.json",
    "05_output_fields.json",
    "06_paging.json",
    "07_oql_operators.json",
    "08_oql_joins_and_functions.json",
    "09_create_scalars.json",
    "10_create_external_keys.json",
    "11_html_and_case_logs.json",
    "12_blobs_and_attachments.json",
    "13_link_sets.json",
    "14_update.json",
]

# What a later issue takes on: life cycles, deletion, impact analysis, services, rights, and the ways to sign in.
LATER = [
    "03_authentication.json",
    "15_user_request_life_cycle.json",
    "16_other_life_cycles.json",
    "17_delete.json",
    "18_get_related.json",
    "19_check_credentials.json",
    "20_user_rights.json",
    "21_services_and_contracts.json",
    "22_other_classes.json",
]


@pytest.fixture(
    scope="session",
    params=[
        pytest.param("sqlite", marks=pytest.mark.xdist_group("conformance-sqlite")),
        pytest.param("postgresql", marks=pytest.mark.xdist_group("conformance-postgresql")),
    ],
)
def empty_desk(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, databases: Databases
) -> Iterator[DeskProcess]:
    """A desk without sample data; one for each database and test run."""
    data = tmp_path_factory.mktemp("conformance")
    options = ["--empty"]
    if request.param == "postgresql":
        options += ["--database", databases.empty("postgresql")]
    with running_desk(data, *options) as desk:
        yield desk


@pytest.mark.parametrize("file", PLAYED)
def test_answers_as_recorded(empty_desk: DeskProcess, file: str) -> None:
    known = {entry.step for entry in known_differences() if (entry.recording, entry.file) == ("itop", file)}
    steps, differing = itop_differences(file, empty_desk.url)
    assert steps == len(json.loads((RECORDED / "itop" / file).read_text(encoding="utf-8"))["steps"])
    unexpected = [text for step, text in differing.items() if step not in known]
    assert not unexpected, "\n".join([f"{len(unexpected)} of {steps} steps differ from the recording:", *unexpected])
    stale = known - differing.keys()
    assert not stale, f"steps {sorted(stale)} no longer differ: take them out of known_differences.json"


def test_every_recorded_file_has_its_place() -> None:
    assert sorted(PLAYED + LATER) == sorted(path.name for path in (RECORDED / "itop").glob("*.json"))


def test_known_differences_name_a_step_and_the_test_of_what_is_answered_instead() -> None:
    for entry in known_differences():
        steps = json.loads((RECORDED / entry.recording / entry.file).read_text(encoding="utf-8"))["steps"]
        assert 1 <= entry.step <= len(steps), entry
        assert entry.reason.strip(), entry
        path, function = entry.instead.split("::")
        source = (RECORDED.parent.parent / path).read_text(encoding="utf-8")
        assert f"def {function}(" in source, f"{entry}: there is no such test"
