"""The desk: the rules of an object's life. Dialects, the command line and flows use this and only this."""

from __future__ import annotations

import functools
import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Any, Protocol, TypeVar

from interdesk.desk.actors import SYSTEM, Actor
from interdesk.desk.clock import Clock, system_clock
from interdesk.desk.credentials import Credentials
from interdesk.desk.drafts import Draft
from interdesk.desk.graphs import VERSION, Graphs, Question, tables_of
from interdesk.desk.inverse import Inverse
from interdesk.desk.limits import Limits
from interdesk.desk.neighbours import Neighbours
from interdesk.desk.nodes import Place
from interdesk.desk.reading import Reader
from interdesk.desk.related import Related, related
from interdesk.desk.rights import Rights
from interdesk.desk.secrets import Vault
from interdesk.desk.shapes import Shapes
from interdesk.desk.transaction import Transaction
from interdesk.desk.visibility import Visibility
from interdesk.errors import Conflict
from interdesk.model import Model
from interdesk.oql.resolved import Query
from interdesk.store import Session, Store

Result = TypeVar("Result")
FIRST_PAUSE = 0.01  # seconds; doubled before each further attempt


class Observer(Protocol):
    """Told of every write, inside its transaction; what it raises undoes the write."""

    def written(self, tx: Transaction, draft: Draft, changes: list[str]) -> None: ...

    def deleting(self, tx: Transaction, doomed: Sequence[tuple[str, int]]) -> None:
        """Before anything of a deletion is removed: (final class, id) of all that goes, in its order."""

    def deleted(self, tx: Transaction, draft: Draft) -> None: ...

    def concerned(self, tx: Transaction, name: str) -> bool:
        """True when it makes a difference to the observer in which way objects of a class are deleted."""


