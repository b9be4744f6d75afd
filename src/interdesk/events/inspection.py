"""Looks over all triggers and actions for what would fail when they fire. Source: ``interdesk events check``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from interdesk.desk import Transaction
from interdesk.events import chat, emails, newsroom, templates, triggers, webhooks
from interdesk.events.answers import BadInstruction, processing
from interdesk.events.filters import complaint
from interdesk.events.placeholders import Placeholder, placeholders
from interdesk.events.preparing import preparation
from interdesk.events.triggers import Action, Record, Trigger
from interdesk.model import Model, ObjectClass
from interdesk.model.attributes import ExternalKey

TEMPLATES = ("path", "headers", "subject", "body", "message", "title", "url")
RECIPIENTS = {emails.ACTION: ("to", "cc", "bcc"), newsroom.ACTION: ("recipients",)}
NO_DOWNLOADS = "documents are read over REST here, and nothing downloads them"
NEVER = {
    triggers.PORTAL: "there is no portal here; write the tag REST/JSON into the context of an update trigger",
    "TriggerOnAttributeBlobDownload": NO_DOWNLOADS,
    "TriggerOnAttachmentDownload": NO_DOWNLOADS,
}
WORD = re.compile(r"(\w+)\((.*)\)\Z")


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with one configured object, and what would mend it."""

    cls: str
    key: int
    name: str
    text: str

    def __str__(self) -> str:
        return f"{self.cls}::{self.key} {self.name!r}: {self.text}"


def inspect(tx: Transaction) -> list[Finding]:
    """Everything found, triggers and then actions, in the order of their names."""
    model = tx.desk.model
    everything = triggers.configured(tx)
    found = [finding for trigger in everything for finding in _trigger(trigger, model)]
    for action, targets in _targets(everything):
        found.extend(_Inspected(action, tuple(name for name in targets if name in model.classes), model).findings())
    return found


def _targets(found: tuple[Trigger, ...]) -> Iterator[tuple[Action, list[str]]]:
    """Each action with the classes of the objects that it is done for."""
    by_key: dict[int, tuple[Action, list[str]]] = {}
    for trigger in found:
        for action in trigger.actions:
            by_key.setdefault(action.record.key, (action, []))[1].append(trigger.target)
    yield from by_key.values()


def _trigger(trigger: Trigger, model: Model) -> Iterator[Finding]:
    record = trigger.record
    if not trigger.actions:
        yield _finding(record, "has no action that is not disabled: it does nothing")
    for text, target in ((trigger.filter, trigger.target), (trigger.mentioned_filter, "")):
        if reason := complaint(text, target, model):
            yield _finding(record, reason)
    if trigger.kind in NEVER:
        yield _finding(record, f"never fires: {NEVER[trigger.kind]}")
    if trigger.kind in triggers.STATES and trigger.target in model.classes:
        states = _states(model, trigger.target)
        if not states:
            yield _finding(record, f"class {trigger.target} has no life cycle: nothing ever enters or leaves a state")
        elif trigger.state not in states:
            yield _finding(record, f"no object of class {trigger.target} has a state {trigger.state!r}")


def _states(model: Model, name: str) -> set[str]:
    lifecycles = [model.cls(one).lifecycle for one in model.family(name)]
    return {state for lifecycle in lifecycles if lifecycle for state in lifecycle.states}


@dataclass(frozen=True, slots=True)
class _Inspected:
    """An action with the classes of the objects that it is done for."""

    action: Action
    targets: tuple[str, ...]
    model: Model

    def findings(self) -> Iterator[Finding]:
        record = self.action.record
        if record.cls != emails.ACTION and "payload" in record.values:
            yield from self._connection(record)
            yield from self._body(record)
            yield from self._answer(record)
        for code in RECIPIENTS.get(record.cls, ()):
            yield from self._recipients(record, code)
        for code in TEMPLATES:
            yield from self._placeholders(record, code, record.text(code))

    def _connection(self, record: Record) -> Iterator[Finding]:
        try:
            connection = webhooks.connection_of(self.action)
        except webhooks.Unsendable as problem:
            yield _finding(record, problem.text)
            return
        if record.cls == webhooks.ITOP and "version" not in connection.values:
            yield _finding(record, f"its connection is a {connection.cls}: that has no version to send along")

    def _body(self, record: Record) -> Iterator[Finding]:
        template = webhooks.payload_of(record)
        callback = record.text("prepare_payload_callback")
        if callback:
            if not all(preparation(callback, self.model.cls(name)) for name in self.targets):
                yield _finding(record, f"prepare_payload_callback: there is no function {callback!r}")
        elif _is_json(record) and (fault := templates.fault(template)) is not None:
            yield _finding(record, f"payload: {fault}")
        yield from self._placeholders(record, "payload", template)

    def _answer(self, record: Record) -> Iterator[Finding]:
        text = record.text("process_response_callback")
        if text and not all(_understood(text, self.model.cls(name)) for name in self.targets):
            yield _finding(record, f"process_response_callback: {text!r} is no function and no instruction")

    def _recipients(self, record: Record, code: str) -> Iterator[Finding]:
        text = record.text(code)
        judge = newsroom.recipients if record.cls == newsroom.ACTION else emails.recipients
        try:
            if text:
                judge(text, code, self.model)
        except webhooks.Unsendable as problem:
            yield _finding(record, problem.text.removeprefix("Error: "))

    def _placeholders(self, record: Record, code: str, template: str) -> Iterator[Finding]:
        family = [self.model.cls(one) for name in self.targets for one in self.model.family(name)]
        for placeholder in placeholders(template):
            if placeholder.name != "this" or not family:
                continue
            if not any(_leads_somewhere(placeholder, cls) for cls in family):
                names = ", ".join(sorted(set(self.targets)))
                yield _finding(record, f"{code}: {placeholder.text} has no value for objects of class {names}")


def _understood(text: str, cls: ObjectClass) -> bool:
    try:
        return processing(text, cls) is not None
    except BadInstruction:
        return False


def _is_json(record: Record) -> bool:
    lines = webhooks.lines_of(record.text("headers"))
    if record.cls == webhooks.ITOP or (record.cls in chat.KINDS and not lines):
        return True
    return not lines or webhooks.content_type(lines) == webhooks.JSON


def _leads_somewhere(placeholder: Placeholder, cls: ObjectClass) -> bool:
    """Whether its first step is an attribute of the class, or a form of one, or a word about the object."""
    step = placeholder.path[0] if placeholder.path else ""
    if len(placeholder.path) > 1:
        return isinstance(cls.attributes.get(step), ExternalKey)
    word = WORD.match(step)
    if word and word[1] in ("name", "url", "hyperlink"):
        return True
    return step == "id" or (word[2] if word else step) in cls.attributes


def _finding(record: Record, text: str) -> Finding:
    return Finding(record.cls, record.key, record.text("description") or record.text("name"), text)
