"""``interdesk flow`` and ``interdesk app``: seen, walked, written and read again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from interdesk.approvals.refusals import BadForm
from interdesk.approvals.simulation import Asked, simulate
from interdesk.cli import commands
from tests.approvals.written_flows import SERVICES, sample_flow


def run(data: Path, *words: str) -> Result:
    return CliRunner().invoke(commands, [*words[:2], "--data", str(data), *words[2:]])


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("flows")
    made = CliRunner().invoke(commands, ["init", "--data", str(folder), "--password", "Pa55-word!x"])
    assert made.exit_code == 0, made.output
    imported = run(folder, "flow", "import", str(SERVICES / "branch_parallel.json"))
    assert imported.exit_code == 0, imported.output
    return folder


def test_show(data: Path, tmp_path: Path) -> None:
    shown = run(data, "flow", "show", "conf branch")
    assert shown.exit_code == 0, shown.output
    assert "Finance approval: APPROVAL lisi" in shown.output
    assert "Amount > 1000 → Fork" in shown.output
    drawing = tmp_path / "flow.svg"
    assert run(data, "flow", "show", "conf branch", "--svg", str(drawing)).exit_code == 0
    assert drawing.read_text(encoding="utf-8").startswith("<svg")


def test_simulate(data: Path) -> None:
    form = ["--field", "title=t", "--field", "kind=hw"]
    small = run(data, "flow", "simulate", "conf branch", *form, "--field", "amount=5")
    assert small.output.splitlines() == ["Quick approval: approve: zhangsan", "FINISHED"]
    large = run(data, "flow", "simulate", "conf branch", *form, "--field", "amount=5000")
    assert large.output.splitlines() == [
        "Finance approval: approve: lisi",
        "Security approval: approve: wangwu",
        "Purchase: handle: ops1",
        "FINISHED",
    ]


def test_what_is_exported_can_be_imported_and_is_the_same_again(data: Path, tmp_path: Path) -> None:
    first = run(data, "flow", "export", "conf branch").output
    file = tmp_path / "service.json"
    file.write_text(first, encoding="utf-8")
    assert run(data, "flow", "import", str(file)).exit_code == 0
    again = json.loads(run(data, "flow", "export", "conf branch").output)
    assert [one["name"] for one in again["workflow"]["states"].values()] == [
        one["name"] for one in json.loads(first)["workflow"]["states"].values()
    ]
    assert again["workflow"]["name"] == "conf branch flow"


def test_a_refusal_that_ends_the_ticket() -> None:
    course = simulate(
        sample_flow("dispatch"), "r", {"title": "t", "APPROVER": "a"}, refused=frozenset({"Chosen approver"})
    )
    assert course.asked == (Asked("Chosen approver", "approve", ("a",)),)
    assert course.status == "TERMINATED"
    with pytest.raises(BadForm):
        simulate(sample_flow("dispatch"), "r", {"title": "", "APPROVER": "a"})


def test_an_application_gets_a_secret_that_is_not_kept(data: Path) -> None:
    added = run(data, "app", "add", "shop")
    assert added.exit_code == 0, added.output
    secret = added.output.split("bk_app_secret: ")[1].strip()
    assert len(secret) > 20
    assert secret.encode() not in (data / "interdesk.db").read_bytes()


@pytest.mark.parametrize("words", [("show", "nothing"), ("simulate", "nothing"), ("export", "nothing")])
def test_an_unknown_service_is_told(data: Path, words: tuple[str, ...]) -> None:
    told = run(data, "flow", *words)
    assert told.exit_code == 1
    assert "There is no service 'nothing'" in told.output
