"""``interdesk design check | show | export``, run as a user would."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from interdesk.cli.design import design
from interdesk.model.design import bundled, load
from tests.model.written import classes, cls, enum, field, key, write

DELTA = '<classes><class id="Person" _delta="must_exist"><fields>{}</fields></class></classes>'
ADDED = '<field id="badge" xsi:type="AttributeString" _delta="define"><is_null_allowed>true</is_null_allowed></field>'


def run(*arguments: str | Path, **environment: str) -> Result:
    return CliRunner(env=environment).invoke(design, [str(argument) for argument in arguments])


@pytest.fixture
def delta(tmp_path: Path) -> Path:
    return write(tmp_path, "badge.xml", DELTA.format(ADDED))


def test_the_bundled_design_is_sound() -> None:
    result = run("check")
    assert result.exit_code == 0, result.output
    assert result.output.splitlines()[-1].startswith(f"The design is sound: {len(load(bundled()).classes)} classes")


def test_faults_are_told_with_file_line_and_cure(tmp_path: Path) -> None:
    broken = write(tmp_path, "broken.xml", DELTA.format("\n" + ADDED.replace('"define"', '"redefine"')))
    result = run("check", broken)
    assert result.exit_code == 1
    place = "/itop_design/classes/class[Person]/fields/field[badge]"
    assert f"{broken}:2: {place}: could not be modified (not found). Cure: " in result.output
    assert "the design has 1 fault" in result.output


def test_oql_of_the_design_is_checked(tmp_path: Path) -> None:
    condition = "<obsolescence><condition>nane = ''</condition></obsolescence>"
    path = write(tmp_path, "oql.xml", classes(cls("Site", field("name"), properties=condition)))
    result = run("check", "--alone", path)
    assert result.exit_code == 1
    assert "/properties/obsolescence/condition: OQL of class Site: " in result.output


def test_what_is_kept_unread_is_listed_unless_quiet(tmp_path: Path) -> None:
    php = "<methods><method id='Go'><code>x</code></method></methods>"
    path = write(tmp_path, "php.xml", classes(cls("Site", rest=php)))
    assert "PHP of Site::Go" in run("check", "--alone", path).output
    assert "PHP of Site::Go" not in run("check", "--alone", "--quiet", path).output


def test_a_delta_comes_from_an_option_or_a_setting(tmp_path: Path, delta: Path) -> None:
    config = tmp_path / "desk.toml"
    config.write_text(f"design = ['{delta}']\n", encoding="utf-8")
    assert "badge" not in run("show", "Person").output
    for result in (
        run("show", "Person", "--design", delta),
        run("show", "Person", "--config", config),
        run("show", "Person", INTERDESK_DESIGN=str(delta)),
    ):
        assert result.exit_code == 0, result.output
        assert "| badge " in result.output


def test_show_lists_the_classes(tmp_path: Path) -> None:
    path = write(tmp_path, "small.xml", classes(cls("Site", field("name")), cls("Room", parent="Site")))
    rows = [line.split("|") for line in run("show", "--alone", "--design", path).output.splitlines()]
    assert [[cell.strip() for cell in row[1:5]] for row in rows if len(row) > 4 and "Room" in row[1]] == [
        ["Room", "Room", "Site", "3"]
    ]


def test_show_tells_a_class(tmp_path: Path) -> None:
    life = (
        "<lifecycle><stimuli><stimulus id='ev_go' xsi:type='StimulusUserAction'/></stimuli><states>"
        "<state id='new'><flags><attribute id='name'><mandatory/></attribute></flags><transitions>"
        "<transition id='ev_go'><target>done</target><actions><action><verb>Reset</verb><params>"
        "<param xsi:type='attcode'>name</param></params></action></actions></transition></transitions></state>"
        "<state id='done'/></states></lifecycle>"
    )
    properties = (
        "<fields_semantic><state_attribute>status</state_attribute></fields_semantic>"
        "<uniqueness_rules><rule id='u'><attributes><attribute id='name'/></attributes></rule></uniqueness_rules>"
        "<obsolescence><condition>status = 'done'</condition></obsolescence>"
    )
    fields = field("name") + enum("status", "new", "done", default="new") + key("next_id", "Step")
    path = write(tmp_path, "step.xml", classes(cls("Step", fields, properties=properties, rest=life)))
    output = run("show", "Step", "--alone", "--design", path).output
    cells = {tuple(cell.strip() for cell in line.split("|")[1:-1]) for line in output.splitlines() if "|" in line}
    assert ("next_id", "ExternalKey", "next id", "needed", "Step", "-> Step (DEL_MANUAL)") in cells
    assert ("status", "Enum", "status", "needed", "Step", "new, done") in cells
    assert ("next_id_friendlyname", "ExternalField", "next_id_friendlyname", "computed", "Step",
            "next_id->friendlyname") in cells  # fmt: skip
    assert ("new (first)", "new", "name", "", "", "") in cells
    assert ("new", "ev_go", "done", "UserAction", "Reset(name)") in cells
    assert "unique u: name (blocking)" in output
    assert "obsolete when: status = 'done'" in output


def test_a_life_cycle_is_drawn(tmp_path: Path) -> None:
    drawing = tmp_path / "request.svg"
    output = run("show", "UserRequest", "--svg", drawing).output
    lines = output.partition("\nLife cycle\n")[2].splitlines()
    assert any(line.strip(" |+-><").startswith("* new") for line in lines)
    assert sum("ev_reassign > assigned" in line for line in lines) == 2
    svg = drawing.read_text(encoding="utf-8")
    assert svg.startswith("<svg ") and "ev_reassign → assigned" in svg


def test_a_class_without_life_cycle_is_not_drawn(tmp_path: Path) -> None:
    result = run("show", "Person", "--svg", tmp_path / "person.svg")
    assert result.exit_code == 1
    assert "Class Person has no life cycle to draw" in result.output
    assert not (tmp_path / "person.svg").exists()


def test_an_unknown_class_is_an_error() -> None:
    result = run("show", "Nothing")
    assert result.exit_code == 1
    assert "The design has no class 'Nothing'" in result.output


def test_an_exported_design_is_the_same_design(tmp_path: Path, delta: Path) -> None:
    exported = tmp_path / "all.xml"
    exported.write_text(run("export", "--design", delta).output, encoding="utf-8")
    assert load([exported]).fingerprint == load([*bundled(), delta]).fingerprint


def test_the_design_as_json(delta: Path) -> None:
    told = json.loads(run("export", "--format", "json", "--design", delta).output)
    assert told["classes"]["Person"]["attributes"]["badge"]["type_name"] == "AttributeString"
    assert told["classes"]["Incident"]["lifecycle"]["initial_state"] == "new"


@pytest.mark.parametrize("shape", ["xml", "json"])
def test_a_faulty_design_is_not_exported(tmp_path: Path, shape: str) -> None:
    broken = write(tmp_path, "broken.xml", DELTA.format(ADDED.replace('"define"', '"redefine"')))
    result = run("export", "--format", shape, "--design", broken)
    assert result.exit_code == 1
    assert "could not be modified (not found)" in result.output
    assert "<itop_design" not in result.output
