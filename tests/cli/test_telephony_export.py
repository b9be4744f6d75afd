"""The files of a call server are replaced as a whole, guarded, and only when they change."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from interdesk.cli.telephony import telephony
from interdesk.desk import SYSTEM
from interdesk.store import Store
from tests.support.confd import Confd, over
from tests.support.databases import Databases
from tests.support.people import KEY, bundled_model

Run = Callable[..., Result]
SECRETS = ("tdt0bgqm", "1234")


@pytest.fixture
def url(databases: Databases) -> Iterator[str]:
    """SQLite alone: what is read from the database is tested beside, on both."""
    found = databases.with_schema("sqlite", bundled_model())
    yield found
    databases.drop(found)


@pytest.fixture
def confd(url: str) -> Iterator[Confd]:
    """A user with a line, a voicemail and a telephone."""
    store = Store.open(url, bundled_model())
    confd = over(store)
    user, line, _, _ = confd.walk()
    assert confd.call("PUT", f"/lines_sip/{line}", {"username": "lord", "secret": "tdt0bgqm"})[0] == 204
    box = confd.create("/voicemails", name="Lord", number="1100", context="default", password="1234")
    assert confd.call("POST", f"/users/{user}/voicemail", {"voicemail_id": box})[0] == 201
    device = confd.create("/devices", mac="00:08:5d:31:ef:e0", vendor="Aastra")
    assert confd.call("PUT", f"/lines/{line}/devices/{device}")[0] == 204
    yield confd
    store.close()


@pytest.fixture
def options(confd: Confd, url: str, tmp_path: Path) -> list[str]:
    return ["export", "--data", str(tmp_path), "--database", url]


@pytest.fixture
def run(options: list[str]) -> Run:
    def command(*more: object) -> Result:
        given = [*options, *map(str, more)]
        return CliRunner().invoke(telephony, given, env={"INTERDESK_SECRET_KEY": KEY})

    return command


def content(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir()}


def test_both_sets_are_written_and_secrets_are_for_the_owner(run: Run, tmp_path: Path) -> None:
    call_server, provisioning = tmp_path / "asterisk", tmp_path / "phones"
    done = run("--asterisk", call_server, "--provisioning", provisioning, "--registrar", "pbx.example:5062")
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout == f"{call_server}: 3 files\n{provisioning}: 1 files\n"
    modes = {path.name: oct(path.stat().st_mode & 0o777) for path in (*call_server.iterdir(), *provisioning.iterdir())}
    assert modes == {
        "pjsip.conf": "0o600", "extensions.conf": "0o644", "voicemail.conf": "0o600", "00085D31EFE0.cfg": "0o600",
    }  # fmt: skip
    assert "registrar port: 5062" in content(provisioning)["00085D31EFE0.cfg"]


def test_a_second_export_changes_nothing(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "asterisk"
    run("--asterisk", folder)
    first = os.readlink(folder)
    assert run("--asterisk", folder).stdout == f"{folder}: nothing changed\n"
    assert os.readlink(folder) == first


def test_what_is_gone_goes_from_the_files(run: Run, confd: Confd, tmp_path: Path) -> None:
    folder = tmp_path / "phones"
    options = ("--provisioning", folder, "--registrar", "pbx.example")
    run(*options)
    (device,) = confd.get("/devices")["items"]
    assert confd.call("GET", f"/devices/{device['id']}/autoprov")[0] == 204
    assert run(*options).exit_code == 0
    assert content(folder) == {}
    assert len(list(tmp_path.glob(".phones.*"))) == 1  # the set before is removed


def test_the_difference_shows_no_secret(run: Run, confd: Confd, tmp_path: Path) -> None:
    folder = tmp_path / "asterisk"
    shown = run("--asterisk", folder, "--diff").stdout
    assert not folder.exists()
    assert "+[lord]" in shown and "--- /dev/null" in shown
    assert not [secret for secret in SECRETS if secret in shown]
    run("--asterisk", folder)
    assert run("--asterisk", folder, "--diff").stdout == f"{folder}: nothing would change\n"
    (line,) = confd.get("/lines_sip")["items"]
    assert confd.call("PUT", f"/lines_sip/{line['id']}", {"secret": "another-one"})[0] == 204
    shown = run("--asterisk", folder, "--diff").stdout
    changed = [text for text in shown.splitlines() if text[:1] in "+-" and text[:3] not in ("+++", "---")]
    assert [text[:20] for text in changed] == ["-password = <secret ", "+password = <secret "]
    assert changed[0][1:] != changed[1][1:]
    assert "another-one" not in shown


def test_what_cannot_stand_in_a_file_is_told_and_left_out(run: Run, confd: Confd, tmp_path: Path) -> None:
    (line,) = confd.get("/lines_sip")["items"]
    hostile = "x]\nexten => 911,1,System(reboot)"
    assert confd.call("PUT", f"/lines_sip/{line['id']}", {"username": hostile[:40]})[0] == 204
    done = run("--asterisk", tmp_path / "asterisk")
    assert done.exit_code == 1
    assert done.stderr.startswith(f"line {line['id']} is left out: the SIP name 'x]\\nexten")
    files = content(tmp_path / "asterisk")
    assert "911" not in "".join(files.values()) and "1100 => 1234" in files["voicemail.conf"]


def test_a_secret_of_digits_and_letters_is_told_to_nobody(run: Run, confd: Confd, tmp_path: Path) -> None:
    (box,) = confd.get("/voicemails")["items"]
    with confd.desk.transaction(SYSTEM) as tx:
        tx.update("TelephonyVoicemail", box["id"], {"password": "open,sesame"})
    done = run("--asterisk", tmp_path / "asterisk")
    assert done.exit_code == 1
    assert done.stderr == "voicemail 'Lord' is left out: its password is no number\n"
    assert "sesame" not in "".join(content(tmp_path / "asterisk").values())


def test_a_folder_with_other_content_is_left_alone(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "etc"
    folder.mkdir()
    (folder / "pjsip.conf").write_text("[transport-udp]\n")
    for more in ((), ("--diff",)):
        done = run("--asterisk", folder, *more)
        assert done.exit_code == 1 and "has other content" in str(done.exception)
    link = tmp_path / "link"
    link.symlink_to("etc")
    assert "has other content" in str(run("--asterisk", link).exception)
    assert content(folder) == {"pjsip.conf": "[transport-udp]\n"}


def test_an_empty_folder_is_taken(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "new" / "asterisk"
    folder.mkdir(parents=True)
    assert run("--asterisk", folder).exit_code == 0
    assert len(content(folder)) == 3


def _small_files() -> None:
    """No file of this process may grow beyond 300 bytes: a disk that fills up."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (300, 300))


