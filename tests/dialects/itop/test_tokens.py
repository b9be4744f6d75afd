"""Over HTTP: tokens, the ways to log in that the settings allow, and the profile that REST asks for."""

from __future__ import annotations

import datetime as dt
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from starlette.testclient import TestClient

from interdesk import oql
from interdesk.desk import SYSTEM, Desk, tokens
from interdesk.desk.credentials import Claim
from interdesk.dialects.itop import Access
from interdesk.errors import Unauthenticated
from interdesk.model import Model
from interdesk.server import application
from interdesk.settings import Settings, SettingsError, load
from interdesk.store import Store
from tests.support.people import ADMINISTRATOR, GOOD, PORTAL, REST, SUPPORT, add_user, bundled_model, desk_over

URL = "/webservices/rest.php?version=1.3"
LIST = {"operation": "list_operations"}
FIND = {"operation": "core/get", "class": "Organization", "key": "SELECT Organization", "output_fields": "name"}
ADD = {
    "operation": "core/create",
    "comment": "c",
    "class": "Organization",
    "fields": {"name": "Acme"},
    "output_fields": "name",
}
ALL = "Operations: 7"
REFUSED = "Error: Invalid login"
PROFILE_NEEDED = (
    "Error: This user is not authorized to use the web services. "
    "(The profile REST Services User is required to access the REST web services)"
)


class Clock:
    """Stands still until a test moves it."""

    def __init__(self) -> None:
        self.now = dt.datetime(2030, 1, 1, 12)

    def __call__(self) -> dt.datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@dataclass(frozen=True)
class Office:
    """A desk with an administrator and others, by login; those with a password share it."""

    desk: Desk
    users: dict[str, int]

    def token(self, *scopes: str, login: str = "root", days: int | None = 10) -> str:
        with self.desk.transaction(SYSTEM) as tx:
            return tokens.issue(tx, self.users[login], "script", scopes or ("rest",), days)

    def change(self, name: str, key: int, **values: Any) -> None:
        with self.desk.transaction(SYSTEM) as tx:
            tx.update(name, key, values)

    def asking(self, **chosen: Any) -> Callable[..., str | None]:
        """What asks one operation (``list_operations`` unless another is named) and returns the message."""
        client = TestClient(application(self.desk, Settings(**chosen)))

        def ask(data: dict[str, Any] = LIST, url: str = URL, form: dict[str, str] | None = None, **more: Any) -> Any:
            answer = client.post(url, data={"json_data": json.dumps(data), **(form or {})}, **more)
            assert answer.status_code == 200
            return answer.json()["message"]

        return ask


@pytest.fixture
def office(open_store: Callable[[Model], Store], clock: Clock) -> Office:
    desk = desk_over(open_store(bundled_model()), clock)
    with desk.transaction(SYSTEM) as tx:
        users = {
            "root": add_user(tx, "root", (ADMINISTRATOR, REST), password=GOOD),
            "agent": add_user(tx, "agent", (SUPPORT,), password=GOOD),
            "portal": add_user(tx, "portal", (PORTAL, REST), password=GOOD),
            "guest": add_user(tx, "guest", (SUPPORT, REST)),
        }
    return Office(desk, users)


def bearing(token: str) -> dict[str, dict[str, str]]:
    return {"headers": {"Auth-Token": token}}


def basic(login: str, password: str) -> dict[str, Any]:
    return {"auth": (login, password)}


# -- tokens


def test_a_token_stands_for_its_user(office: Office) -> None:
    token, ask = office.token(), office.asking()
    assert ask(**bearing(token)) == ALL
    assert ask(ADD, **bearing(token)) is None
    assert ask(FIND, form={"auth_token": token}) == "Found: 1"
    assert ask(FIND, url=f"{URL}&auth_token={token}") == "Found: 1"


def test_a_token_ends(office: Office, clock: Clock) -> None:
    ends, endless, ask = office.token(days=10), office.token(days=None), office.asking()
    clock.now += dt.timedelta(days=9, hours=23)
    assert ask(**bearing(ends)) == ALL
    office.token()  # any change of a token makes the desk forget whom it knows
    clock.now += dt.timedelta(hours=1)
    assert ask(**bearing(ends)) == REFUSED
    assert ask(**bearing(endless)) == ALL


