"""Web hooks: an action, a connection and a scene become one HTTP request. Source: facts 2, scenarios 06, 11 to 14."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field
from urllib.parse import quote_plus

from interdesk.desk import Vault
from interdesk.events import chat, masks, templates
from interdesk.events.placeholders import Scene, expand
from interdesk.events.requests import Headers
from interdesk.events.triggers import Action, Record

ITOP = "ActioniTopWebhook"
JSON, FORM = "application/json", "application/x-www-form-urlencoded"
WITH_BODY = frozenset({"POST", "PUT", "PATCH", "DELETE"})

WRONG_JSON = "Error: Wrong JSON format for input, see error log for more information."
MISSING = "Error: Missing at least of the following mandatory parameters: version, json_data"
NO_VERSION = "Error: Unknown attribute version from class {0}"
NO_CONNECTION = "Error: Action should have at least one webhook URL set!"
NO_TEST_CONNECTION = "Not sent as there was no test webhook URL defined"


class Unsendable(Exception):
    """Nothing may be sent. ``note`` tells more than the recorded text does."""

    def __init__(self, text: str, note: str = "") -> None:
        super().__init__(text)
        self.text, self.note = text, note


@dataclass(slots=True)
class Draught:
    """A request that grows step by step, so that a log shows how far it came."""

    method: str
    url: str = ""
    headers: Headers = ()
    body: bytes = b""
    logged_headers: str = ""
    logged_payload: str = ""
    fault: str = ""
    note: str = ""
    lines: list[str] = field(default_factory=list, repr=False)


def connection_of(action: Action) -> Record:
    """The connection to send through. Raises Unsendable."""
    if action.test:
        if action.test_connection is None:
            raise Unsendable(NO_TEST_CONNECTION)
        return action.test_connection
    if action.connection is None:
        raise Unsendable(NO_CONNECTION)
    return action.connection


def draught(action: Action, scene: Scene, vault: Vault, prepared: str | None) -> Draught:
    """The request of a web hook; ``prepared`` is what a callback made of the payload.

    Whatever keeps it from being sent stands in its ``fault``.
    """
    record = action.record
    made = Draught(record.text("method").upper() or "POST")
    try:
        connection = connection_of(action)
        template = payload_of(record)
        scene.prepare(connection.text("url"), record.text("path"), record.text("headers"), template)
        made.url = expand(connection.text("url"), scene) + expand(record.text("path"), scene)
        own = [_one_line(expand(line, scene)) for line in lines_of(record.text("headers"))]
        made.lines = [*(own or [f"Content-type: {JSON}"]), *credentials(connection, vault)]
        made.logged_headers = masks.headers(made.lines)
        text = prepared if prepared is not None else _body(record, connection, template, scene, made.lines)
        made.logged_payload = masks.payload(template, text)
        if made.method in WITH_BODY:
            made.body = text.encode("utf-8", "replace")
        made.headers = _headers(made)
    except Unsendable as problem:
        made.fault, made.note = problem.text, problem.note
    return made


def payload_of(record: Record) -> str:
    """The template of an action's body: the chat actions make theirs from their message."""
    return chat.template(record) if record.cls in chat.KINDS else record.text("payload")


def _body(record: Record, connection: Record, template: str, scene: Scene, lines: list[str]) -> str:
    if record.cls == ITOP:
        return _form(connection, template, scene)
    kind = content_type(lines)
    if kind == JSON or (loosely_json(lines) and templates.fault(template) is None):
        return _json(template, scene)
    return expand(template, scene)


def _form(connection: Record, template: str, scene: Scene) -> str:
    """Version and document as a REST interface of the same kind takes them."""
    document = _json(template, scene)
    if "version" not in connection.values:
        raise Unsendable(NO_VERSION.format(connection.cls))
    version = expand(connection.text("version"), scene)
    if not version or not document:
        raise Unsendable(MISSING)
    return f"version={encoded(version)}&json_data={encoded(document)}"


def _json(template: str, scene: Scene) -> str:
    try:
        return templates.expand_json(template, scene)
    except templates.BrokenTemplate as problem:
        raise Unsendable(WRONG_JSON, str(problem.fault)) from problem


def encoded(text: str) -> str:
    """As a form encodes it: all but letters, digits and ``-_.`` in per cent, blanks as ``+``."""
    return quote_plus(text, errors="replace").replace("~", "%7E")


def lines_of(text: str) -> list[str]:
    """The header lines of an action, without blank ones."""
    return [line.strip() for line in re.split(r"\r\n|\r|\n", text) if line.strip()]


def _one_line(text: str) -> str:
    """A line of headers after its values came in: a line break in a value must not begin another header."""
    return " ".join(text.splitlines()).strip()


def content_type(lines: list[str]) -> str:
    """The first word of the first ``Content-type``, written exactly so."""
    for line in lines:
        if found := re.match(r"Content-type:\s*(\S+)", line):
            return found[1]
    return ""


def loosely_json(lines: list[str]) -> bool:
    """True when a header says JSON in any other way: with other letters, or with a character set."""
    return any(re.match(rf"content-type:\s*{JSON}\s*(;|$)", line, re.IGNORECASE) for line in lines)


def credentials(connection: Record, vault: Vault) -> list[str]:
    """The headers by which a connection proves who calls."""
    match connection.cls:
        case "RemoteiTopConnection":
            password = vault.reveal(connection.text("auth_pwd"))
            proof = base64.b64encode(f"{connection.text('auth_user')}:{password}".encode()).decode()
            return [f"Authorization: Basic {proof}"]
        case "RemoteiTopConnectionToken":
            return [f"Auth-Token: {vault.reveal(connection.text('token'))}"]
    return []


def _headers(made: Draught) -> Headers:
    """What is sent of the lines: those with a name and a value. A body that nobody names goes out as a form."""
    pairs = []
    for line in made.lines:
        name, colon, value = line.partition(":")
        if colon and name.strip() and value.strip():
            pairs.append((name.strip(), value.strip()))
    if made.method == "POST" and not any(name.lower() == "content-type" for name, _ in pairs):
        pairs.append(("Content-Type", FORM))
    return tuple(pairs)
