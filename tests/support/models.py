"""Small models made by hand, for tests that need to know every column, or to change the model."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any

from interdesk.model import Model, Naming, ObjectClass
from interdesk.model.attributes import (
    Attribute,
    Blob,
    Boolean,
    CaseLog,
    ClassName,
    DateTime,
    Decimal,
    EmailAddress,
    Enum,
    ExternalField,
    ExternalKey,
    FinalClass,
    FriendlyName,
    HierarchicalKey,
    Integer,
    ObjectKey,
    StopWatch,
    String,
    Text,
    Threshold,
)


def attribute(kind: type[Attribute], code: str, **more: Any) -> Attribute:
    """An attribute of the given kind; ``defined_in`` is set when its class is made."""
    return kind(code=code, type_name=kind.types[0], defined_in="", label=code.capitalize(), **more)


@dataclasses.dataclass
class Declared:
    """A class as it is declared: its own attributes only."""

    name: str
    parent: str | None = None
    abstract: bool = False
    attributes: list[Attribute] = dataclasses.field(default_factory=list)
    naming: tuple[str, ...] = ()
    more: dict[str, Any] = dataclasses.field(default_factory=dict)


def model(declared: Iterable[Declared], fingerprint: str = "") -> Model:
    """A model of the declared classes, parents before children, with inherited attributes in place."""
    found = {one.name: one for one in declared}
    classes: dict[str, ObjectClass] = {}

    def ancestors(name: str) -> tuple[str, ...]:
        parent = found[name].parent
        return (parent, *ancestors(parent)) if parent else ()

    for one in found.values():
        above = ancestors(one.name)
        below = tuple(name for name in found if one.name in ancestors(name))
        attributes = dict(classes[one.parent].attributes) if one.parent else {}
        computed = (attribute(FinalClass, "finalclass"), attribute(FriendlyName, "friendlyname"))
        for own in (*computed, *one.attributes):
            attributes[own.code] = dataclasses.replace(own, defined_in=one.name)
        naming = one.naming or (classes[one.parent].naming.attributes if one.parent else ())
        classes[one.name] = ObjectClass(
            name=one.name,
            parent=one.parent,
            root=above[-1] if above else one.name,
            label=one.name,
            abstract=one.abstract,
            is_link=False,
            categories=frozenset({"bizmodel"}),
            ancestors=above,
            children=tuple(name for name in below if found[name].parent == one.name),
            descendants=below,
            attributes=attributes,
            naming=Naming(" ".join(f"%{n}$s" for n in range(1, len(naming) + 1)), naming),
            **one.more,
        )
    return Model(classes=classes, fingerprint=fingerprint)


def declarations() -> list[Declared]:
    """A small service desk. The list is new at each call, so that a test may change it."""
    status = {"active": "Active", "inactive": "Inactive"}
    ticket = {"new": "New", "assigned": "Assigned", "closed": "Closed"}
    return [
        Declared(
            "Organization",
            attributes=[
                attribute(String, "name"),
                attribute(String, "code"),
                attribute(Enum, "status", values=status, default="active"),
                attribute(HierarchicalKey, "parent_id", target_class="Organization"),
            ],
            naming=("name",),
        ),
        Declared(
            "Contact",
            abstract=True,
            attributes=[
                attribute(String, "name"),
                attribute(Enum, "status", values=status, default="active"),
                attribute(ExternalKey, "org_id", target_class="Organization"),
                attribute(ExternalField, "org_name", ext_key="org_id", target_attribute="name"),
                attribute(EmailAddress, "email"),
            ],
            naming=("name",),
        ),
        Declared(
            "Person",
            "Contact",
            attributes=[
                attribute(String, "first_name"),
                attribute(ExternalKey, "manager_id", target_class="Person"),
                attribute(Blob, "picture"),
                attribute(Boolean, "vip", default=False),
                attribute(Decimal, "rate"),
            ],
            naming=("first_name", "name"),
        ),
        Declared("Team", "Contact", attributes=[attribute(Integer, "size")]),
        Declared(
            "Ticket",
            abstract=True,
            attributes=[
                attribute(String, "ref"),
                attribute(String, "title"),
                attribute(Text, "description"),
                attribute(DateTime, "start_date"),
                attribute(ExternalKey, "caller_id", target_class="Person"),
                attribute(CaseLog, "public_log"),
            ],
            naming=("ref",),
        ),
        Declared(
            "UserRequest",
            "Ticket",
            attributes=[
                attribute(Enum, "status", values=ticket, default="new"),
                attribute(StopWatch, "tto", thresholds={75: Threshold(75), 100: Threshold(100)}),
                attribute(HierarchicalKey, "parent_request_id", target_class="UserRequest"),
            ],
        ),
        Declared("Incident", "Ticket", attributes=[attribute(Enum, "status", values=ticket, default="new")]),
        Declared(
            "Change",
            abstract=False,
            attributes=[
                attribute(String, "userinfo"),
                attribute(ClassName, "objclass"),
                attribute(ObjectKey, "objkey", class_attribute="objclass"),
            ],
        ),
    ]


def desk_model() -> Model:
    """The small service desk: Organization, Contact (Person, Team), Ticket (UserRequest, Incident), Change."""
    return model(declarations())
