"""Attributes that every class has without declaring them: computed, never stored but for the class name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from interdesk.model.attributes.base import Attribute, Column, ColumnKind, Compared


@dataclass(frozen=True, kw_only=True, eq=False)
class FinalClass(Attribute):
    """The name of the object's own class; a column of the root table, set once at creation."""

    types = ("AttributeFinalClass",)
    compared = Compared.CODE
    writable: ClassVar[bool] = False


@dataclass(frozen=True, kw_only=True, eq=False)
class FriendlyName(Attribute):
    """Composed by the class's ``Naming``."""

    types = ("AttributeFriendlyName",)
    compared = Compared.TEXT
    writable: ClassVar[bool] = False


@dataclass(frozen=True, kw_only=True, eq=False)
class ObsolescenceFlag(Attribute):
    """The class's obsolescence condition as 0 or 1."""

    types = ("AttributeObsolescenceFlag",)
    compared = Compared.NUMBER
    writable: ClassVar[bool] = False


@dataclass(frozen=True, kw_only=True, eq=False)
class ObsolescenceDate(Attribute):
    """When the object became obsolete; maintained by a periodic job, so that it is stored."""

    types = ("AttributeObsolescenceDate",)
    compared = Compared.DATE
    writable: ClassVar[bool] = False

    def columns(self) -> tuple[Column, ...]:
        return (Column("", ColumnKind.TEXT, True),)


@dataclass(frozen=True, kw_only=True, eq=False)
class ArchiveFlag(Attribute):
    """Whether the object is archived, as 0 or 1; only in families that can be archived."""

    types = ("AttributeArchiveFlag",)
    compared = Compared.NUMBER
    writable: ClassVar[bool] = False

    def columns(self) -> tuple[Column, ...]:
        return (Column("", ColumnKind.INTEGER, False, 0),)


@dataclass(frozen=True, kw_only=True, eq=False)
class ArchiveDate(Attribute):
    """When the object was archived."""

    types = ("AttributeArchiveDate",)
    compared = Compared.DATE
    writable: ClassVar[bool] = False

    def columns(self) -> tuple[Column, ...]:
        return (Column("", ColumnKind.TEXT, True),)


@dataclass(frozen=True, kw_only=True, eq=False)
class Dashboard(Attribute):
    """A console page; has no value."""

    types = ("AttributeDashboard",)
    writable: ClassVar[bool] = False
