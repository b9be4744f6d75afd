"""Link sets: the objects that point to this one (1:n), or the links between this one and others (n:n)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from interdesk.model.attributes.base import Attribute


@dataclass(frozen=True, kw_only=True, eq=False)
class LinkedSet(Attribute):
    """1:n: objects of ``linked_class`` whose key ``ext_key_to_me`` points here. Not stored with the object."""

    types = ("AttributeLinkedSet",)
    null_allowed: bool = True
    linked_class: str
    ext_key_to_me: str
    count_min: int = 0
    count_max: int = 0
    tracking: str = "list"  # none | list | details | all
    edit_mode: str = "actions"

    def is_empty(self, value: Any) -> bool:
        return False


@dataclass(frozen=True, kw_only=True, eq=False)
class LinkedSetIndirect(LinkedSet):
    """n:n: objects of the link class, each with a key ``ext_key_to_remote`` to the other side."""

    types = ("AttributeLinkedSetIndirect",)
    ext_key_to_remote: str
    duplicates: bool = False
