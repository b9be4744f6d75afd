"""``interdesk token``: makes a token that is right, says what is wrong, takes tokens back."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from interdesk.cli import commands
from interdesk.cli.init import create
from interdesk.desk.credentials import Claim
from interdesk.errors import Unauthenticated
from interdesk.server import open_desk
from interdesk.settings import Settings


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a desk with the administrator root."""
    folder = tmp_path_factory.mktemp("desk")
    create(Settings(data=str(folder)), "root", "secret")
    return folder


def run(data: Path, *words: str) -> Result:
    return CliRunner().invoke(commands, ["token", *words, "--data", str(data)], env={"INTERDESK_CONFIG": None})


def bearer(data: Path, token: str, service: str = "rest") -> tuple[str, bool]:
    """(login, whether he may only read) of whom a token stands for."""
    desk = open_desk(Settings(data=str(data)))
    try:
        actor = desk.credentials.prove(Claim(token=token, service=service))
    finally:
        desk.store.close()
    return actor.login, actor.read_only


@pytest.mark.parametrize(
    ("options", "read_only"),
    [((), False), (("--scope", "rest"), False), (("--scope", "rest_read", "--days", "1"), True)],
)
def test_makes_a_token_and_takes_it_back(data: Path, options: tuple[str, ...], read_only: bool) -> None:
    made = run(data, "add", "root", *options)
    assert made.exit_code == 0, made.output
    token = made.stdout.strip()
    assert bearer(data, token) == ("root", read_only)
    revoked = run(data, "revoke", token.partition("-")[0])
    assert revoked.exit_code == 0, revoked.output
    with pytest.raises(Unauthenticated):
        bearer(data, token)


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (("add", "nobody"), "There is no user 'nobody'"),
        (("add", "root", "--scope", "all"), "Unknown scope 'all'; there are: rest, rest_read"),
        (("add", "root", "--days", "-1"), "-1 is not in the range"),
        (("revoke", "4711"), "There is no token 4711"),
    ],
)
def test_says_what_is_wrong(data: Path, words: tuple[str, ...], text: str) -> None:
    done = run(data, *words)
    assert done.exit_code != 0
    assert text in done.output


def test_says_when_the_settings_do_not_allow_tokens(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INTERDESK_ALLOWED_LOGIN_TYPES", "form|basic")
    made = run(data, "add", "root")
    assert made.exit_code == 0
    assert "allowed_login_types does not allow token" in made.stderr
