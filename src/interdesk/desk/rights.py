"""Who may do what: grants of profiles on classes, and nothing else. Administrators may do everything,
but nobody rewrites history."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interdesk.desk import queries
from interdesk.desk.actors import Actor
from interdesk.desk.drafts import Draft
from interdesk.errors import Forbidden
from interdesk.model import Model, ObjectClass
from interdesk.model.rights import effective

if TYPE_CHECKING:
    from interdesk.desk.transaction import Transaction

RIGHTS_CLASSES = frozenset({"User", "URP_UserProfile", "URP_UserOrg", "PersonalToken"})
"""Roots whose rows decide who somebody is and what he may do: a write to one makes remembered actors stale."""

HISTORY = frozenset({"CMDBChange", "CMDBChangeOp"})
"""Roots that only the system writes: what happened stays as it was told, whoever would have it otherwise."""

READING = frozenset({"read", "bulk read"})


def outdate(tx: Transaction, draft: Draft) -> None:
    """Makes all processes forget their actors when a written or deleted object decides who they are.

    Of contacts only those of users do: an actor goes by his contact's name.
    """
    root = draft.cls.root
    concerned = root in RIGHTS_CLASSES
    if root == "Contact" and not draft.is_new and "User" in tx.desk.model.classes:
        users = queries.by_criteria(tx.desk.model.cls("User"), {"contactid": draft.key})
        concerned = tx.reader.count(users, {}) > 0
    if concerned:
        tx.session.bump("rights")


class Rights:
    """Answers from the model alone; answers are remembered, for a model never changes."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._known: dict[tuple[frozenset[int], str, str], bool] = {}

    def allows(self, actor: Actor, action: str, cls: ObjectClass) -> bool:
        """True when the actor's profiles grant an action (read, bulk read, write ...) on a class.

        A denial in one profile wins over a grant in another.
        """
        if action not in READING and (actor.read_only or (cls.root in HISTORY and not actor.is_system)):
            return False
        if actor.is_administrator:
            return True
        key = (actor.profiles, action, cls.name)
        if (known := self._known.get(key)) is None:
            known = self._known[key] = self._granted(actor, action, cls)
        return known

    def require(self, actor: Actor, action: str, cls: ObjectClass) -> None:
        """Raises Forbidden."""
        if not self.allows(actor, action, cls):
            raise Forbidden(action, cls.name)

    def _granted(self, actor: Actor, action: str, cls: ObjectClass) -> bool:
        answers = [
            effective(self._model, self._model.profiles[profile], cls.name, action)
            for profile in actor.profiles
            if profile in self._model.profiles
        ]
        return True in answers and False not in answers
