"""E-mail actions: recipients found by queries, subject and body from templates. Source: facts ``itop_events.md`` 2."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import formataddr
from typing import Any
from urllib.parse import urlsplit

from interdesk import oql
from interdesk.desk import Transaction
from interdesk.errors import InterdeskError
from interdesk.events.filters import Attributes
from interdesk.events.markup import escaped
from interdesk.events.placeholders import Scene, expand
from interdesk.events.requests import Email
from interdesk.events.subjects import Subject
from interdesk.events.triggers import Action, Record
from interdesk.events.webhooks import Unsendable
from interdesk.model import Model, ObjectClass
from interdesk.model.attributes import EmailAddress
from interdesk.oql.resolved import Query
from interdesk.store import overlaid

ACTION = "ActionEmail"
NO_RECIPIENT = "No recipient"
CONTENT = "$content$"
MOST_RECIPIENTS = 1_000


@dataclass(frozen=True, slots=True)
class Setting:
    """Where a message is made: the object and the transaction it is made in, and the address of the application."""

    tx: Transaction
    this: Subject
    scene: Scene
    root: str


def email(action: Action, setting: Setting) -> Email:
    """The message of an e-mail action. Raises Unsendable when nobody is to get it or a query fails."""
    record, scene = action.record, setting.scene
    to, cc, bcc = (_recipients(record, code, setting) for code in ("to", "cc", "bcc"))
    scene.prepare(record.text("subject"), record.text("body"))
    subject = " ".join(expand(record.text("subject"), scene).split())
    body = _framed(record, expand(record.text("body"), scene), setting)
    if action.test:
        subject, body = f"TEST[{subject}]", _for_test(to, cc, bcc) + body
        to, cc, bcc = tuple(filter(None, (record.text("test_recipient"),))), (), ()
    if not (to or cc or bcc):
        raise Unsendable(NO_RECIPIENT)
    thread = f"iTop_{setting.this.cls.name}_{setting.this.key}"
    domain = urlsplit(setting.root).hostname or "localhost"
    return Email(
        sender=_mailbox(record, "from", "from_label", scene),
        reply_to=_mailbox(record, "reply_to", "reply_to_label", scene),
        to=to,
        cc=cc,
        bcc=bcc,
        subject=subject,
        body=body,
        importance=record.text("importance") or "normal",
        message_id=f"{thread}_{setting.tx.now.translate(_DIGITS)}_{record.key}@{domain}",
        references=f"{thread}@{domain}",
    )


_DIGITS = str.maketrans("", "", "-: ")


def _mailbox(record: Record, code: str, label: str, scene: Scene) -> str:
    address = _line(expand(record.text(code), scene))
    return formataddr((_line(expand(record.text(label), scene)), address)) if address else ""


def _line(text: str) -> str:
    """One line of a header: a value from a ticket must not begin another one."""
    return " ".join(text.split())


def arguments(setting: Setting) -> Mapping[str, Any]:
    """What a query for recipients may speak of: ``:this->code``, and the user."""
    tx = setting.tx
    actor: Any = tx.desk.arguments(tx.actor, tx.reader)
    return overlaid(Attributes(setting.this), actor)


def _recipients(record: Record, code: str, setting: Setting) -> tuple[str, ...]:
    """The addresses of the objects that a query finds; without ``ignore_notify``, only of those who want mail."""
    text = record.text(code)
    if not text:
        return ()
    tx = setting.tx
    query = recipients(text, code, tx.desk.model)
    address = _address_of(query.cls)
    heed = record.text("ignore_notify") == "no" and "notify" in query.cls.attributes
    fields = (address, "notify") if heed else (address,)
    try:
        with tx.session.attempt():
            (table,) = tx.reader.page(query, fields, arguments(setting), MOST_RECIPIENTS).tables
    except InterdeskError as problem:
        raise Unsendable(f"Error: {code}: {problem}") from problem
    places = [table.positions[field][0] for field in fields]
    found = [_line(str(row[places[0]] or "")) for row in table.rows if not heed or row[places[1]] == "yes"]
    return tuple(dict.fromkeys(filter(None, found)))


def recipients(text: str, code: str, model: Model) -> Query:
    """The query of a list of recipients. Raises Unsendable: it is none, or finds objects without an address."""
    try:
        query = oql.query(text, model)
    except InterdeskError as problem:
        raise Unsendable(f"Error: {code}: {problem}") from problem
    if not _address_of(query.cls):
        raise Unsendable(f"Error: {code}: objects of class {query.cls.name} have no e-mail address")
    return query


def _address_of(cls: ObjectClass) -> str:
    codes = [code for code, attribute in cls.attributes.items() if isinstance(attribute, EmailAddress)]
    return "email" if "email" in codes else next(iter(codes), "")


def _framed(record: Record, body: str, setting: Setting) -> str:
    """The body within the action's own frame, when it has one with a place for it."""
    digest = (record.values.get("html_template") or ("",))[0]
    if not digest:
        return body
    frame = setting.tx.session.blob(digest).decode("utf-8", "replace")
    return frame.replace(CONTENT, body) if CONTENT in frame else body


def _for_test(to: tuple[str, ...], cc: tuple[str, ...], bcc: tuple[str, ...]) -> str:
    """Who would have got it."""
    lines = (f"{name}: {escaped(', '.join(found))}" for name, found in (("To", to), ("CC", cc), ("BCC", bcc)) if found)
    return f"<div>{'<br/>'.join(lines)}</div>"
