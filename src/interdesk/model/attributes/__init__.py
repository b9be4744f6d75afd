"""The attribute types of the design language: one small class each, found by ``xsi:type``."""

from __future__ import annotations

from interdesk.model.attributes.base import Attribute, Column, ColumnKind, Compared, TextValue
from interdesk.model.attributes.choices import AttributeCodeSet, Enum, EnumSet, MetaEnum, MetaMapping, TagSet
from interdesk.model.attributes.clocks import StopWatch, SubItem, Threshold, ThresholdAction
from interdesk.model.attributes.computed import (
    ArchiveDate,
    ArchiveFlag,
    Dashboard,
    FinalClass,
    FriendlyName,
    ObsolescenceDate,
    ObsolescenceFlag,
)
from interdesk.model.attributes.dates import Date, DateTime
from interdesk.model.attributes.documents import Blob, BlobValue, CaseLog, Image, LogEntry
from interdesk.model.attributes.keys import (
    ExternalField,
    ExternalKey,
    HierarchicalKey,
    ObjectKey,
    OnTargetDelete,
)
from interdesk.model.attributes.numbers import Boolean, Decimal, Duration, Integer
from interdesk.model.attributes.secrets import OneWayPassword, Secret
from interdesk.model.attributes.sets import LinkedSet, LinkedSetIndirect
from interdesk.model.attributes.text import (
    ClassName,
    EmailAddress,
    FixedRedundancy,
    Html,
    IPAddress,
    Language,
    LongText,
    OpaqueText,
    PhoneNumber,
    RedundancySettings,
    StateName,
    String,
    TemplateHtml,
    Text,
    Url,
)

ATTRIBUTE_CLASSES: tuple[type[Attribute], ...] = (
    ArchiveDate, ArchiveFlag,
    AttributeCodeSet, Blob, Boolean, CaseLog, ClassName, Dashboard, Date, DateTime, Decimal, Duration, EmailAddress,
    Enum, EnumSet, ExternalField, ExternalKey, FinalClass, FriendlyName, HierarchicalKey, Html, Image, Integer,
    IPAddress, Language, LinkedSet, LinkedSetIndirect, LongText, MetaEnum, ObjectKey, ObsolescenceDate,
    ObsolescenceFlag, OneWayPassword, OpaqueText, PhoneNumber, RedundancySettings, Secret, StateName, StopWatch,
    String, SubItem, TagSet, TemplateHtml, Text, Url,
)  # fmt: skip

BY_TYPE: dict[str, type[Attribute]] = {name: cls for cls in ATTRIBUTE_CLASSES for name in cls.types}

__all__ = [
    "ATTRIBUTE_CLASSES", "BY_TYPE", "ArchiveDate", "ArchiveFlag",
    "Attribute", "AttributeCodeSet", "Blob", "BlobValue", "Boolean", "CaseLog",
    "ClassName", "Column", "ColumnKind", "Compared", "Dashboard", "Date", "DateTime", "Decimal", "Duration",
    "EmailAddress", "Enum", "EnumSet", "ExternalField", "ExternalKey", "FinalClass", "FixedRedundancy", "FriendlyName",
    "HierarchicalKey", "Html", "IPAddress", "Image", "Integer", "Language", "LinkedSet", "LinkedSetIndirect",
    "LogEntry", "LongText", "MetaEnum", "MetaMapping", "ObjectKey", "ObsolescenceDate", "ObsolescenceFlag",
    "OnTargetDelete", "OneWayPassword", "OpaqueText", "PhoneNumber", "RedundancySettings", "Secret", "StateName",
    "StopWatch", "String", "SubItem", "TagSet", "TemplateHtml", "Text", "TextValue", "Threshold", "ThresholdAction",
    "Url",
]  # fmt: skip
