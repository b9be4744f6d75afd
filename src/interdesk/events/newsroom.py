"""Newsroom actions: a message to people within the desk, kept as one object for each of them. Nothing is sent.

Whoever shows them (a console, a script) asks for ``EventNotificationNewsroom`` by ``contact_id`` and marks one as read
with ``read``. Source: facts ``itop_events.md`` 2.
"""

from __future__ import annotations

from typing import Any

from interdesk import oql
from interdesk.desk import Transaction, queries
from interdesk.desk.drafts import Draft
from interdesk.desk.methods import COMPUTE, method
from interdesk.errors import InterdeskError
from interdesk.events.emails import Setting, arguments
from interdesk.events.placeholders import expand
from interdesk.events.requests import News
from interdesk.events.triggers import Action, Record, Trigger
from interdesk.events.webhooks import Unsendable
from interdesk.model import Model
from interdesk.oql.resolved import Query

ACTION, EVENT = "ActionNewsroom", "EventNotificationNewsroom"
PERSON = "Person"
NO_RECIPIENT = "No recipient"
NO_TESTER = "Not sent as there was no test recipient defined"
MOST_RECIPIENTS = 1_000
TO_ALL = "force_all_channels"
LONGEST_TITLE = 255


def news(action: Action, trigger: Trigger, setting: Setting) -> News:
    """The message of a newsroom action with those who get it. Raises Unsendable: nobody is to, or the query fails."""
    record, scene = action.record, setting.scene
    if action.test:
        tester = int(record.values.get("test_recipient_id") or 0)
        if not tester:
            raise Unsendable(NO_TESTER)
        contacts = [tester]
    else:
        contacts = _wanting(_reachable(_found(record, setting), setting.tx), action, trigger, setting.tx)
    if not contacts:
        raise Unsendable(NO_RECIPIENT)
    scene.prepare(record.text("title"), record.text("message"), record.text("url"))
    title = " ".join(expand(record.text("title"), scene).split())
    return News(
        contacts=tuple(contacts),
        title=(f"TEST[{title}]" if action.test else title)[:LONGEST_TITLE],
        message=expand(record.text("message"), scene),
        priority=record.text("priority"),
        url=expand(record.text("url"), scene),
        icon=tuple(record.values.get("icon") or ()),
    )


def recipients(text: str, code: str, model: Model) -> Query:
    """The query for those who are to be told. Raises Unsendable: it is none, or does not find people."""
    try:
        query = oql.query(text, model)
    except InterdeskError as problem:
        raise Unsendable(f"Error: {code}: {problem}") from problem
    if not model.is_a(query.cls.name, PERSON):
        raise Unsendable(f"Error: {code}: objects of class {query.cls.name} read no news: find {PERSON}")
    return query


def _found(record: Record, setting: Setting) -> list[int]:
    tx = setting.tx
    query = recipients(record.text("recipients"), "recipients", tx.desk.model)
    try:
        with tx.session.attempt():
            return [key for key, _ in tx.reader.keys(query, arguments(setting), MOST_RECIPIENTS)]
    except InterdeskError as problem:
        raise Unsendable(f"Error: recipients: {problem}") from problem


def _reachable(people: list[int], tx: Transaction) -> list[int]:
    """Those of the people who have a user that may log in."""
    users = tx.desk.model.cls("User")
    rows = _rows(tx, queries.pointing_to(users, "contactid"), ("contactid", "status"), {"owners": people})
    reachable = {int(contact) for contact, status in rows if status == "enabled"}
    return [key for key in people if key in reachable]


def _wanting(people: list[int], action: Action, trigger: Trigger, tx: Transaction) -> list[int]:
    """Those who did not unsubscribe, unless the trigger tells everybody."""
    if trigger.record.text("subscription_policy") == TO_ALL:
        return people
    cls = tx.desk.model.cls("lnkActionNotificationToContact")
    given = {"action_id": action.record.key, "trigger_id": trigger.record.key, "subscribed": 0}
    unwilling = {int(contact) for (contact,) in _rows(tx, queries.by_criteria(cls, given), ("contact_id",), {})}
    return [key for key in people if key not in unwilling]


def _rows(tx: Transaction, query: Query, fields: tuple[str, ...], args: dict[str, Any]) -> list[tuple[Any, ...]]:
    return list(tx.session.fetch(tx.desk.store.compiler.select(query, fields, ordered=False), args))


def publish(tx: Transaction, told: News, common: dict[str, Any]) -> None:
    """Keeps the message for each of its readers; ``common``: what every event of a notification has."""
    values = common | {
        "message": told.message,
        "title": told.title,
        "priority": told.priority,
        "url": told.url,
        "read": "no",
    }
    if told.icon:
        values["icon"] = told.icon
    for contact in told.contacts:
        tx.session.insert(EVENT, values | {"contact_id": contact})


@method(EVENT, COMPUTE)
def date_of_reading(draft: Draft, tx: Transaction) -> None:
    """Remembers when a message was marked as read."""
    if draft.values.get("read") != "yes":
        draft.values["read_date"] = None
    elif not draft.values.get("read_date"):
        draft.values["read_date"] = tx.now