def test_a_token_is_not_remembered_beyond_its_end(office: Office, clock: Clock) -> None:
    ends, ask = office.token(days=1), office.asking()
    clock.now += dt.timedelta(days=1, seconds=-0.05)
    assert ask(**bearing(ends)) == ALL
    clock.now += dt.timedelta(seconds=1)
    time.sleep(0.06)
    assert ask(**bearing(ends)) == REFUSED


def test_a_token_is_out_at_once_when_it_is_deleted_or_its_user_disabled(office: Office) -> None:
    token, other, ask = office.token(), office.token(login="guest"), office.asking()
    assert (ask(**bearing(token)), ask(**bearing(other))) == (ALL, ALL)
    with office.desk.transaction(SYSTEM) as tx:
        tx.delete(tokens.CLASS, [tokens.key_of(token)])
    office.change("User", office.users["guest"], status="disabled")
    assert (ask(**bearing(token)), ask(**bearing(other))) == (REFUSED, REFUSED)


def test_a_token_for_reading_changes_nothing(office: Office) -> None:
    token, ask = office.token("rest_read"), office.asking()
    assert ask(FIND, **bearing(token)) == "Found: 0"
    refusal = "The current user does not have enough permissions for creating data of class Organization"
    assert ask(ADD, **bearing(token)) == refusal
    assert ask(ADD, **bearing(office.token("rest", "rest_read"))) is None


def test_a_token_is_for_the_services_of_its_scope_only(office: Office) -> None:
    for scope in ("rest", "rest_read"):
        token, credentials = office.token(scope), office.desk.credentials
        assert credentials.prove(Claim(token=token, service="rest")).read_only == (scope == "rest_read")
        with pytest.raises(Unauthenticated):
            credentials.prove(Claim(token=token, service="telephony"))


def test_what_is_no_token_is_refused(office: Office) -> None:
    """An empty one says nothing: the request then comes from nobody."""
    for text in ("", "é", "-1-x", "²-x", "9" * 30 + "-x"):
        assert office.asking()(form={"auth_token": text}) == REFUSED, text


def test_a_token_of_another_user_with_the_wrong_secret_is_refused(office: Office) -> None:
    token, ask = office.token(), office.asking()
    assert ask(**bearing(token[:-1] + ("a" if token[-1] != "a" else "b"))) == REFUSED
    assert ask(**bearing(f"{tokens.key_of(token) + 1}-{token.partition('-')[2]}")) == REFUSED


def test_a_token_asks_for_the_profile_too(office: Office) -> None:
    ask = office.asking()
    assert ask(**bearing(office.token(login="agent"))) == PROFILE_NEEDED
    assert ask(**bearing(office.token(login="portal"))) == "Error: Portal user is not allowed"


def test_a_token_can_be_seen_nowhere(office: Office) -> None:
    token, ask = office.token(), office.asking()
    secret = token.partition("-")[2]
    with office.desk.reading() as reader:
        for text in ("SELECT PersonalToken", "SELECT CMDBChangeOp", "SELECT CMDBChange"):
            query = oql.query(text, office.desk.model)
            page = reader.mixed(query, lambda cls: tuple(cls.attributes), {})
            assert secret not in repr(page), text
    client = TestClient(application(office.desk, Settings()))
    data = {"operation": "core/get", "class": "PersonalToken", "key": "SELECT PersonalToken", "output_fields": "*"}
    answer = client.post(URL, data={"json_data": json.dumps(data)}, **bearing(token)).json()
    (shown,) = answer["objects"].values()
    assert shown["fields"]["auth_token"] == "*****"
    assert secret not in json.dumps(answer)
    assert ask(**bearing(token)) == ALL


