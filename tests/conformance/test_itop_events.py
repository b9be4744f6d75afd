"""The recorded behaviour of triggers, web hooks and history, played against a real server on both databases.

Each database has a server of its own: many recorded triggers have no filter, so that nobody else may write to it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

import httpx
import pytest

from tests.support.databases import Databases
from tests.support.desk_process import DeskProcess, running_desk
from tests.support.event_replays import event_differences
from tests.support.replays import RECORDED, known_differences

# History first: its queries go by ids alone, which must not have been those of other deleted objects.
FILES = sorted(
    (path.name for path in (RECORDED / "itop_events").glob("*.json")), key=lambda name: (name[:2] != "15", name)
)
RECORDED_FILES = 19


@pytest.fixture(
    scope="module",
    params=[
        pytest.param("sqlite", marks=pytest.mark.xdist_group("events-sqlite")),
        pytest.param("postgresql", marks=pytest.mark.xdist_group("events-postgresql")),
    ],
)
def lonely_desk(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, databases: Databases
) -> Iterator[DeskProcess]:
    options = ["--empty"]
    if request.param == "postgresql":
        options += ["--database", databases.empty("postgresql")]
    with running_desk(tmp_path_factory.mktemp("events"), *options) as desk:
        yield desk


@pytest.mark.parametrize("file", FILES)
def test_fires_and_sends_as_recorded(lonely_desk: DeskProcess, file: str) -> None:
    known = {entry.step for entry in known_differences() if (entry.recording, entry.file) == ("itop_events", file)}
    steps, differing = event_differences(file, lonely_desk.url, different=bool(known))
    recorded = json.loads((RECORDED / "itop_events" / file).read_text(encoding="utf-8"))["steps"]
    assert steps == sum("answer" not in step for step in recorded)
    unexpected = [text for step, text in differing.items() if step not in known]
    assert not unexpected, "\n".join([f"{len(unexpected)} of {steps} steps differ from the recording:", *unexpected])
    stale = known - differing.keys()
    assert not stale, f"steps {sorted(stale)} no longer differ: take them out of known_differences.json"


def test_every_recorded_file_is_played() -> None:
    assert len(FILES) == RECORDED_FILES


def test_secrets_of_connections_are_write_only(lonely_desk: DeskProcess) -> None:
    kind = {"name": "iTop"}
    given = {"name": "c", "remoteapplicationtype_id": kind, "url": "http://partner.example/"}
    for name, secret, values in (
        ("RemoteiTopConnection", "auth_pwd", {"auth_user": "u", "auth_pwd": "geheim"}),
        ("RemoteiTopConnectionToken", "token", {"token": "geheim"}),
    ):
        document = {"operation": "core/create", "comment": "test", "class": name, "fields": given | values}
        document["output_fields"] = "*"
        answer = httpx.post(
            f"{lonely_desk.url}/webservices/rest.php",
            data={
                "version": "1.3",
                "auth_user": "admin",
                "auth_pwd": "admin",
                "json_data": json.dumps(document),
            },
        ).json()
        (shown,) = answer["objects"].values()
        assert shown["fields"][secret] == "*****"
        assert "geheim" not in json.dumps(answer)
