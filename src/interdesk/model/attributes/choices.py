"""Choices: enumerations, enumerations derived from others, and sets of codes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from interdesk.model.attributes.base import Attribute, Column, ColumnKind, Compared, TextValue
from interdesk.model.issues import Issue, WrongValue


@dataclass(frozen=True, kw_only=True, eq=False)
class Enum(Attribute):
    """``values`` maps each code, in the design's order, to its label. Empty is NULL."""

    types = ("AttributeEnum",)
    compared = Compared.CODE
    values: Mapping[str, str] = field(default_factory=dict)

    def columns(self) -> tuple[Column, ...]:
        return (Column("", ColumnKind.TEXT, True),)

    def initial(self, now: str) -> str | None:
        return self.default or None

    def normalise(self, value: Any) -> str | None:
        if value is None or value == "":
            return None
        if isinstance(value, (str, int, float)):
            return str(value)
        raise WrongValue(f"a code is needed, not {type(value).__name__}")

    def check(self, value: Any) -> Issue | None:
        if issue := super().check(value):
            return issue
        if value is not None and value not in self.values:
            return Issue("value", f"Value not allowed [{value}]", self.code)
        return None


@dataclass(frozen=True, kw_only=True, eq=False)
class MetaMapping:
    """For one class (and its children): which codes of ``attribute`` become which meta code."""

    attribute: str
    values: Mapping[str, str]


@dataclass(frozen=True, kw_only=True, eq=False)
class MetaEnum(Enum):
    """An enumeration derived from another; ``mappings`` is by class name, the nearest class wins."""

    types = ("AttributeMetaEnum",)
    writable: ClassVar[bool] = False
    mappings: Mapping[str, MetaMapping] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, eq=False)
class TagSet(TextValue):
    """Codes of ``TagSetFieldDataFor_<class>__<attribute>`` objects, stored sorted and separated by a blank."""

    types = ("AttributeTagSet",)
    compared = Compared.SET
    default: Any = ""
    max_items: int = 12
    code_size: int = 20

    def normalise(self, value: Any) -> str:
        if value is None or value == "":
            return ""
        if isinstance(value, str):
            value = value.split()
        if not isinstance(value, (list, tuple)) or not all(isinstance(code, str) for code in value):
            raise WrongValue("a tag set is a list of codes")
        return " ".join(sorted(set(value)))


@dataclass(frozen=True, kw_only=True, eq=False)
class EnumSet(TextValue):
    """Known codes, stored sorted as the design lists them, separated by a comma; unknown ones are dropped."""

    types = ("AttributeEnumSet",)
    compared = Compared.SET
    values: Mapping[str, str] = field(default_factory=dict)
    max_items: int = 12

    def normalise(self, value: Any) -> str:
        if isinstance(value, (list, tuple)):
            value = ",".join(str(code) for code in value)
        given = {code.strip() for code in super().normalise(value).split(",")}
        return ",".join(code for code in self.values if code in given)


@dataclass(frozen=True, kw_only=True, eq=False)
class AttributeCodeSet(TextValue):
    """Attribute codes of the class (or query) named by another field, separated by a comma."""

    types = ("AttributeClassAttCodeSet", "AttributeQueryAttCodeSet")
    compared = Compared.SET
    class_field: str = ""
    max_items: int = 12
    allowed_types: tuple[str, ...] = ()  # the design's attribute_definition_list; empty: any
    excluded_types: tuple[str, ...] = ()

    def normalise(self, value: Any) -> str:
        if isinstance(value, (list, tuple)):
            value = ",".join(str(code) for code in value)
        return ",".join(code.strip() for code in super().normalise(value).split(",") if code.strip())
