"""A file of people becomes users with lines, numbers and telephones: all of them, or those that can."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from interdesk.cli.telephony import telephony
from interdesk.desk import SYSTEM, queries
from interdesk.store import Store
from tests.support.confd import Confd, over
from tests.support.databases import Databases
from tests.support.people import KEY, bundled_model

Run = Callable[..., Result]
PEOPLE = (
    "firstname,lastname,exten,incoming,device,voicemail,voicemail_password,language\n"
    "Ann,Lee,1100,2100,00:08:5D:31:EF:E0,same,1234,fr_FR\n"
    "Bo,,next,,,,,\n"
    "Cy,Out,,,,,,\n"
)


@pytest.fixture
def url(databases: Databases, dialect: str) -> Iterator[str]:
    found = databases.with_schema(dialect, bundled_model())
    yield found
    databases.drop(found)


@pytest.fixture
def confd(url: str) -> Iterator[Confd]:
    store = Store.open(url, bundled_model())
    yield over(store)
    store.close()


@pytest.fixture
def run(confd: Confd, url: str, tmp_path: Path) -> Run:
    def command(text: str, *options: str) -> Result:
        file = tmp_path / "people.csv"
        file.write_text(text, encoding="utf-8")
        given = ["provision", "--data", str(tmp_path), "--database", url, str(file), *options]
        return CliRunner().invoke(telephony, given, env={"INTERDESK_SECRET_KEY": KEY})

    return command


def everything(confd: Confd) -> list[int]:
    return [
        confd.get(f"/{resource}")["total"] for resource in ("users", "lines", "extensions", "devices", "voicemails")
    ]


def test_everybody_gets_what_his_line_says(run: Run, confd: Confd) -> None:
    done = run(PEOPLE)
    assert (done.exit_code, done.stderr) == (0, "")
    *_, summary = lines = done.stdout.splitlines()
    assert summary == "3 provisioned, 0 failed"
    ann, bo, cy = confd.get("/users?order=firstname")["items"]
    assert [(user["firstname"], user["lastname"], user["language"]) for user in (ann, bo)] == [
        ("Ann", "Lee", "fr_FR"),
        ("Bo", "", None),
    ]
    ann_id = ann["id"]
    (pair,) = confd.get(f"/users/{ann_id}/lines")["items"]
    line = confd.get(f"/lines_sip/{pair['line_id']}")
    assert line["callerid"] == '"Ann Lee" <1100>'
    numbers = [item["extension_id"] for item in confd.get(f"/lines/{line['id']}/extensions")["items"]]
    assert [confd.get(f"/extensions/{key}")["exten"] for key in numbers] == ["1100", "2100"]
    (phone,) = confd.get("/devices")["items"]
    assert (phone["mac"], phone["status"]) == ("00:08:5d:31:ef:e0", "configured")
    box = confd.get(f"/voicemails/{confd.get(f'/users/{ann_id}/voicemail')['voicemail_id']}")
    assert (box["name"], box["number"], box["password"]) == ("Ann Lee", "1100", "1234")
    assert lines[0] == (
        f"Ann Lee: user {ann_id}, line {line['id']}, number 1100, code {line['provisioning_extension']}, "
        f"incoming 2100, voicemail {box['id']}, telephone 00:08:5d:31:ef:e0"
    )
    assert "number 1000" in lines[1]  # the lowest one that is free
    assert lines[2] == f"Cy Out: user {cy['id']}"


BROKEN = "firstname,exten\nAnn,1100\nBo,1100\n,1101\nCy,99\nDora,1102\nEve\n"
TOLD = (
    "line 3: Extension already exists\n"
    "line 4: missing parameters: firstname\n"
    "line 5: Extension '99' is outside of range for context 'default'\n"
    "line 7: there are 1 values for 2 columns\n"
)


def test_lines_that_cannot_be_done_spoil_no_others(run: Run, confd: Confd) -> None:
    done = run(BROKEN)
    assert (done.exit_code, done.stderr) == (1, TOLD)
    assert done.stdout.splitlines()[-1] == "2 provisioned, 4 failed"
    assert [user["firstname"] for user in confd.get("/users")["items"]] == ["Ann", "Dora"]
    assert everything(confd) == [2, 2, 2, 0, 0]


def test_all_or_nothing_keeps_nothing(run: Run, confd: Confd) -> None:
    done = run(BROKEN, "--all-or-nothing")
    assert (done.exit_code, done.stderr) == (1, TOLD)
    assert done.stdout == "2 provisioned, 4 failed; nothing was stored\n"
    assert everything(confd) == [0, 0, 0, 0, 0]
    assert run(PEOPLE, "--all-or-nothing").exit_code == 0
    assert everything(confd)[0] == 3


def test_a_dry_run_tells_and_keeps_nothing(run: Run, confd: Confd) -> None:
    done = run(PEOPLE, "--dry-run")
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] == "3 provisioned, 0 failed; nothing was stored"
    assert "number 1000" in done.stdout
    assert everything(confd) == [0, 0, 0, 0, 0]


def test_a_user_is_the_person_of_that_address(run: Run, confd: Confd) -> None:
    with confd.desk.transaction(SYSTEM) as tx:
        owner = tx.create("Organization", {"name": "Acme"})
        persons = {"name": "Lee", "org_id": owner, "email": "ann@acme.example"}
        person = tx.create("Person", {**persons, "first_name": "Ann"})
    assert run("firstname,person\nAnn,ann@acme.example\n").exit_code == 0
    model = confd.desk.model
    with confd.desk.reading() as reader:
        assert reader.count(queries.by_criteria(model.cls("TelephonyUser"), {"person_id": person}), {}) == 1
    assert run("firstname,person\nAnn,nobody@acme.example\n").stderr == "line 2: field 'person': Person was not found\n"
    with confd.desk.transaction(SYSTEM) as tx:
        tx.create("Person", {**persons, "first_name": "Another"})
    told = run("firstname,person\nAnn,ann@acme.example\n").stderr
    assert told == "line 2: field 'person': 2 persons have this address\n"


def test_next_numbers_end_with_the_range(run: Run, confd: Confd) -> None:
    with confd.desk.transaction(SYSTEM) as tx:
        context = tx.create("TelephonyContext", {"name": "small", "type": "internal"})
        ends = {"first_number": "007", "last_number": "008", "kind": "user"}
        tx.create("TelephonyRange", {"context_id": context, **ends})
    done = run("firstname,exten,context\n" + "Ann,next,small\n" * 3)
    assert done.stderr == "line 4: no number of the context 'small' is free\n"
    assert [item["exten"] for item in confd.get("/extensions")["items"]] == ["007", "008"]
    assert run("firstname,exten,context\nAnn,next,nope\n").stderr == "line 2: field 'context': Context was not found\n"


def test_bad_lines_are_told(run: Run, confd: Confd) -> None:
    done = run(
        "firstname,exten,incoming,device,slot,password\n"
        "Ann,,,00:08:5D:31:EF:E0,,\n"
        "Ann,1100,,phone,,\n"
        "Ann,1100,,,0,\n"
        "Ann,12ab,,,,\n"
        "Ann,1100,9,,,\n"
        "Ann,1100,,,,abc\n"
        "\x00,1100,,,,\n"
        '"Ann\n'
    )
    assert done.stderr.splitlines() == [
        "line 2: missing parameters: exten",
        "line 3: field 'device': wrong type. Should be a MAC address",
        "line 4: field 'slot': wrong type. Should be a positive numeric",
        "line 5: field 'exten': wrong type. Should be a numeric string",
        "line 6: Extension '9' is outside of range for context 'from-extern'",
        "line 7: field 'password': must have a minimum length of 4",
        "line 8: field 'firstname': has characters that cannot be stored",
        "line 9: this is no CSV: unexpected end of data",
    ]
    assert everything(confd) == [0, 0, 0, 0, 0]


def test_unknown_columns_are_told_before_anything_is_done(run: Run) -> None:
    done = run("name,exten\nAnn,1100\nBo,1101\n")
    assert done.exit_code == 1
    assert done.stderr.startswith("Error: unknown columns: name. There can be: firstname, ")
