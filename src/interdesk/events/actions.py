"""Actions: what one does about an event becomes a ``Rendered`` request. Nothing is sent here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from interdesk.desk import Transaction
from interdesk.errors import InterdeskError
from interdesk.events import emails, newsroom, webhooks
from interdesk.events.markup import Addresses
from interdesk.events.placeholders import Scene
from interdesk.events.preparing import preparation
from interdesk.events.requests import EMAIL, NEWS, WEBHOOK, Rendered
from interdesk.events.subjects import Subject
from interdesk.events.triggers import Action, Record, Trigger
from interdesk.events.values import LANGUAGE
from interdesk.model import Model

KINDS = {emails.ACTION: EMAIL, newsroom.ACTION: NEWS}
NOT_CALLABLE = "Error: Prepare payload callback is not callable ({0})"


@dataclass(frozen=True, slots=True)
class Event:
    """What happened to ``this``, with further objects that placeholders may name (``mentioned``, ``attachment`` ...).

    ``variables``: plain values, named ``$variables->name$``.
    """

    tx: Transaction
    this: Subject
    others: Mapping[str, Subject] = field(default_factory=dict)
    variables: Mapping[str, Any] = field(default_factory=dict)


class Renderer:
    """Renders actions; ``root`` is the address of the application as its users know it, with a slash at the end."""

    def __init__(self, root: str) -> None:
        self.addresses = Addresses(root)

    def render(self, event: Event, trigger: Trigger, action: Action) -> Rendered | None:
        """The request of an action; None for a kind of action that sends nothing from here."""
        model = event.tx.desk.model
        if action.record.cls == emails.ACTION:
            return self._email(event, trigger, action)
        if action.record.cls == newsroom.ACTION:
            return self._news(event, trigger, action)
        if model.is_a(action.record.cls, "ActionWebhook"):
            return self._webhook(event, trigger, action)
        return None

    def failed(self, event: Event, trigger: Trigger, action: Action, reason: str) -> Rendered:
        """What the log shows of an action that could not even begin."""
        kind = KINDS.get(action.record.cls, WEBHOOK)
        return self._rendered(event, trigger, action, kind=kind, fault=f"Error: {reason}")

    def _webhook(self, event: Event, trigger: Trigger, action: Action) -> Rendered:
        scene = self.scene(event, trigger, action)
        callback = action.record.text("prepare_payload_callback")
        prepared: str | None = None
        fault = ""
        if callback:
            function = preparation(callback, event.this.cls)
            if function is None:
                fault = NOT_CALLABLE.format(callback)
            else:
                prepared, fault = _called(lambda: function(event.tx, event.this.cls, event.this.key, action))
        made = webhooks.draught(action, scene, event.tx.desk.vault, "" if fault else prepared)
        if fault:
            made.fault, made.logged_payload, made.body = fault, "", b""
        connection = action.test_connection if action.test else action.connection
        return self._rendered(
            event,
            trigger,
            action,
            kind=WEBHOOK,
            connection_id=connection.key if connection else 0,
            method=made.method,
            url=made.url,
            headers=made.headers,
            body=made.body,
            process_response=action.record.text("process_response_callback"),
            logged_headers=made.logged_headers,
            logged_payload=made.logged_payload,
            fault=made.fault,
            note=made.note,
        )

    def _email(self, event: Event, trigger: Trigger, action: Action) -> Rendered:
        scene = self.scene(event, trigger, action)
        try:
            setting = emails.Setting(event.tx, event.this, scene, self.addresses.root)
            message = emails.email(action, setting)
        except webhooks.Unsendable as problem:
            return self._rendered(event, trigger, action, kind=EMAIL, fault=problem.text, note=problem.note)
        return self._rendered(event, trigger, action, kind=EMAIL, email=message)

    def _news(self, event: Event, trigger: Trigger, action: Action) -> Rendered:
        setting = emails.Setting(event.tx, event.this, self.scene(event, trigger, action), self.addresses.root)
        try:
            told = newsroom.news(action, trigger, setting)
        except webhooks.Unsendable as problem:
            return self._rendered(event, trigger, action, kind=NEWS, fault=problem.text, note=problem.note)
        return self._rendered(event, trigger, action, kind=NEWS, news=told)

    def _rendered(self, event: Event, trigger: Trigger, action: Action, **more: object) -> Rendered:
        return Rendered(
            trigger_id=trigger.record.key,
            action_id=action.record.key,
            action_class=action.record.cls,
            object_class=event.this.cls.name,
            object_id=event.this.key,
            asynchronous=action.record.text("asynchronous") or "use_global_setting",
            test=action.test,
            **more,  # type: ignore[arg-type]  # its other fields
        )

    def scene(self, event: Event, trigger: Trigger, action: Action) -> Scene:
        """What the placeholders of an action can name."""
        tx = event.tx
        model = tx.desk.model
        root = self.addresses.root
        subjects: dict[str, Callable[[], Subject | None]] = {
            "this": lambda: event.this,
            "trigger": lambda: _configured(tx, model, trigger.record),
            "action": lambda: _configured(tx, model, action.record),
            "current_user": lambda: _stored(tx, "User", tx.actor.user),
            "current_contact": lambda: _stored(tx, "Person", tx.actor.contact),
            **{name: partial(event.others.get, name) for name in event.others},
        }
        scalars = {
            "APP_URL": root,
            "MODULES_URL": f"{root}env-production/",
            "current_contact_id": str(tx.actor.contact),
        }
        language = action.record.text("language") or LANGUAGE
        return Scene(subjects, scalars, self.addresses, language, event.variables)


def _configured(tx: Transaction, model: Model, record: Record) -> Subject:
    """One without an id is written down in a flow, not stored."""
    return Subject(tx, model.cls(record.cls), record.key, None if record.key else record.values)


def _stored(tx: Transaction, name: str, key: int) -> Subject | None:
    final = tx.final_class(name, key) if key else None
    return Subject(tx, tx.desk.model.cls(final), key) if final else None


def _called(function: Callable[[], str]) -> tuple[str | None, str]:
    """(what a callback made, why it failed): it is somebody else's code, and must not undo the write."""
    try:
        return function(), ""
    except InterdeskError as problem:
        return None, f"Error: {problem}"
    except Exception as problem:
        return None, f"Error: {type(problem).__name__}: {problem}"