def test_a_full_disk_leaves_the_old_set(run: Run, options: list[str], confd: Confd, tmp_path: Path) -> None:
    folder = tmp_path / "asterisk"
    run("--asterisk", folder)
    before = content(folder)
    confd.create("/lines_sip", context="default", device_slot=1)
    done = subprocess.run(
        [sys.executable, "-m", "interdesk", "telephony", *options, "--asterisk", str(folder)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "INTERDESK_SECRET_KEY": KEY},
        preexec_fn=_small_files,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert f"{folder} stays as it was: File too large" in done.stderr
    assert content(folder) == before
    assert len(list(tmp_path.glob(".asterisk.*"))) == 1


def test_what_an_interrupted_export_left_is_removed_by_the_next(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "asterisk"
    run("--asterisk", folder)
    before = content(folder)
    half = tmp_path / ".asterisk.abcd1234"
    half.mkdir()
    (half / "pjsip.conf").write_text("half")
    (tmp_path / ".asterisk.abcd1234.link").symlink_to(half.name)
    other = tmp_path / ".asterisk.of-somebody-else"
    other.mkdir()
    assert content(folder) == before
    (folder / "pjsip.conf").write_text("changed by hand")
    assert run("--asterisk", folder).exit_code == 0
    assert content(folder) == before
    assert not half.exists() and other.exists()


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ((), "Say what to write"),
        (("--provisioning", "x"), "needs --registrar"),
        (("--provisioning", "x", "--registrar", "pbx example\nx"), "needs --registrar"),
    ],
)
def test_what_is_not_said_is_asked_for(run: Run, given: tuple[str, ...], told: str) -> None:
    done = run(*given)
    assert done.exit_code == 2 and told in done.stderr
