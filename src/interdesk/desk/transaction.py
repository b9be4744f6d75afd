"""The one way to change anything: values in, checks, rows, history and observers, all or nothing.

with desk.transaction(actor, comment="why", origin="webservice-rest") as tx:
    key = tx.create("Person", {"org_id": 3, "name": "Doe", "first_name": "Ann"})
    tx.update("Person", key, {"phone": "12"})
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from interdesk.desk import linksets, queries, stimuli, watches
from interdesk.desk.actors import Actor
from interdesk.desk.assign import assign
from interdesk.desk.caselogs import write_logs
from interdesk.desk.checks import check
from interdesk.desk.clock import as_text
from interdesk.desk.deletion import Deletion, Report
from interdesk.desk.drafts import NEW, Draft
from interdesk.desk.history import History
from interdesk.desk.methods import AFTER, COMPUTE, methods_of
from interdesk.desk.reading import Reader
from interdesk.desk.rights import outdate
from interdesk.desk.tasks import Tasks
from interdesk.errors import NotFound, Refused
from interdesk.model import Issue, ObjectClass
from interdesk.model.attributes import HierarchicalKey
from interdesk.oql.resolved import Query
from interdesk.store import WriteSession

if TYPE_CHECKING:
    from interdesk.desk.desk import Desk


class Transaction:
    """Opened by ``Desk.transaction``. Its reads see its own writes."""

    def __init__(self, desk: Desk, session: WriteSession, actor: Actor, comment: str, origin: str) -> None:
        self.desk, self.session, self.actor = desk, session, actor
        self.comment, self.origin = comment, origin
        self.now = as_text(desk.clock())
        self.history = History(self)
        self.tasks = Tasks()
        self.reader: Reader = desk.reader(session)
        self._final_classes: dict[tuple[str, int], str] = {}
        self._tags: dict[str, frozenset[str]] = {}
        self.tags: frozenset[str] = frozenset()  # context tags beyond the one that the origin means
        self.owners: set[tuple[str, int]] = set()  # (root, id) of the objects whose link sets are being written
        self.notes: dict[object, object] = {}  # what observers remember for the length of the transaction
        self.committed: list[Callable[[], None]] = []  # called once the transaction is durable
        self.complaints: list[str] = []  # what went wrong beside the write, which stands nevertheless

    # -- writing

    def create(self, name: str, values: Mapping[str, Any]) -> int:
        """Stores a new object and returns its id.

        ``values``: native values by attribute code (see ``interdesk.desk.values`` for logs, sets and blobs).
        Raises UnknownClass, UnknownAttribute, ReadOnly, BadValue, Refused (with every issue), Forbidden.
        """
        cls = self.desk.model.cls(name)
        self.desk.rights.require(self.actor, "write", cls)
        if cls.abstract:
            raise Refused(name, NEW, [Issue("abstract", f"Class {name} is abstract: name one of its sub-classes")])
        draft = self._new(cls)
        self._fill(draft, values)
        self._settle(draft)
        stored = {code: value for code, value in draft.values.items() if code in cls.attributes}
        self.session.insert(name, stored, key=draft.key)
        self._final_classes[cls.root, draft.key] = name
        self.history.created(draft)
        self._after_write(draft, [])
        return draft.key

    def update(self, name: str, key: int, values: Mapping[str, Any]) -> bool:
        """Writes some attributes of an object of class ``name`` (or below). True when anything changed.

        Raises NotFound (also when the actor may not see the object), UnknownAttribute, ReadOnly, BadValue, Refused,
        Forbidden.
        """
        self._require_seen(name, key)
        return self.change(name, key, values)

    def change(self, name: str, key: int, values: Mapping[str, Any]) -> bool:
        """As ``update``, of an object that the actor need not see: part of writing the owner of its link set."""
        draft = self.load(name, key)
        self.desk.rights.require(self.actor, "write", draft.cls)
        self._fill(draft, values)
        return self.save(draft)

    def apply_stimulus(self, name: str, key: int, stimulus: str, values: Mapping[str, Any]) -> bool:
        """Writes some attributes, then takes the object through the transition that the stimulus means.

        True when anything changed. Raises StimulusRefused and what ``update`` raises; nothing is written then.
        """
        self._require_seen(name, key)
        draft = self.load(name, key)
        self.desk.rights.require(self.actor, "write", draft.cls)
        self._fill(draft, values)
        stimuli.apply(draft, stimulus, self)
        return self.save(draft)

    def load(self, name: str, key: int) -> Draft:
        """The object as a draft, locked until the end of the transaction. Raises NotFound."""
        final = self.final_class(name, key)
        if final is None or not self.session.lock(final, key):
            raise NotFound(f"Invalid object {name}::{key}")
        cls = self.desk.model.cls(final)
        before = self.reader.whole(cls, key)
        return Draft(cls, key, before, self.now)

    def save(self, draft: Draft) -> bool:
        """Checks and writes a loaded draft; nothing at all happens when nothing changed. Raises Refused."""
        self._settle(draft)
        changes = draft.changes()
        if not changes and not draft.logs and not draft.links:
            self.tasks.run()
            return False
        if changes:
            self.session.update(draft.cls.name, draft.key, {code: draft.values[code] for code in changes})
            self.history.updated(draft, changes)
        self._after_write(draft, changes)
        return True

    def delete(self, name: str, keys: list[int], *, simulate: bool = False) -> Report:
        """Deletes objects with all that must go along; see ``interdesk.desk.deletion``.

        Those that are not there, or that the actor may not see, are left out.
        Raises DeletionRefused (real deletions only), Forbidden.
        """
        return Deletion(self).run(name, self._deletable(name, keys), simulate=simulate)

    def delete_in_turn(self, name: str, keys: list[int]) -> Report:
        """As ``delete``, one object after the other: the first that cannot go ends it, and the report tells why."""
        return Deletion(self).run_in_turn(name, self._deletable(name, keys))

    def remove(self, name: str, keys: list[int]) -> None:
        """Deletes members of a link set: part of writing their owner, so that no right to delete is asked for."""
        Deletion(self).run(name, keys)

    def forget(self, root: str, key: int) -> None:
        """The object is gone: what was remembered of it too."""
        self._final_classes.pop((root, key), None)

    def forget_history(self, cls: str, key: int) -> None:
        """Removes the history operations of an object that goes."""
        operations = self.desk.model.cls("CMDBChangeOp")
        query = queries.by_criteria(operations, {"objclass": cls, "objkey": key})
        self.session.delete_all(operations.name, [operation for operation, _ in self.reader.keys(query, {})])

    # -- finding

    def final_class(self, name: str, key: int) -> str | None:
        """The class of the object with that id, None when there is none of class ``name`` or below."""
        cls = self.desk.model.cls(name)
        known = self._final_classes.get((cls.root, key))
        if known is None:
            rows = self.reader.one(cls, key, ()).rows
            if not rows:
                return None
            known = self._final_classes[cls.root, key] = rows[0][1] or name
        return known if self.desk.model.is_a(known, name) else None

    def seen(self, name: str, key: int) -> str | None:
        """The class of the object with that id, None when there is none that the actor may see."""
        query = queries.by_id(self.desk.model.cls(name))
        visible = self.desk.visible(self.actor, query)
        if visible is query:
            return self.final_class(name, key)
        found = self.reader.keys(visible, {"id": key})
        return found[0][1] or name if found else None

    def name_of(self, name: str, key: int) -> str:
        """The friendly name of an object, '' when there is none."""
        table = self.reader.one(self.desk.model.cls(name), key, ("friendlyname",)) if key else None
        if table is None or not table.rows:
            return ""
        return str(table.rows[0][table.positions["friendlyname"][0]])

    def find(self, query: Query, args: Mapping[str, Any] | None = None, limit: int = 2) -> list[tuple[int, str]]:
        """(id, final class) of the objects that a query finds and the actor may see, at most ``limit``."""
        args = args or self.desk.arguments(self.actor, self.reader)
        return self.reader.keys(self.desk.visible(self.actor, query), args, limit)

    def is_below(self, cls: ObjectClass, key: HierarchicalKey, node: int, root: int) -> bool:
        """True when ``node`` is ``root`` or one of its descendants in the tree of ``key``."""
        if not node or node == root:
            return bool(node)
        query = queries.below(self.desk.model.cls(key.target_class or cls.name), key.code)
        return self.reader.count(query, {"id": node, "root": root}) > 0

    def tag_codes(self, tag_class: str) -> frozenset[str]:
        """The codes of a tag set's tags."""
        if tag_class not in self._tags:
            (table,) = self.reader.page(queries.every(self.desk.model.cls(tag_class)), ("code",), {}).tables
            self._tags[tag_class] = frozenset(row[table.positions["code"][0]] for row in table.rows)
        return self._tags[tag_class]

    # -- inside

    def _require_seen(self, name: str, key: int) -> None:
        if self.seen(name, key) is None:
            raise NotFound(f"Invalid object {name}::{key}")

    def _deletable(self, name: str, keys: list[int]) -> list[int]:
        cls = self.desk.model.cls(name)
        self.desk.rights.require(self.actor, "delete", cls)
        query = queries.by_ids(cls)
        visible = self.desk.visible(self.actor, query)
        if visible is query:
            return keys
        found = {key for key, _ in self.reader.keys(visible, {"ids": keys})}
        return [key for key in keys if key in found]

    def _new(self, cls: ObjectClass) -> Draft:
        draft = Draft(cls, self.session.reserve(cls.name), {}, self.now)
        for code, attribute in cls.attributes.items():
            if attribute.columns():
                draft.values[code] = attribute.initial(self.now)
        return draft

    def _fill(self, draft: Draft, values: Mapping[str, Any]) -> None:
        for code, value in values.items():
            assign(draft, code, value, self)

    def _settle(self, draft: Draft) -> None:
        """Computes what is computed, then refuses what breaks a rule."""
        for method in methods_of(draft.cls, COMPUTE):
            method(draft, self)
        watches.settle(draft, self)
        issues = check(draft, self)
        if issues:
            raise Refused(draft.cls.name, NEW if draft.is_new else draft.key, issues)

    def _after_write(self, draft: Draft, changes: list[str]) -> None:
        write_logs(draft, self)
        self._tell_hosts(draft, changes)
        if draft.links:
            self.owners.add((draft.cls.root, draft.key))
            linksets.write(draft, self)
            self.owners.discard((draft.cls.root, draft.key))
        outdate(self, draft)
        self.desk.tell(self, draft, changes)
        for method in methods_of(draft.cls, AFTER):
            method(draft, self)
        self.tasks.run()

    def _tell_hosts(self, draft: Draft, changes: list[str]) -> None:
        """History on the other side: the objects whose link sets gained, lost or saw a change of this one."""
        for seen in self.desk.inverse.seen(draft.cls.name):
            old = 0 if draft.is_new else draft.before[seen.key]
            new = draft.values[seen.key]
            item_class, item = linksets.shown_item(seen.link_set, draft.cls, draft.key, draft.values, self)
            for host, kind in ((old, "removed"), (new, "added")):
                if host and old != new and (final := self.final_class(seen.host, host)):
                    self.history.linked(final, host, seen.link_set.code, item_class, item, kind)
            if changes and old == new and new and (final := self.final_class(seen.host, new)):
                self.history.link_changed(final, new, seen.link_set.code, item_class, item, draft.key)
