"""The sample organization of ``interdesk demo``: a small company, its provider, their CMDB, services and tickets.

It has the names that the seed examples use: MyOrg with the caller erde xi, Demo with claude monet.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from interdesk.desk import SYSTEM, Desk, Transaction
from interdesk.desk.values import LinkChange

PEOPLE = (  # organization, first name, name, function, e-mail
    ("MyOrg", "erde", "xi", "Integration engineer", "erde.xi@myorg.example"),
    ("MyOrg", "Ines", "Vidal", "Head of IT", "ines.vidal@myorg.example"),
    ("MyOrg", "Piotr", "Nowak", "System administrator", "piotr.nowak@myorg.example"),
    ("MyOrg", "Amara", "Okafor", "Accountant", "amara.okafor@myorg.example"),
    ("Demo", "claude", "monet", "Painter", "claude.monet@demo.example"),
    ("Demo", "Berthe", "Morisot", "Curator", "berthe.morisot@demo.example"),
    ("Lumen Services", "Tove", "Lindqvist", "Service manager", "tove.lindqvist@lumen.example"),
    ("Lumen Services", "Rafael", "Costa", "Support agent", "rafael.costa@lumen.example"),
    ("Lumen Services", "Mei", "Tanaka", "Support agent", "mei.tanaka@lumen.example"),
)

TICKETS = (  # class, organization, caller, title, description, impact, urgency
    ("UserRequest", "MyOrg", "xi", "A second screen", "<p>I would like a second screen at my desk.</p>", "3", "4"),
    (
        "UserRequest",
        "MyOrg",
        "Okafor",
        "Access to the ledger",
        "<p>Please give me access from Monday on.</p>",
        "3",
        "2",
    ),
    ("UserRequest", "Demo", "monet", "The fridge is empty", "<p>Nothing to paint, nothing to eat.</p>", "3", "3"),
    ("Incident", "MyOrg", "Nowak", "Mail is slow", "<p>Sending takes a minute since this morning.</p>", "1", "2"),
    ("Incident", "Demo", "Morisot", "Printer on floor 2 jams", "<p>Every second page.</p>", "3", "3"),
)


def fill(desk: Desk) -> None:
    """Stores the whole sample in one transaction."""
    with desk.transaction(SYSTEM, comment="Sample data") as tx:
        Sample(tx).fill()


class Sample:
    """Writes the sample organization: people, CIs with impact links, services, tickets."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx
        self._keys: dict[tuple[str, str], int] = {}

    def fill(self) -> None:
        self._structure()
        self._people()
        self._services()
        self._cmdb()
        self._tickets()

    def _add(self, cls: str, name: str, **values: Any) -> int:
        """An object of a class, found later by class and name."""
        key = self._tx.create(cls, {"name": name, **values})
        self._keys[cls, name] = key
        return key

    def _of(self, cls: str, name: str) -> int:
        return self._keys[cls, name]

    def _structure(self) -> None:
        provider = self._add("Organization", "Lumen Services", code="LUM")
        self._add("Organization", "MyOrg", code="MYO")
        self._add("Organization", "Demo", code="DEM")
        self._add("Organization", "Demo Gallery", code="DEMG", parent_id=self._of("Organization", "Demo"))
        for name, owner, city in (
            ("Lyon office", "MyOrg", "Lyon"),
            ("Giverny studio", "Demo", "Giverny"),
            ("Data centre North", "Lumen Services", "Luleå"),
        ):
            self._add("Location", name, org_id=self._of("Organization", owner), city=city)
        model = self._add("DeliveryModel", "Standard support", org_id=provider)
        for customer in ("MyOrg", "Demo"):
            self._tx.update("Organization", self._of("Organization", customer), {"deliverymodel_id": model})

    def _people(self) -> None:
        for organization, first_name, name, function, email in PEOPLE:
            self._add(
                "Person",
                name,
                first_name=first_name,
                org_id=self._of("Organization", organization),
                function=function,
                email=email,
            )
        self._tx.update("Person", self._of("Person", "xi"), {"manager_id": self._of("Person", "Vidal")})
        for name, members in (("Helpdesk", ("Costa", "Tanaka")), ("Infrastructure", ("Lindqvist", "Costa"))):
            links = [("lnkPersonToTeam", {"person_id": self._of("Person", member)}) for member in members]
            provider = self._of("Organization", "Lumen Services")
            self._add("Team", name, org_id=provider, persons_list=LinkChange(links))

    def _services(self) -> None:
        provider = self._of("Organization", "Lumen Services")
        family = self._add("ServiceFamily", "Workplace")
        for name, parts in (
            ("Computers and screens", (("New equipment", "service_request"), ("Something is broken", "incident"))),
            ("Mail and calendar", (("New mailbox", "service_request"), ("Mail does not work", "incident"))),
        ):
            service = self._add("Service", name, org_id=provider, servicefamily_id=family, status="production")
            for part, kind in parts:
                self._add("ServiceSubcategory", part, service_id=service, request_type=kind, status="production")
        slts = [
            self._add("SLT", f"{metric} priority {priority}", priority=priority, request_type=kind, metric=metric,
                      value=hours, unit="hours")
            for priority, hours in (("1", 1), ("2", 4), ("3", 8), ("4", 24))
            for kind in ("incident", "service_request")
            for metric in ("tto", "ttr")
        ]  # fmt: skip
        sla = self._add(
            "SLA", "Office hours", org_id=provider, slts_list=LinkChange([("lnkSLAToSLT", {"slt_id": k}) for k in slts])
        )
        covered = [
            ("lnkCustomerContractToService", {"service_id": self._of("Service", name), "sla_id": sla})
            for name in ("Computers and screens", "Mail and calendar")
        ]
        for customer in ("MyOrg", "Demo"):
            self._add(
                "CustomerContract",
                f"Support for {customer}",
                org_id=self._of("Organization", customer),
                provider_id=provider,
                status="production",
                services_list=LinkChange(covered),
            )

    def _cmdb(self) -> None:
        org = {"org_id": self._of("Organization", "MyOrg")}
        where = {"location_id": self._of("Location", "Data centre North"), "status": "production"}
        brand = self._add("Brand", "Fjell")
        model = self._add("Model", "Fjell R2", brand_id=brand, type="Server")
        for number in (1, 2):
            server = self._add(
                "Server", f"srv-{number:02}", **org, **where, brand_id=brand, model_id=model,
                serialnumber=f"FJ-20{number}", managementip=f"10.0.0.{number}",
            )  # fmt: skip
            self._add("Hypervisor", f"hyp-{number:02}", **org, status="production", server_id=server)
        for name, host in (("vm-mail", "hyp-01"), ("vm-ledger", "hyp-01"), ("vm-web", "hyp-02")):
            self._add("VirtualMachine", name, **org, status="production", virtualhost_id=self._of("Hypervisor", host))
        database = self._add("DBServer", "PostgreSQL ledger", **org, system_id=self._of("VirtualMachine", "vm-ledger"))
        schema = self._add("DatabaseSchema", "ledger", **org, dbserver_id=database)
        for name, parts in (("Accounting", [schema]), ("Mail", [self._of("VirtualMachine", "vm-mail")])):
            links = [("lnkApplicationSolutionToFunctionalCI", {"functionalci_id": part}) for part in parts]
            self._add("ApplicationSolution", name, **org, status="active", functionalcis_list=LinkChange(links))
        for owner, name in (("xi", "pc-erde"), ("Okafor", "pc-amara")):
            held = LinkChange([("lnkContactToFunctionalCI", {"contact_id": self._of("Person", owner)})])
            self._add("PC", name, **org, status="production", type="laptop", contacts_list=held)

    def _tickets(self) -> None:
        for cls, organization, caller, title, description, impact, urgency in TICKETS:
            values: Mapping[str, Any] = {
                "org_id": self._of("Organization", organization),
                "caller_id": self._of("Person", caller),
                "title": title,
                "description": description,
                "impact": impact,
                "urgency": urgency,
            }
            self._tx.create(cls, values)