def test_the_last_use_is_noted_and_leaves_no_history(office: Office, clock: Clock) -> None:
    token, ask = office.token(), office.asking()
    clock.now += dt.timedelta(days=2)
    ask(**bearing(token))
    with office.desk.reading() as reader:
        table = reader.one(office.desk.model.cls(tokens.CLASS), tokens.key_of(token), ("last_use_date",))
        assert table.rows[0][table.positions["last_use_date"][0]] == "2030-01-03 12:00:00"
        operations = oql.query("SELECT CMDBChangeOp WHERE objclass = 'PersonalToken'", office.desk.model)
        assert [name for _, name in reader.keys(operations, {})] == ["CMDBChangeOpCreate"]


def test_a_token_made_over_rest_cannot_be_short(office: Office) -> None:
    ask = office.asking()
    fields = {"user_id": office.users["root"], "application": "script", "scope": "rest", "auth_token": "short"}
    data = {**ADD, "class": "PersonalToken", "fields": fields, "output_fields": "id"}
    message = ask(data, **basic("root", GOOD))
    assert message is not None and message.startswith("Error: A token must have at least 32 characters")


# -- ways to log in


IN_FORM = ("POST", b"version=1.3", {}, {"auth_user": "ann", "auth_pwd": "x"})
IN_ADDRESS = ("GET", b"auth_user=ann&auth_pwd=x", {}, {"auth_user": "ann", "auth_pwd": "x"})
IN_BOTH = ("POST", b"%61uth_user=ann", {}, {"auth_user": "ann", "auth_pwd": "x"})
IN_HEADER = ("POST", b"", {b"authorization": b"Basic YW5uOng="}, {"auth_user": ""})


@pytest.mark.parametrize(
    ("types", "allowed"),
    [
        ("form", [True, False, False, False]),
        ("url", [False, True, True, False]),
        ("basic", [False, False, False, True]),
        ("form|external|basic", [True, False, False, True]),
        ("token", [False, False, False, False]),
        (" form | url ", [True, True, True, False]),
    ],
)
def test_credentials_count_where_the_settings_allow_them(types: str, allowed: list[bool]) -> None:
    access = Access(frozenset(Settings(allowed_login_types=types).login_types))
    for (method, query, headers, given), right in zip((IN_FORM, IN_ADDRESS, IN_BOTH, IN_HEADER), allowed, strict=True):
        claim = access.claim({"method": method, "query_string": query}, headers, {**given})
        assert claim == (Claim("ann", "x") if right else Claim()), query


def test_passwords_in_the_address_are_refused_unless_allowed(office: Office) -> None:
    url = f"{URL}&auth_user=root&auth_pwd={GOOD}"
    assert office.asking()(url=url) == REFUSED
    assert office.asking(allowed_login_types="url")(url=url) == ALL
    assert office.asking()(form={"auth_user": "root", "auth_pwd": GOOD}) == ALL


def test_tokens_count_only_where_the_settings_allow_them(office: Office) -> None:
    token = office.token()
    assert office.asking(allowed_login_types="form|basic")(**bearing(token)) == REFUSED
    assert office.asking()(**bearing(token)) == ALL


def test_a_trusted_front_is_believed_only_when_the_settings_name_its_header(office: Office) -> None:
    said = {"headers": {"X-Remote-User": "guest"}}
    assert office.asking(external_login_header="X-Remote-User")(**said) == ALL
    assert office.asking()(**said) == REFUSED
    assert office.asking(external_login_header="X-Remote-User", allowed_login_types="basic")(**said) == REFUSED
    with_password = {"headers": {"X-Remote-User": "root"}}
    assert office.asking(external_login_header="X-Remote-User")(**with_password) == REFUSED


def test_rest_asks_for_its_profile_unless_the_settings_say_otherwise(office: Office) -> None:
    assert office.asking()(**basic("agent", GOOD)) == PROFILE_NEEDED
    assert office.asking(secure_rest_services=False)(**basic("agent", GOOD)) == ALL
    assert office.asking(secure_rest_services=False)(**basic("portal", GOOD)) == "Error: Portal user is not allowed"


def test_an_unknown_login_type_is_an_error() -> None:
    with pytest.raises(SettingsError, match="'saml' is none of"):
        load(environment={}, overrides={"allowed_login_types": "form|saml"})
