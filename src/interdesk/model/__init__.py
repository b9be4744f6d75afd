"""What may exist: classes, attributes, life cycles, relations, profiles. Pure; knows nothing of storage or wire."""

from interdesk.model.classes import Method, Model, Naming, ObjectClass, UniquenessRule
from interdesk.model.issues import Issue, WrongValue
from interdesk.model.lifecycle import Action, Flag, LifeCycle, Param, State, Stimulus, Transition
from interdesk.model.relations import Neighbour
from interdesk.model.rights import ACTIONS, EVERYTHING, Group, Profile, effective

__all__ = [
    "ACTIONS", "EVERYTHING", "Action", "Flag", "Group", "Issue", "LifeCycle", "Method", "Model", "Naming",
    "Neighbour", "ObjectClass", "Param", "Profile", "State", "Stimulus", "Transition", "UniquenessRule", "WrongValue",
    "effective",
]  # fmt: skip
