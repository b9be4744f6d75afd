"""Who may do what: grants of profiles on classes, and nothing else. Administrators may do everything."""

from __future__ import annotations

from interdesk.desk.actors import Actor
from interdesk.errors import Forbidden
from interdesk.model import Model, ObjectClass
from interdesk.model.rights import effective

RIGHTS_CLASSES = frozenset({"User", "URP_UserProfile", "URP_UserOrg", "URP_Profiles", "Contact", "Organization"})
"""Roots whose rows decide who somebody is and what he may do: a write to one makes cached actors stale."""


class Rights:
    """Answers from the model alone; answers are remembered, for a model never changes."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._known: dict[tuple[frozenset[int], str, str], bool] = {}

    def allows(self, actor: Actor, action: str, cls: ObjectClass) -> bool:
        """True when the actor's profiles grant an action (read, bulk read, write ...) on a class.

        A denial in one profile wins over a grant in another.
        """
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
