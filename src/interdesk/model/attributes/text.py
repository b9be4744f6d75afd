"""Texts: plain, long, HTML, templates, queries, addresses of several sorts, codes taken from the design."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from interdesk.model.attributes.base import Compared, TextValue
from interdesk.model.issues import Issue

TEXT_SIZE = 65_535
LONG_TEXT_SIZE = 67_107_840
URL_SIZE = 2_048


@dataclass(frozen=True, kw_only=True, eq=False)
class String(TextValue):
    types = ("AttributeString", "AttributeTemplateString", "AttributeUserControlledTemplate")


@dataclass(frozen=True, kw_only=True, eq=False)
class Text(TextValue):
    """``format`` is ``text`` or ``html``: HTML is cleaned when it is written."""

    types: ClassVar[tuple[str, ...]] = ("AttributeText", "AttributeOQL", "AttributeTemplateText")
    max_size: int = TEXT_SIZE
    format: str = "text"


@dataclass(frozen=True, kw_only=True, eq=False)
class LongText(Text):
    types = ("AttributeLongText",)
    max_size: int = LONG_TEXT_SIZE


@dataclass(frozen=True, kw_only=True, eq=False)
class Html(Text):
    types = ("AttributeHTML",)
    max_size: int = LONG_TEXT_SIZE
    format: str = "html"


@dataclass(frozen=True, kw_only=True, eq=False)
class TemplateHtml(Text):
    """HTML with placeholders: kept as written."""

    types = ("AttributeTemplateHTML",)
    format: str = "html"


@dataclass(frozen=True, kw_only=True, eq=False)
class EmailAddress(TextValue):
    types = ("AttributeEmailAddress",)
    pattern: str | None = r"^[a-zA-Z0-9._&'-]+@[a-zA-Z0-9.-]+\.[a-zA-Z0-9-]{2,}$"


@dataclass(frozen=True, kw_only=True, eq=False)
class PhoneNumber(TextValue):
    types = ("AttributePhoneNumber",)
    pattern: str | None = r"^[0-9.\- +()]+$"


@dataclass(frozen=True, kw_only=True, eq=False)
class Url(TextValue):
    types = ("AttributeURL",)
    max_size: int = URL_SIZE
    pattern: str | None = r"^[a-zA-Z][a-zA-Z0-9+.-]*://\S+$"
    target: str = "_blank"


@dataclass(frozen=True, kw_only=True, eq=False)
class IPAddress(TextValue):
    types = ("AttributeIPAddress",)
    compared = Compared.ADDRESS
    pattern: str | None = r"^(25[0-5]|2[0-4]\d|1?\d?\d)(\.(25[0-5]|2[0-4]\d|1?\d?\d)){3}$"


@dataclass(frozen=True, kw_only=True, eq=False)
class ClassName(TextValue):
    """The name of a class of the design, of one of the categories."""

    types = ("AttributeClass",)
    compared = Compared.CODE
    class_category: str = ""
    more_values: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False)
class StateName(TextValue):
    """A state code of the class named by ``class_field``."""

    types = ("AttributeClassState",)
    class_field: str = ""


@dataclass(frozen=True, kw_only=True, eq=False)
class Language(TextValue):
    types = ("AttributeApplicationLanguage",)
    values: tuple[str, ...] = ()

    def check(self, value: Any) -> Issue | None:
        if issue := super().check(value):
            return issue
        if value and self.values and value not in self.values:
            return Issue("value", f"Value not allowed [{value}]", self.code)
        return None


@dataclass(frozen=True, kw_only=True, eq=False)
class RedundancySettings(TextValue):
    """``disabled``, a count (``2``) or a share (``50%``) of what must stay up; other texts count by their digits."""

    types: ClassVar[tuple[str, ...]] = ("AttributeRedundancySettings",)
    max_size: int = 20
    relation: str = ""
    from_class: str = ""
    neighbour: str = ""
    enabled: bool = False
    enabled_mode: str = "fixed"
    min_up: int = 0
    min_up_type: str = "count"
    min_up_mode: str = "fixed"


@dataclass(frozen=True, kw_only=True, eq=False)
class FixedRedundancy(RedundancySettings):
    """Settings that the design alone decides: objects cannot have others."""

    types = ()
    writable: ClassVar[bool] = False


@dataclass(frozen=True, kw_only=True, eq=False)
class OpaqueText(TextValue):
    """Structures that only the console shows (tables, property sets): one text column, JSON inside."""

    types = ("AttributeTable", "AttributePropertySet", "AttributeCustomFields")
    compared: ClassVar[Compared] = Compared.NEVER
    max_size: int = LONG_TEXT_SIZE
