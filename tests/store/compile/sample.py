"""A small model with an attribute of every kind that a query can use, and objects for it."""

from __future__ import annotations

import dataclasses
from functools import cache
from typing import Any

from interdesk.model import Model, Naming
from interdesk.model.attributes import (
    Boolean,
    Date,
    DateTime,
    Decimal,
    Enum,
    ExternalField,
    ExternalKey,
    HierarchicalKey,
    Integer,
    IPAddress,
    MetaEnum,
    MetaMapping,
    ObsolescenceFlag,
    StopWatch,
    String,
    SubItem,
    TagSet,
    Threshold,
)
from tests.support.models import Declared, attribute, model

NOW = "2026-03-10 12:00:00"


def through(code: str, key: str, target: str) -> Any:
    return attribute(ExternalField, code, ext_key=key, target_attribute=target)


ORGANIZATION = Declared(
    "Organization",
    attributes=[
        attribute(String, "name"),
        attribute(HierarchicalKey, "parent_id", target_class="Organization", null_allowed=True),
        through("parent_name", "parent_id", "name"),
    ],
    naming=("name",),
)
CONTACT = Declared(
    "Contact",
    abstract=True,
    attributes=[
        attribute(String, "name"),
        attribute(Enum, "status", values={"active": "Active", "inactive": "Inactive", "Gone": "Gone"}),
        attribute(ExternalKey, "org_id", target_class="Organization"),
        through("org_name", "org_id", "name"),
        through("org_parent_id", "org_id", "parent_id"),
        through("org_parent_name", "org_parent_id", "name"),
        through("org_id_friendlyname", "org_id", "friendlyname"),
        attribute(ObsolescenceFlag, "obsolescence_flag"),
    ],
    naming=("name",),
    more={"obsolescence": "status = 'inactive' OR org_name = 'old'"},
)
PERSON = Declared(
    "Person",
    "Contact",
    attributes=[
        attribute(String, "first_name"),
        attribute(ExternalKey, "manager_id", target_class="Person", null_allowed=True),
        through("manager_id_friendlyname", "manager_id", "friendlyname"),
        through("manager_org_name", "manager_id", "org_name"),
        through("manager_id_obsolescence_flag", "manager_id", "obsolescence_flag"),
        attribute(Integer, "age"),
        attribute(Decimal, "rate"),
        attribute(Boolean, "vip"),
        attribute(Date, "born", null_allowed=True),
        attribute(DateTime, "seen", null_allowed=True),
        attribute(TagSet, "domains"),
        attribute(IPAddress, "ip"),
    ],
    naming=("first_name", "name"),
)
TEAM = Declared(
    "Team",
    "Contact",
    attributes=[attribute(Integer, "size"), attribute(ExternalKey, "leader_id", target_class="Person")],
    more={"obsolescence": "size = 0"},
)
TICKET = Declared(
    "Ticket",
    abstract=True,
    attributes=[
        attribute(String, "ref"),
        attribute(ExternalKey, "caller_id", target_class="Person", null_allowed=True),
        through("caller_name", "caller_id", "friendlyname"),
        attribute(Integer, "priority"),
        attribute(
            MetaEnum,
            "phase",
            values={"open": "Open", "done": "Done"},
            default="open",
            mappings={
                "Ticket": MetaMapping(attribute="status", values={"new": "done"}),
                "Request": MetaMapping(attribute="status", values={"closed": "done", "new": "open"}),
            },
        ),
    ],
    naming=("ref",),
    more={"order": (("priority", False), ("ref", True))},
)
REQUEST = Declared(
    "Request",
    "Ticket",
    attributes=[
        attribute(Enum, "status", values={"new": "New", "closed": "Closed"}),
        attribute(StopWatch, "tto", thresholds={75: Threshold(75)}),
        attribute(SubItem, "tto_over", watch="tto", item="75_passed"),
    ],
)
CHANGE = Declared("Change", "Ticket", attributes=[attribute(String, "reason")])


@cache
def sample_model() -> Model:
    """Organization, Contact (Person, Team), Ticket (Request, Change). The name of a team begins with ``Team``."""
    found = model([ORGANIZATION, CONTACT, PERSON, TEAM, TICKET, REQUEST, CHANGE])
    classes = dict(found.classes)
    classes["Team"] = dataclasses.replace(classes["Team"], naming=Naming("Team %1$s (100%%)", ("name",)))
    for name in ("Request", "Change"):
        classes[name] = dataclasses.replace(classes[name], order=classes["Ticket"].order)
    return dataclasses.replace(found, classes=classes)


Object = dict[str, Any]


def objects() -> dict[str, list[Object]]:
    """A few objects by root class; attributes left out have the values of a new object."""
    return {
        "Organization": [
            made("Organization", 1, name="Démo"),
            made("Organization", 2, name="Sub", parent_id=1),
            made("Organization", 3, name="leaf", parent_id=2),
            made("Organization", 4, name="old"),
        ],
        "Contact": [
            made("Person", 1, name="Doe", first_name="Ann", org_id=1, status="active", age=30, rate=2.5, vip=1,
                 born="1990-05-06", seen="2026-01-31 10:20:30", domains="hardware network", ip="10.0.0.9"),
            made("Person", 2, name="doe", first_name="Bob", org_id=2, status="inactive", manager_id=1, age=7,
                 born="2000-02-29", seen="2025-12-31 23:59:59", domains="network", ip="10.0.0.10"),
            made("Person", 3, name="O'Neil", first_name="Cid", org_id=3, manager_id=2, rate=-1.5, vip=0, ip="9.1.1.1"),
            made("Person", 4, name="50% \\ Éa_", first_name="7up", org_id=4, status="Gone", age=0),
            made("Team", 5, name="Blue", org_id=1, status="active", size=3, leader_id=1),
            made("Team", 6, name="ann", org_id=2, size=0),
        ],
        "Ticket": [
            made("Request", 1, ref="R-1", caller_id=1, priority=2, status="new",
                 tto=(60, "2026-03-01 08:00:00", None, None, "2026-03-10 11:59:59", 0, None)),
            made("Request", 2, ref="R-2", caller_id=2, priority=2, status="closed",
                 tto=(10, None, None, None, None, 1, 5)),
            made("Request", 3, ref="R-3", status="new", tto=(0, None, None, None, "2026-03-10 12:00:01", 0, None)),
            made("Change", 4, ref="C-4", priority=1, reason="x"),
        ],
    }  # fmt: skip


def made(cls: str, key: int, **values: Any) -> Object:
    """An object of class ``cls``, complete: what is not given has the value of a new object."""
    found: Object = {"id": key, "finalclass": cls}
    for code, attr in sample_model().cls(cls).attributes.items():
        columns = attr.columns()
        if len(columns) == 1:
            found[code] = values.get(code, columns[0].default)
        elif columns:
            found[code] = values.get(code, tuple(column.default for column in columns))
    return found
