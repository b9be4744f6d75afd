"""The triggers of a desk with their actions, as they are used: read once, until somebody changes one of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from interdesk.desk import Transaction, queries
from interdesk.desk.shapes import stored_fields
from interdesk.model import Model, ObjectClass
from interdesk.model.attributes import LinkedSet

FILE = "Attachment"
VERSION = "events"  # the counter that moves when a trigger, an action or a connection changed
FAMILIES = ("Trigger", "Action", "lnkTriggerAction", "RemoteApplicationConnection")

CREATE, UPDATE, DELETE = "TriggerOnObjectCreate", "TriggerOnObjectUpdate", "TriggerOnObjectDelete"
ENTER, LEAVE = "TriggerOnStateEnter", "TriggerOnStateLeave"
NODE_ENTER, NODE_LEAVE = "TriggerOnFlowNodeEnter", "TriggerOnFlowNodeLeave"
THRESHOLD, PORTAL, MENTION = "TriggerOnThresholdReached", "TriggerOnPortalUpdate", "TriggerOnObjectMention"
ATTACHED, DETACHED = "TriggerOnAttachmentCreate", "TriggerOnAttachmentDelete"
STATES = frozenset({ENTER, LEAVE})
FILES = frozenset({ATTACHED, DETACHED})

Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Record:
    """One configured object with its stored values. Secrets stay sealed."""

    cls: str
    key: int
    values: Values = field(repr=False)

    def text(self, code: str) -> str:
        return str(self.values.get(code) or "")


@dataclass(frozen=True, slots=True)
class Action:
    """An action that is not disabled. ``connection`` and ``test_connection`` are None where there are none."""

    record: Record
    connection: Record | None
    test_connection: Record | None

    @property
    def test(self) -> bool:
        return self.record.text("status") == "test"


@dataclass(frozen=True, slots=True)
class Trigger:
    """A trigger of the desk with its actions, read once for a transaction."""

    record: Record
    actions: tuple[Action, ...]  # in the order in which they run

    @property
    def kind(self) -> str:
        return self.record.cls

    @property
    def target(self) -> str:
        return self.record.text("target_class")

    @property
    def filter(self) -> str:
        return self.record.text("filter")

    @property
    def mentioned_filter(self) -> str:
        return self.record.text("mentioned_filter")

    @property
    def state(self) -> str:
        return self.record.text("state")

    def listens_to(self, codes: Iterable[str]) -> bool:
        """True for an update trigger when one of the changed attributes is on its list, or the list is empty."""
        listed = [code for code in self.record.text("target_attcodes").split(",") if code]
        return not listed or not set(listed).isdisjoint(codes)

    def awake(self, tags: frozenset[str]) -> bool:
        """True when the trigger is not bound to a context, or to one of these."""
        bound = {tag for tag in self.record.text("context").split(",") if tag}
        return not bound or not bound.isdisjoint(tags)


@dataclass(frozen=True, slots=True)
class Host:
    """Objects of a class appear in ``code`` of the object of ``cls`` that their ``key`` points to."""

    key: str
    cls: str
    code: str


class Book:
    """All triggers with an active action, by what they are for. Immutable; answers for a class are remembered.

    ``actions``: all actions that are not disabled, whether a trigger has them or not.
    """

    def __init__(self, model: Model, triggers: tuple[Trigger, ...], actions: tuple[Action, ...] = ()) -> None:
        self._model = model
        self.triggers, self.actions = triggers, actions
        self._of: dict[tuple[str, str], tuple[Trigger, ...]] = {}
        self._hosts: dict[str, tuple[Host, ...]] = {}

    def of(self, kind: str, cls: str) -> tuple[Trigger, ...]:
        """The triggers of a kind for objects of a class, in the order in which they fire."""
        if (found := self._of.get((kind, cls))) is None:
            found = self._of[kind, cls] = tuple(
                trigger for trigger in self.triggers if trigger.kind == kind and self._is_for(trigger, cls)
            )
        return found

    def hosts(self, cls: str) -> tuple[Host, ...]:
        """The link sets in which objects of a class appear and whose changes some trigger listens to."""
        if (found := self._hosts.get(cls)) is None:
            found = self._hosts[cls] = tuple(self._hosts_of(cls))
        return found

    def concern(self, cls: str) -> bool:
        """True when a write to an object of the class could fire anything."""
        return bool(self.triggers) and (
            any(self._is_for(one, cls) for one in self.triggers) or bool(self.hosts(cls)) or self.watches_files(cls)
        )

    def watches_files(self, cls: str) -> bool:
        """True when objects of the class are files, and a trigger wants to know of files."""
        return cls == FILE and any(one.kind in FILES for one in self.triggers)

    def _is_for(self, trigger: Trigger, cls: str) -> bool:
        return trigger.target in self._model.classes and self._model.is_a(cls, trigger.target)

    def _hosts_of(self, cls: str) -> Iterator[Host]:
        for host in self._listening:
            for attribute in self._model.cls(host).attributes.values():
                if isinstance(attribute, LinkedSet) and self._model.is_a(cls, attribute.linked_class):
                    yield Host(attribute.ext_key_to_me, host, attribute.code)

    @cached_property
    def _listening(self) -> tuple[str, ...]:
        """The concrete classes whose updates some trigger listens to."""
        targets = {trigger.target for trigger in self.triggers if trigger.kind == UPDATE}
        known = [target for target in targets if target in self._model.classes]
        return tuple(dict.fromkeys(name for target in sorted(known) for name in self._model.concrete(target)))


def is_configuration(cls: ObjectClass, model: Model) -> bool:
    """True when objects of the class decide what fires."""
    return any(model.is_a(cls.name, family) for family in FAMILIES if family in model.classes)


def read(tx: Transaction) -> Book:
    """The triggers that can do anything, and all actions, as the transaction sees them."""
    actions = _actions(tx)
    triggers = tuple(trigger for trigger in _triggers(tx, actions) if trigger.actions)
    return Book(tx.desk.model, triggers, tuple(actions.values()))


def configured(tx: Transaction) -> tuple[Trigger, ...]:
    """All triggers, in the order in which they fire, with those of their actions that are not disabled."""
    return _triggers(tx, _actions(tx))


def _actions(tx: Transaction) -> dict[int, Action]:
    records = [record for record in _records(tx, "Action") if record.text("status") != "disabled"]
    if not records:
        return {}
    connections = {record.key: record for record in _records(tx, "RemoteApplicationConnection")}
    return {record.key: _action(record, connections) for record in records}


def _triggers(tx: Transaction, actions: Mapping[int, Action]) -> tuple[Trigger, ...]:
    triggers = _records(tx, "Trigger")
    if not triggers:
        return ()
    links: dict[int, list[tuple[int, int, int]]] = {}
    for link in _records(tx, "lnkTriggerAction"):
        place = (int(link.values["order"] or 0), link.key, int(link.values["action_id"]))
        links.setdefault(int(link.values["trigger_id"]), []).append(place)
    found = []
    for record in triggers:
        linked = [actions[action] for _, _, action in sorted(links.get(record.key, ())) if action in actions]
        found.append(Trigger(record, tuple(linked)))
    return tuple(found)


def _action(record: Record, connections: Mapping[int, Record]) -> Action:
    main, test = (
        connections.get(int(record.values.get(code) or 0))
        for code in ("remoteapplicationconnection_id", "test_remoteapplicationconnection_id")
    )
    return Action(record, main, test)


def _records(tx: Transaction, name: str) -> list[Record]:
    """All objects of a family, in the order of its class."""
    if name not in tx.desk.model.classes:
        return []
    found = tx.reader.keys(queries.every(tx.desk.model.cls(name)), {})
    by_class: dict[str, list[int]] = {}
    for key, final in found:
        by_class.setdefault(final or name, []).append(key)
    records = {record.key: record for final, keys in by_class.items() for record in _rows(tx, final, keys)}
    return [records[key] for key, _ in found]


def _rows(tx: Transaction, name: str, keys: list[int]) -> Iterator[Record]:
    """Sealed secrets too, which a reader does not show."""
    cls = tx.desk.model.cls(name)
    codes = stored_fields(cls)
    plan = tx.desk.store.compiler.select(queries.by_ids(cls), ("id", *codes), ordered=False)
    places = plan.statement.layout
    for row in tx.session.fetch(plan, {"ids": keys}):
        values = {
            code: row[start] if width == 1 else row[start : start + width]
            for code, (start, width) in zip(codes, places[1:], strict=True)
        }
        yield Record(name, row[0], values)