class Desk:
    """One desk over one store. Safe to use from many threads.

    ``clock`` gives the server's local time; ``vault`` keeps the secrets.
    """

    def __init__(
        self, store: Store, vault: Vault, *, limits: Limits | None = None, clock: Clock = system_clock
    ) -> None:
        self.store, self.vault, self.clock = store, vault, clock
        self.limits = limits or Limits()
        self.model: Model = store.model
        self.rights = Rights(self.model)
        self.visibility = Visibility(self.model, self.rights)
        self.inverse = Inverse(self.model)
        store.watch(VERSION, functools.partial(tables_of, self))
        self._shapes = Shapes(self.model, store.compiler)
        self.credentials = Credentials(self)
        self.observers: list[Observer] = []
        self._count = threading.Lock()
        self.retries = 0  # transactions that were tried again

    @contextmanager
    def transaction(self, actor: Actor, *, comment: str = "", origin: str = "interactive") -> Iterator[Transaction]:
        """All or nothing: rights, changes, history and what observers add. ``origin`` as CMDBChange::origin has it."""
        with self.store.write() as session:
            tx = Transaction(self, session, actor, comment, origin)
            yield tx
        for tell in tx.committed:
            tell()

    def write(
        self, actor: Actor, work: Callable[[Transaction], Result], *, comment: str = "", origin: str = "interactive"
    ) -> Result:
        """What ``work`` returns of its transaction, once that is durable.

        Where others stood in the way (deadlock, failed serialisation) the whole of it is done again, up to the limit
        ``write_attempts``; so ``work`` may change nothing but what belongs to its transaction. Raises Conflict then,
        and what ``work`` raises.
        """
        attempt = 1
        while True:
            try:
                with self.transaction(actor, comment=comment, origin=origin) as tx:
                    return work(tx)
            except Conflict:
                if attempt >= self.limits.write_attempts:
                    raise
            with self._count:
                self.retries += 1
            # Longer each time, and never the same for two, so that they do not meet again.
            time.sleep(random.uniform(0.5, 1.0) * FIRST_PAUSE * 2**attempt)
            attempt += 1

    @contextmanager
    def reading(self, actor: Actor = SYSTEM) -> Iterator[Reader]:
        """A reader over one consistent state of the store; see ``reader``."""
        with self.store.read() as session:
            yield self.reader(session, actor)

    def reader(self, session: Session, actor: Actor = SYSTEM) -> Reader:
        """Reads what it is asked for; of link sets, it shows the members that the actor may see."""
        narrow = functools.partial(self.visible, actor)
        return Reader(session, self.model, self.store.compiler, self._shapes, self.limits.nested_sets, narrow)

    def visible(self, actor: Actor, query: Query) -> Query:
        """The query narrowed to what the actor may see; the query itself when that is all it finds."""
        return self.visibility.narrowed(actor, query)

    @cached_property
    def neighbours(self) -> Neighbours:
        """The ways of the relations. Made when first asked for: their queries are resolved then."""
        return Neighbours(self.model)

    @cached_property
    def graphs(self) -> Graphs:
        """What was found by relations before."""
        return Graphs(tables_of(self), self.limits.kept_related)

    def related(
        self,
        actor: Actor,
        reader: Reader,
        scope: Sequence[Place],
        relation: str,
        *,
        down: bool = True,
        depth: int = 20,
        redundancy: bool = False,
    ) -> Related:
        """What a relation connects with some objects, given by final class and id: see ``interdesk.desk.related``."""
        return related(self, actor, reader, Question(relation, tuple(scope), down, depth, redundancy))

    def arguments(self, actor: Actor, reader: Reader) -> Arguments:
        """The placeholders that every query may use: who asks. ``reader`` looks up what they stand for."""
        return Arguments(reader, actor)

    def user_name(self, session: Session, user: int) -> str:
        """What to call a user: the friendly name of the contact, else the login; '' for nobody."""
        return self.credentials.name_of(session, user)

    def tell(self, tx: Transaction, draft: Draft, changes: list[str]) -> None:
        for observer in self.observers:
            observer.written(tx, draft, changes)

    def tell_deleting(self, tx: Transaction, doomed: Sequence[tuple[str, int]]) -> None:
        for observer in self.observers:
            observer.deleting(tx, doomed)

    def observed(self, tx: Transaction, name: str) -> bool:
        """True when an observer tells one way of deleting objects of a class from another."""
        return any(observer.concerned(tx, name) for observer in self.observers)

    def tell_deleted(self, tx: Transaction, draft: Draft) -> None:
        for observer in self.observers:
            observer.deleted(tx, draft)


class Arguments(Mapping[str, Any]):
    """Placeholders of the actor, looked up only when a query asks: ``current_contact_id``, ``current_user->login`` ...

    An attribute that does not exist, or a contact that is not there, reads as a text that says so, as recorded.
    """

    def __init__(self, reader: Reader, actor: Actor) -> None:
        self._reader = reader
        self._known: dict[str, Any] = {"current_contact_id": actor.contact, "current_user_id": actor.user}
        self._sources: dict[str, tuple[str, int]] = {
            "current_user": ("User", actor.user),
            "current_contact": ("Person", actor.contact),
        }

    def __getitem__(self, name: str) -> Any:
        if name in self._known:
            return self._known[name]
        base, arrow, code = name.partition("->")
        if not arrow or base not in self._sources:
            raise KeyError(name)
        self._known[name] = self._lookup(base, code)
        return self._known[name]

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0

    def _lookup(self, base: str, code: str) -> Any:
        name, key = self._sources[base]
        unresolved = f"({base}->{code} : cannot be resolved)"
        if not key:
            return unresolved
        if code == "id":
            return key
        model = self._reader.model
        keys = self._reader.one(model.cls(name), key, ()).rows
        cls = model.cls(keys[0][1] if keys else name)
        if code not in cls.attributes:
            return unresolved
        table = self._reader.one(cls, key, (code,))
        if not table.rows or code not in table.positions:
            return unresolved
        return table.rows[0][table.positions[code][0]]
