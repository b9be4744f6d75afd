"""Keys to other objects, and the fields seen through them. A key without object is 0, never NULL."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Any, ClassVar

from interdesk.model.attributes.base import Attribute, Column, ColumnKind, Compared
from interdesk.model.issues import WrongValue


class OnTargetDelete(enum.Enum):
    """What a deletion of the target means for the object that points to it."""

    AUTO = "DEL_AUTO"
    SILENT = "DEL_SILENT"
    MANUAL = "DEL_MANUAL"
    MOVE_UP = "DEL_MOVEUP"
    NONE = "DEL_NONE"


@dataclass(frozen=True, kw_only=True, eq=False)
class ExternalKey(Attribute):
    """``target_class`` and its sub-classes may be pointed to; ``filter`` is for choosers only."""

    types = ("AttributeExternalKey",)
    compared = Compared.NUMBER
    default: Any = 0
    target_class: str
    on_target_delete: OnTargetDelete = OnTargetDelete.MANUAL
    filter: str | None = None

    def columns(self) -> tuple[Column, ...]:
        return (Column("", ColumnKind.INTEGER, False, 0),)

    def initial(self, now: str) -> int:
        return int(self.default or 0)

    def is_empty(self, value: Any) -> bool:
        return not value

    def normalise(self, value: Any) -> int:
        if value is None or value == "":
            return 0
        if isinstance(value, bool):
            raise WrongValue("a key is needed, not a boolean")
        try:
            return int(value)
        except (TypeError, ValueError, OverflowError) as problem:
            raise WrongValue(f"a key is needed, not {value!r}") from problem


@dataclass(frozen=True, kw_only=True, eq=False)
class HierarchicalKey(ExternalKey):
    """A key to a parent of the own class: keeps a tree, see ``store.trees``."""

    types = ("AttributeHierarchicalKey",)


@dataclass(frozen=True, kw_only=True, eq=False)
class ObjectKey(ExternalKey):
    """A key to an object of the class that the sibling attribute ``class_attribute`` names."""

    types = ("AttributeObjectKey",)
    target_class: str = ""
    class_attribute: str = ""


@dataclass(frozen=True, kw_only=True, eq=False)
class ExternalField(Attribute):
    """``target_attribute`` of the object that ``ext_key`` points to; never stored, never written."""

    types = ("AttributeExternalField",)
    writable: ClassVar[bool] = False
    ext_key: str
    target_attribute: str
