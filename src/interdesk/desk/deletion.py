"""Deleting: first a plan of all that hangs on the objects, then, if nothing stands in the way, the deletion itself.

Rules (facts ``itop_rights_and_deletion.md`` 4): what points to a deleted object through a key that may be empty is
reset (or moved up its tree); through a mandatory key it goes along, unless the key asks for an explicit deletion:
then it blocks. The plan ignores rights, for integrity does not depend on who looks.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from interdesk.desk import queries
from interdesk.desk.checks import check
from interdesk.desk.inverse import Pointer
from interdesk.desk.linksets import shown_item
from interdesk.desk.rights import outdate
from interdesk.errors import DeletionRefused
from interdesk.model.attributes import ExternalKey, HierarchicalKey, OnTargetDelete

if TYPE_CHECKING:
    from interdesk.desk.transaction import Transaction


class Outcome(enum.Enum):
    """What a deletion does, or would do, to an object."""

    DELETED = "deleted"
    BLOCKED = "blocked"  # must be deleted explicitly
    RESET = "reset"  # its keys are emptied or moved up
    RESET_FAILED = "reset failed"


@dataclass(slots=True)
class Planned:
    """What the plan says of one object. ``resets``: key -> new value."""

    cls: str
    key: int
    name: str = ""
    requested: bool = False
    outcome: Outcome = Outcome.DELETED
    resets: dict[str, int] = field(default_factory=dict)
    issue: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """Every object of the plan, in the order found. ``blocked`` tells that nothing can be deleted.

    ``refusal`` tells, of a deletion in turn, why it ended early; the objects are then those before the end.
    """

    objects: tuple[Planned, ...]
    refusal: str = ""

    @property
    def blocked(self) -> bool:
        return any(found.outcome in (Outcome.BLOCKED, Outcome.RESET_FAILED) for found in self.objects)

    @property
    def requested(self) -> int:
        return sum(found.requested for found in self.objects)


class Deletion:
    """One plan within a transaction."""

    def __init__(self, tx: Transaction) -> None:
        self._tx, self._desk = tx, tx.desk
        self._attachments: dict[tuple[str, int], list[int]] = {}
        self._plan: dict[tuple[str, int], Planned] = {}
        self._order_matters = False  # a requested object would stand in the way of another

    def run(self, name: str, keys: list[int], *, simulate: bool = False) -> Report:
        """Plans, and carries the plan out unless it is a simulation. Raises DeletionRefused when it is blocked."""
        self._explore(name, keys)
        self._name_all()
        self._check_resets()
        report = Report(tuple(self._plan.values()))
        if simulate:
            return report
        if report.blocked:
            raise DeletionRefused(self._refusal(report))
        self._carry_out(report)
        return report

    def run_in_turn(self, name: str, keys: list[int]) -> Report:
        """One object after the other, each with a plan of its own, until one cannot go (facts, quirk 29).

        As one plan tells when that makes no difference, most deletions of many objects need just that one.
        """
        self._explore(name, keys)
        self._name_all()
        self._check_resets()
        report = Report(tuple(self._plan.values()))
        if not report.blocked and not self._order_matters:
            self._carry_out(report)
            return report
        done: dict[tuple[str, int], Planned] = {}
        root = self._desk.model.cls(name).root
        for key in keys:
            if (root, key) in done and done[root, key].outcome is Outcome.DELETED:
                done[root, key].requested = True  # it went along with one before it
                continue
            try:
                single = Deletion(self._tx).run(name, [key])
            except DeletionRefused as problem:
                return Report(tuple(done.values()), problem.message)
            done.update({(self._desk.model.cls(found.cls).root, found.key): found for found in single.objects})
        return Report(tuple(done.values()))

    def _explore(self, name: str, keys: list[int]) -> None:
        root = self._desk.model.cls(name).root
        frontier: list[tuple[str, int]] = []
        for key in keys:
            final = self._tx.final_class(name, key)
            if final is not None and (root, key) not in self._plan:
                self._plan[root, key] = Planned(final, key, requested=True)
                frontier.append((final, key))
        while frontier:
            by_class: dict[str, list[int]] = {}
            for final, key in frontier:
                by_class.setdefault(final, []).append(key)
            frontier = []
            for final, found in by_class.items():
                for pointer in self._desk.inverse.pointers(final):
                    frontier.extend(self._follow(pointer, found))

    def _follow(self, pointer: Pointer, targets: list[int]) -> list[tuple[str, int]]:
        """Plans all that points to the targets through one key; returns what must be explored in its turn."""
        key = pointer.key
        if key.on_target_delete is OnTargetDelete.NONE:
            return []
        cls = self._desk.model.cls(pointer.cls)
        plan = self._desk.store.compiler.select(queries.pointing_to(cls, key.code), ("id", "finalclass", key.code))
        further = []
        for row_key, final, target in self._tx.session.fetch(plan, {"owners": targets}):
            planned = self._plan.get((cls.root, row_key))
            if planned is None:
                planned = self._plan[cls.root, row_key] = Planned(final or cls.name, row_key, outcome=Outcome.RESET)
            if planned.outcome is Outcome.DELETED:
                if planned.requested and self._in_the_way(key, planned.cls):
                    self._order_matters = True
                continue
            if key.null_allowed:
                planned.resets[key.code] = self._moved_up(pointer, target)
            elif key.on_target_delete is OnTargetDelete.MANUAL:
                planned.outcome = Outcome.BLOCKED
                planned.issue = f"{planned.cls}::{row_key} Must be deleted manually"
            else:
                planned.outcome, planned.resets, planned.issue = Outcome.DELETED, {}, ""
                further.append((planned.cls, row_key))
        return further

    def _in_the_way(self, key: ExternalKey, name: str) -> bool:
        """True when deleting the target first differs from deleting it together with the object that has the key.

        An object whose key is reset before it goes itself differs for observers alone.
        """
        if key.null_allowed:
            return self._desk.observed(self._tx, name)
        return key.on_target_delete is OnTargetDelete.MANUAL

    def _moved_up(self, pointer: Pointer, target: int) -> int:
        """The new value of a key that may be empty: the target's own parent for trees that move up, else 0."""
        key = pointer.key
        if not (isinstance(key, HierarchicalKey) and key.on_target_delete is OnTargetDelete.MOVE_UP):
            return 0
        table = self._tx.reader.one(self._desk.model.cls(pointer.cls), target, (key.code,))
        return int(table.rows[0][table.positions[key.code][0]] or 0) if table.rows else 0

    def _name_all(self) -> None:
        by_class: dict[str, list[int]] = {}
        for planned in self._plan.values():
            by_class.setdefault(planned.cls, []).append(planned.key)
        for name, keys in by_class.items():
            cls = self._desk.model.cls(name)
            plan = self._desk.store.compiler.select(queries.by_ids(cls), ("id", "friendlyname"), ordered=False)
            for key, friendly in self._tx.session.fetch(plan, {"ids": keys}):
                self._plan[cls.root, key].name = friendly

    def _check_resets(self) -> None:
        for planned in self._plan.values():
            if planned.outcome is not Outcome.RESET:
                continue
            draft = self._tx.load(planned.cls, planned.key)
            draft.values.update(planned.resets)
            issues = check(draft, self._tx)
            if issues:
                planned.outcome = Outcome.RESET_FAILED
                planned.issue = ", ".join(issue.text for issue in issues)

    def _carry_out(self, report: Report) -> None:
        tx = self._tx
        doomed = {
            (self._desk.model.cls(found.cls).root, found.key)
            for found in report.objects
            if found.outcome is Outcome.DELETED
        }
        going = [planned for planned in report.objects if planned.outcome is Outcome.DELETED]
        self._desk.tell_deleting(tx, [(planned.cls, planned.key) for planned in going])
        self._attachments = self._attached(going)
        for planned in going:
            self._delete(planned, doomed)
        for planned in report.objects:
            if planned.outcome is Outcome.RESET:
                draft = tx.load(planned.cls, planned.key)
                draft.values.update(planned.resets)
                tx.save(draft)

    def _delete(self, planned: Planned, doomed: set[tuple[str, int]]) -> None:
        tx = self._tx
        draft = tx.load(planned.cls, planned.key)
        for seen in self._desk.inverse.seen(planned.cls):
            host = draft.before.get(seen.key)
            host_root = self._desk.model.cls(seen.host).root
            if host and (host_root, host) not in doomed and (final := tx.final_class(seen.host, host)):
                item_class, item = shown_item(seen.link_set, draft.cls, draft.key, draft.before, tx)
                tx.history.linked(final, host, seen.link_set.code, item_class, item, "removed")
        self._delete_attachments(planned)
        tx.session.delete(planned.cls, planned.key)
        tx.history.deleted(planned.cls, draft.cls.root, planned.key, planned.name)
        tx.forget(draft.cls.root, planned.key)
        outdate(tx, draft)
        self._desk.tell_deleted(tx, draft)

    def _attached(self, going: list[Planned]) -> dict[tuple[str, int], list[int]]:
        """The attachments of all that goes, by the class and id of their host."""
        if "Attachment" not in self._desk.model.classes:
            return {}
        cls = self._desk.model.cls("Attachment")
        fields = ("id", "item_class", "item_id")
        plan = self._desk.store.compiler.select(queries.by_hosts(cls, *fields[1:]), fields)
        hosts = [planned for planned in going if planned.cls != cls.name]
        args = {"classes": sorted({host.cls for host in hosts}), "ids": [host.key for host in hosts]}
        found: dict[tuple[str, int], list[int]] = {}
        for key, host_class, host in self._tx.session.fetch(plan, args) if hosts else ():
            found.setdefault((host_class, host), []).append(key)
        return found

    def _delete_attachments(self, planned: Planned) -> None:
        """Attachments go with their host and are not told of (scenario 12)."""
        if keys := self._attachments.get((planned.cls, planned.key)):
            Deletion(self._tx).run("Attachment", keys)

    def _refusal(self, report: Report) -> str:
        first = next(found for found in report.objects if found.requested)
        issues = ", ".join(found.issue for found in report.objects if found.issue)
        return f"Found issue(s): target_class = {first.cls}, target_id = {first.key}, issues = {issues}"
