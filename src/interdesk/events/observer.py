"""The observer: told of every write inside its transaction, it fires the triggers that the write meets.

Order of one write: update triggers of the object, then of the objects whose link sets show it, state leave, state
enter, mentions; of a creation: create triggers, mentions, then hosts. Delete triggers fire before anything is
removed. A write that no trigger is for costs one look at the version of the triggers, once a transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any, Protocol

import structlog

from interdesk.desk import Transaction
from interdesk.desk.drafts import Draft
from interdesk.events import triggers as kinds
from interdesk.events.actions import Event, Renderer
from interdesk.events.attachments import NAMES as FILE_NAMES
from interdesk.events.attachments import host_of
from interdesk.events.filters import Attributes, FilterFailed, passed_before, passes
from interdesk.events.mentions import mentioned
from interdesk.events.requests import Rendered
from interdesk.events.subjects import Subject
from interdesk.events.triggers import Action, Book, Trigger, is_configuration

LOG = structlog.get_logger(__name__)

TAGS = {
    "webservice-rest": "REST/JSON",
    "interactive": "GUI:Console",
    "csv-interactive": "GUI:Console",
    "csv-import.php": "Import",
    "synchro-data-source": "Synchro",
    "background": "CRON",
}
PORTAL_TAG = "GUI:Portal"


class Outgoing(Protocol):
    """Where requests go: ``enqueue`` stores one for delivery in the same transaction."""

    def enqueue(self, tx: Transaction, rendered: Rendered) -> int: ...


@dataclass(slots=True)
class Round:
    """What the observer remembers for the length of one transaction."""

    book: Book | None = None
    changed: bool = False  # the transaction itself changed triggers or actions


class Observer:
    """Fires triggers and puts what their actions are to send into the ``outbox``.

    ``root``: the address of the application with a slash at the end. ``previous_values``: filters of state triggers
    may also match the values from before the write.
    """

    def __init__(self, outbox: Outgoing, root: str, *, previous_values: bool = False) -> None:
        self.outbox = outbox
        self._root, self._previous_values = root, previous_values
        self.renderer = Renderer(root)
        self._shared: tuple[str, Book] | None = None
        self._lock = Lock()

    # -- what the desk tells

    def written(self, tx: Transaction, draft: Draft, changes: list[str]) -> None:
        if is_configuration(draft.cls, tx.desk.model):
            self._outdate(tx)
        book = self._book(tx)
        if not book.concern(draft.cls.name):
            return
        self._guarded(tx, lambda: self._created(tx, book, draft) if draft.is_new else self._updated(tx, book, draft))
        if book.watches_files(draft.cls.name):
            self._guarded(tx, lambda: self._attached(tx, book, draft))

    def deleting(self, tx: Transaction, doomed: Sequence[tuple[str, int]]) -> None:
        """Before anything of a deletion is removed: (final class, id) of all that goes, in its order."""
        book = self._book(tx)
        if not any(book.of(kinds.DELETE, name) or book.watches_files(name) for name, _ in doomed):
            return
        self._guarded(tx, lambda: self._doomed(tx, book, doomed))

    def deleted(self, tx: Transaction, draft: Draft) -> None:
        if is_configuration(draft.cls, tx.desk.model):
            self._outdate(tx)
        book = self._book(tx)
        if book.hosts(draft.cls.name):
            self._guarded(tx, lambda: self._hosts(tx, book, draft, removed=True))

    def concerned(self, tx: Transaction, name: str) -> bool:
        """True when triggers make a difference between ways of writing objects of a class."""
        return self._book(tx).concern(name)

    # -- what others may tell

    def threshold_reached(self, tx: Transaction, draft: Draft, watch: str, percent: int) -> None:
        """A stop watch passed a threshold: told by the background check."""
        fired = [
            trigger
            for trigger in self._book(tx).of(kinds.THRESHOLD, draft.cls.name)
            if watch in trigger.record.text("stop_watch_code").split(",")
            and trigger.record.text("threshold_index") == str(percent)
        ]
        if fired:
            self._guarded(tx, lambda: self._fire(Event(tx, _subject(tx, draft)), fired))

    def listens(self, tx: Transaction, kind: str, cls: str) -> bool:
        """True when there is a trigger of a kind for objects of a class."""
        return bool(self._book(tx).of(kind, cls))

    def at_node(self, event: Event, kind: str, service: int, node: str) -> None:
        """A flow entered or left a node: ``kind`` is NODE_ENTER or NODE_LEAVE; ``event.this`` is its ticket."""
        fired = [
            trigger
            for trigger in self._book(event.tx).of(kind, event.this.cls.name)
            if int(trigger.record.values.get("flow_service_id") or 0) in (0, service)
            and trigger.record.text("node_name") in ("", node)
        ]
        if fired:
            self._guarded(event.tx, lambda: self._fire(event, fired))

    def act(self, event: Event, trigger: Trigger) -> None:
        """Does what the actions of a trigger say that is not stored, but written down in a flow."""
        self._fire(event, (trigger,))

    def actions(self, tx: Transaction, name: str) -> tuple[Action, ...]:
        """The actions of a name that are not disabled."""
        return tuple(action for action in self._book(tx).actions if action.record.text("name") == name)

    # -- rounds

    def _created(self, tx: Transaction, book: Book, draft: Draft) -> None:
        event = Event(tx, _subject(tx, draft))
        self._fire(event, book.of(kinds.CREATE, draft.cls.name))
        self._mentions(tx, book, draft, event)
        self._hosts(tx, book, draft)

    def _doomed(self, tx: Transaction, book: Book, doomed: Sequence[tuple[str, int]]) -> None:
        for name, key in doomed:
            gone = Subject(tx, tx.desk.model.cls(name), key)
            if fired := book.of(kinds.DELETE, name):
                self._fire(Event(tx, gone), fired)
            if book.watches_files(name):
                self._file(book, kinds.DETACHED, gone, {code: gone.value(code) for code in ("item_class", "item_id")})

    def _attached(self, tx: Transaction, book: Book, draft: Draft) -> None:
        """A file is attached when it is made, and when it gets, or changes, its object."""
        if draft.is_new:
            self._file(book, kinds.ATTACHED, _subject(tx, draft), draft.values)
        elif draft.changed("item_id") or draft.changed("item_class"):
            self._file(book, kinds.DETACHED, _subject(tx, draft), draft.before)
            self._file(book, kinds.ATTACHED, _subject(tx, draft), draft.values)

    def _file(self, book: Book, kind: str, file: Subject, place: Mapping[str, Any]) -> None:
        host = host_of(place, file.tx)
        if host is not None and (fired := book.of(kind, host.cls.name)):
            self._fire(Event(file.tx, host, dict.fromkeys(FILE_NAMES, file)), fired)

    def _updated(self, tx: Transaction, book: Book, draft: Draft) -> None:
        name, changes = draft.cls.name, draft.changes()
        codes = [*changes, *_changed_logs(draft), *draft.links]
        event = Event(tx, _subject(tx, draft))
        if codes:
            self._fire(event, [one for one in book.of(kinds.UPDATE, name) if one.listens_to(codes)])
        if PORTAL_TAG in tags(tx):
            self._fire(event, book.of(kinds.PORTAL, name))
        if changes:
            self._hosts(tx, book, draft)
            self._states(book, draft, changes, event)
        self._mentions(tx, book, draft, event)

    def _states(self, book: Book, draft: Draft, changes: list[str], event: Event) -> None:
        code = draft.cls.lifecycle.attribute if draft.cls.lifecycle else draft.cls.state_attribute
        if code is None or code not in changes:
            return
        for kind, state in ((kinds.LEAVE, draft.before[code]), (kinds.ENTER, draft.values[code])):
            for trigger in book.of(kind, draft.cls.name):
                if trigger.state == state:
                    self._fire(event, (trigger,), also=lambda one: self._before(event.tx, one, draft, changes))

    def _before(self, tx: Transaction, trigger: Trigger, draft: Draft, changes: list[str]) -> bool:
        return self._previous_values and passed_before(tx, trigger, draft, changes)

    def _hosts(self, tx: Transaction, book: Book, draft: Draft, *, removed: bool = False) -> None:
        """Update triggers of the objects in whose link sets the draft appears, appeared, or has changed."""
        told: dict[tuple[str, int], list[str]] = {}
        for host in book.hosts(draft.cls.name):
            values = draft.before if removed else draft.values
            for key in dict.fromkeys((draft.before.get(host.key), values.get(host.key))):
                final = tx.final_class(host.cls, int(key)) if key else None
                if final == host.cls and key:
                    codes = told.setdefault((final, int(key)), [])
                    if host.code not in codes:
                        codes.append(host.code)
        for (final, key), codes in told.items():
            cls = tx.desk.model.cls(final)
            if (cls.root, key) in tx.owners:
                continue
            self._fire(
                Event(tx, Subject(tx, cls, key)), [t for t in book.of(kinds.UPDATE, final) if t.listens_to(codes)]
            )

    def _mentions(self, tx: Transaction, book: Book, draft: Draft, event: Event) -> None:
        fired = book.of(kinds.MENTION, draft.cls.name)
        if not fired or not draft.logs:
            return
        for subject in mentioned(draft, tx, self._root):
            one = Event(tx, event.this, {"mentioned": subject})
            # One after the other: a filter that fails leaves alone what fired before it.
            self._fire(one, (trigger for trigger in fired if self._speaks_of(one, trigger, subject)))

    def _speaks_of(self, event: Event, trigger: Trigger, subject: Subject) -> bool:
        """Whether the filter on mentioned objects finds this one; ``:this`` in it is the mentioned object."""
        text = trigger.mentioned_filter
        return self._passes(event, trigger, subject, text, Attributes(subject))

    # -- firing

    def _fire(self, event: Event, fired: Iterable[Trigger], also: Callable[[Trigger], bool] = lambda _: False) -> None:
        tx = event.tx
        active = tags(tx)
        for trigger in fired:
            if not trigger.awake(active):
                continue
            if not (self._passes(event, trigger, event.this, trigger.filter) or also(trigger)):
                continue
            for action in trigger.actions:
                rendered = self.renderer.render(event, trigger, action)
                if rendered is not None:
                    self.outbox.enqueue(tx, rendered)

    def _passes(
        self, event: Event, trigger: Trigger, subject: Subject, text: str, args: Mapping[str, Any] | None = None
    ) -> bool:
        """``filters.passes``; a filter that fails is shown in the log of each action of its trigger."""
        try:
            return passes(event.tx, trigger, subject, text, args)
        except FilterFailed as problem:
            for action in trigger.actions:
                self.outbox.enqueue(event.tx, self.renderer.failed(event, trigger, action, problem.message))
            raise

    def _guarded(self, tx: Transaction, work: Callable[[], None]) -> None:
        """A filter that fails ends the round, not the write: who wrote is told, and the log shows it."""
        try:
            work()
        except FilterFailed as problem:
            LOG.warning("filter_failed", trigger=problem.trigger.record.key, reason=problem.message)
            tx.complaints.append(problem.message)

    # -- the triggers

    def _outdate(self, tx: Transaction) -> None:
        state = _round(tx)
        state.book = None
        if not state.changed:
            state.changed = True
            tx.session.bump(kinds.VERSION)

    def _book(self, tx: Transaction) -> Book:
        """The triggers as the transaction sees them; those of committed transactions are shared by all."""
        state = _round(tx)
        if state.book is None:
            state.book = kinds.read(tx) if state.changed else self._current(tx)
        return state.book

    def _current(self, tx: Transaction) -> Book:
        version = tx.session.version(kinds.VERSION)
        shared = self._shared
        if shared is not None and shared[0] == version:
            return shared[1]
        book = kinds.read(tx)
        with self._lock:
            self._shared = version, book
        return book


def tags(tx: Transaction) -> frozenset[str]:
    """The context tags that are active in a transaction."""
    tag = TAGS.get(tx.origin)
    return tx.tags | {tag} if tag else tx.tags


def _round(tx: Transaction) -> Round:
    found = tx.notes.get(Observer)
    if not isinstance(found, Round):
        found = tx.notes[Observer] = Round()
    return found


def _subject(tx: Transaction, draft: Draft) -> Subject:
    return Subject(tx, draft.cls, draft.key, draft.values)


def _changed_logs(draft: Draft) -> list[str]:
    return [
        code for code, change in draft.logs.items() if change.replace or any(entry.message for entry in change.entries)
    ]
