"""Groups of classes and the profiles that grant or deny actions on them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from interdesk.model.attributes import ExternalKey, OnTargetDelete

if TYPE_CHECKING:
    from interdesk.model.classes import Model

ACTIONS = ("read", "bulk read", "write", "bulk write", "delete", "bulk delete")
EVERYTHING = "*"  # the group of all business classes
CASCADES = frozenset({OnTargetDelete.AUTO, OnTargetDelete.SILENT})


@dataclass(frozen=True, slots=True)
class Group:
    """Classes that profiles grant together."""

    name: str
    classes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Profile:
    """``grants``: group -> action (``read``, ``stimulus:ev_assign`` ...) -> True for allow, False for deny."""

    id: int
    name: str
    description: str
    grants: Mapping[str, Mapping[str, bool]] = field(default_factory=dict)


def effective(model: Model, profile: Profile, cls: str, action: str) -> bool | None:
    """What a profile says of an action on a class: True allowed, False denied, None nothing.

    A group speaks for its classes and their sub-classes; a link class also gets what the classes it links are
    granted (one of them suffices); the group of everything speaks for the business classes. Denial wins.
    """
    said: set[bool | None] = set(_by_groups(model, profile, cls, action))
    if model.cls(cls).is_link:
        linked = _by_links(model, profile, cls, action)
        said |= {True} if True in linked else linked
    if "bizmodel" in model.cls(cls).categories:
        said.add(profile.grants.get(EVERYTHING, {}).get(action))
    if False in said:
        return False
    return True if True in said else None


def _by_groups(model: Model, profile: Profile, cls: str, action: str) -> Iterator[bool]:
    family = {cls, *model.cls(cls).ancestors}
    for name, grants in profile.grants.items():
        if name in model.groups and action in grants and not family.isdisjoint(model.groups[name].classes):
            yield grants[action]


def _by_links(model: Model, profile: Profile, cls: str, action: str) -> set[bool]:
    """What is said of the classes whose deletion takes the link along."""
    return {
        answer
        for key in model.cls(cls).attributes.values()
        if isinstance(key, ExternalKey) and key.on_target_delete in CASCADES
        for answer in _by_groups(model, profile, key.target_class, action)
    }
