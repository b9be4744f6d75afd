"""A small model with the classes that the examples of OQL speak of."""

from __future__ import annotations

from typing import Any

from interdesk.model import Model, ObjectClass
from interdesk.model.attributes import (
    Attribute,
    Blob,
    Boolean,
    CaseLog,
    ClassName,
    DateTime,
    Enum,
    ExternalField,
    ExternalKey,
    FinalClass,
    FriendlyName,
    HierarchicalKey,
    Image,
    Integer,
    IPAddress,
    LinkedSet,
    ObjectKey,
    ObsolescenceFlag,
    OneWayPassword,
    StopWatch,
    String,
    SubItem,
    TagSet,
    Text,
    Threshold,
)
from interdesk.model.classes import Naming

Shape = tuple[type[Attribute], dict[str, Any]]


def key(target: str, nullable: bool = False, of: type[ExternalKey] = ExternalKey) -> Shape:
    return of, {"target_class": target, "null_allowed": nullable}


def through(ext_key: str, target_attribute: str) -> Shape:
    return ExternalField, {"ext_key": ext_key, "target_attribute": target_attribute}


def linked(cls: str, back: str) -> Shape:
    return LinkedSet, {"linked_class": cls, "ext_key_to_me": back}


WATCH: Shape = (StopWatch, {"thresholds": {75: Threshold(75), 100: Threshold(100)}})
TEXT: Shape = (String, {})
CHOICE: Shape = (Enum, {"values": {"new": "New", "active": "Active"}})

# class -> (parent, abstract, own attributes), parents first
CLASSES: dict[str, tuple[str | None, bool, dict[str, Shape]]] = {
    "Organization": (None, False, {
        "name": TEXT, "code": TEXT, "status": CHOICE, "parent_id": key("Organization", True, HierarchicalKey),
        "parent_name": through("parent_id", "name"), "obsolescence_flag": (ObsolescenceFlag, {}),
    }),
    "Location": (None, False, {"name": TEXT, "city": TEXT, "org_id": key("Organization")}),
    "Contact": (None, True, {
        "name": TEXT, "status": CHOICE, "org_id": key("Organization"), "org_name": through("org_id", "name"),
        "email": TEXT, "phone": TEXT, "obsolescence_flag": (ObsolescenceFlag, {}),
    }),
    "Person": ("Contact", False, {
        "picture": (Image, {}), "first_name": TEXT, "employee_number": TEXT, "manager_id": key("Person", True),
        "location_id": key("Location", True), "team_list": linked("lnkPersonToTeam", "person_id"),
        "manager_org": through("manager_id", "org_id"), "manager_picture": through("manager_id", "picture"),
    }),
    "Team": ("Contact", False, {"function": TEXT}),
    "lnkPersonToTeam": (None, False, {
        "team_id": key("Team"), "person_id": key("Person"), "team_name": through("team_id", "name"),
    }),
    "FunctionalCI": (None, True, {"name": TEXT, "description": (Text, {}), "org_id": key("Organization")}),
    "Server": ("FunctionalCI", False, {"status": CHOICE, "managementip": (IPAddress, {})}),
    "VirtualMachine": ("FunctionalCI", False, {"status": CHOICE}),
    "Ticket": (None, True, {
        "ref": TEXT, "org_id": key("Organization"), "caller_id": key("Person", True), "agent_id": key("Person", True),
        "title": TEXT, "start_date": (DateTime, {}), "private_log": (CaseLog, {}),
    }),
    "UserRequest": ("Ticket", False, {
        "status": CHOICE, "priority": CHOICE, "urgency": CHOICE, "impact": CHOICE, "resolution_date": (DateTime, {}),
        "tto": WATCH, "tto_escalation_deadline": (SubItem, {"watch": "tto", "item": "75_deadline"}),
        "public_log": (CaseLog, {}), "file": (Blob, {}),
    }),
    "lnkFunctionalCIToTicket": (None, False, {
        "ticket_id": key("Ticket"), "functionalci_id": key("FunctionalCI"),
    }),
    "FAQ": (None, False, {"title": TEXT, "domains": (TagSet, {})}),
    "Subnet": (None, False, {"ip": (IPAddress, {})}),
    "Attachment": (None, False, {
        "item_class": (ClassName, {}), "item_id": (ObjectKey, {"class_attribute": "item_class"}),
    }),
    "User": (None, True, {"login": TEXT, "contactid": key("Person", True)}),
    "UserLocal": ("User", False, {"password": (OneWayPassword, {}), "expired": (Boolean, {}), "tries": (Integer, {})}),
}  # fmt: skip


def _make(cls: type[Attribute], **given: Any) -> Attribute:
    return cls(type_name=cls.types[0], **given)


def small_model() -> Model:
    """The classes above, with the attributes that every class has."""
    parents = {name: parent for name, (parent, _, _) in CLASSES.items()}

    def ancestors(name: str) -> tuple[str, ...]:
        parent = parents[name]
        return () if parent is None else (parent, *ancestors(parent))

    classes: dict[str, ObjectClass] = {}
    for name, (parent, abstract, shapes) in CLASSES.items():
        root = (name, *ancestors(name))[-1]
        descendants = tuple(other for other in CLASSES if name in ancestors(other))
        inherited = dict(classes[parent].attributes) if parent else {}
        own = {
            code: _make(kind, code=code, label=code, defined_in=name, **more) for code, (kind, more) in shapes.items()
        }
        computed = {"friendlyname": _make(FriendlyName, code="friendlyname", label="Full name", defined_in=name)}
        if parent or descendants:
            computed["finalclass"] = _make(FinalClass, code="finalclass", label="Class", defined_in=root)
        for code, attribute in own.items():
            if isinstance(attribute, ExternalKey) and attribute.target_class:
                shown = f"{code}_friendlyname"
                named = {"code": shown, "label": shown, "defined_in": name}
                computed[shown] = _make(ExternalField, ext_key=code, target_attribute="friendlyname", **named)
        classes[name] = ObjectClass(
            name=name, parent=parent, root=root, label=name, abstract=abstract, is_link=name.startswith("lnk"),
            categories=frozenset({"bizmodel"}), ancestors=ancestors(name),
            children=tuple(other for other in CLASSES if parents[other] == name), descendants=descendants,
            attributes={**inherited, **own, **computed}, naming=Naming("%1$s", ("name",)),
        )  # fmt: skip
    return Model(classes=classes)
