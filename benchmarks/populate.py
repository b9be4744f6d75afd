"""Fills a desk with organizations, people, CIs with impact links, and tickets with logs and history.

python -m benchmarks.populate --data FOLDER [--database URL] [--tickets 10000] [--cis 1000] [--seed 1]

The same numbers and seed give the same desk. The rows are those that the desk writes: see ``benchmarks.moulds``.
The desk must exist (``interdesk init``) and is best empty.
"""

from __future__ import annotations

import argparse
import datetime as dt
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from benchmarks.moulds import Foundry, Mould, Scenario, Stage
from interdesk.desk import SYSTEM, Desk
from interdesk.desk.values import LinkChange, LogChange, NewEntry
from interdesk.server import open_desk
from interdesk.settings import load

START = dt.datetime(2021, 1, 4, 8, 0)  # a Monday
WEEKS = 250
FIRST = ("Ada", "Bruno", "Chloé", "Dario", "Elif", "Farid", "Greta", "Hugo", "Ines", "Jonas", "Kenji", "Léa", "Mina")
LAST = ("Abbot", "Berg", "Costa", "Dubois", "Eriksen", "Fischer", "Garcia", "Haddad", "Ito", "Jensen", "Kowalski")
TROUBLES = ("cannot print", "has no network", "is slow", "asks for a password again and again", "shows an error")
THINGS = ("The laptop", "The mail client", "The ledger", "The telephone", "The meeting room", "The scanner")
INDEX_SECONDS = 3600.0  # that one of them may take
VARIANTS = 6  # moulds of each life of a ticket, with other times


@dataclass(frozen=True)
class Size:
    """How much there is of everything."""

    tickets: int = 10_000
    cis: int = 1_000
    seed: int = 1

    @property
    def organizations(self) -> int:
        return max(5, self.tickets // 2_000)

    @property
    def people(self) -> int:
        return max(20, self.tickets // 20)


@dataclass
class World:
    """The ids that exist, for others to point to: everybody belongs to an organization."""

    organizations: list[int] = field(default_factory=list)
    people: list[tuple[int, int]] = field(default_factory=list)  # id, organization
    servers: list[tuple[int, int]] = field(default_factory=list)
    machines: list[int] = field(default_factory=list)
    fixed: dict[str, tuple[str, int]] = field(default_factory=dict)  # name -> class, id


def populate(desk: Desk, size: Size, tell: Callable[[str], None] = lambda text: None) -> None:
    """Fills the desk in one transaction."""
    chance = random.Random(size.seed)
    world = World()
    _basis(desk, world)
    with desk.store.write() as session:
        foundry = Foundry(desk, session)
        moulds = _moulds(foundry, world)
        tables = sorted({part.table for mould in moulds.values() for part in mould.parts})
        with foundry.bulk.without_indexes(tables):
            for name, fill in (("people", _people), ("CIs", _cis), ("tickets", _tickets)):
                begun = time.perf_counter()
                fill(foundry, moulds, world, size, chance)
                foundry.flush()
                tell(f"{name}: {time.perf_counter() - begun:.1f} s")
            foundry.finish()
            begun = time.perf_counter()
        foundry.bulk.fill_trees()
        foundry.bulk.settle()
        tell(f"indexes: {time.perf_counter() - begun:.1f} s")


def _basis(desk: Desk, world: World) -> None:
    """The few objects that all others share, made through the desk."""
    with desk.transaction(SYSTEM, comment="Basis") as tx:

        def add(known: str, cls: str, /, **values: Any) -> int:
            key = tx.create(cls, values)
            world.fixed[known] = (cls, key)
            return key

        provider = add("provider", "Organization", name="Lumen Services", code="LUM")
        agent = add("agent", "Person", name="Costa", first_name="Rafael", org_id=provider)
        links = LinkChange([("lnkPersonToTeam", {"person_id": agent})])
        add("team", "Team", name="Helpdesk", org_id=provider, persons_list=links)
        model = add("model", "DeliveryModel", name="Standard support", org_id=provider)
        tx.update("Organization", provider, {"deliverymodel_id": model})
        service = add("service", "Service", name="Workplace", org_id=provider, status="production")
        for kind in ("incident", "service_request"):
            add(kind, "ServiceSubcategory", name=f"Any {kind}", service_id=service, request_type=kind,
                status="production")  # fmt: skip
        org = add("org", "Organization", name="Sample", code="SMP", deliverymodel_id=model)
        add("caller", "Person", name="Sample", first_name="Sam", org_id=org)
        server = add("server", "Server", name="sample", org_id=org)
        host = add("host", "Hypervisor", name="sample", org_id=org, server_id=server)
        add("machine", "VirtualMachine", name="sample", org_id=org, virtualhost_id=host)
        covered = LinkChange([("lnkCustomerContractToService", {"service_id": service})])
        values = {"name": "Support", "org_id": org, "provider_id": provider, "status": "production"}
        add("contract", "CustomerContract", **values, services_list=covered)


def _moulds(foundry: Foundry, world: World) -> dict[str, Mould]:
    known = {name: world.fixed[name] for name in ("org", "caller", "server", "host", "machine")}
    moulds = {
        "organization": foundry.mould(_organization(world), START, known),
        "person": foundry.mould(_person(world), START, known),
        "server": foundry.mould(_server(world), START, known),
        "machine": foundry.mould(_machine(world), START, known),
        "solution": foundry.mould(_solution(world), START, known),
    }
    for cls in ("UserRequest", "Incident"):
        for life in ("new", "assigned", "pending", "resolved", "closed"):
            for variant in range(VARIANTS):
                begin = START + dt.timedelta(days=variant % 5, minutes=37 * variant)
                scenario = _ticket(world, cls, life, variant)
                moulds[f"{cls} {life} {variant}"] = foundry.mould(scenario, begin, known)
    return moulds


def _organization(world: World) -> Scenario:
    def play(stage: Stage) -> None:
        values = {"name": "@name@", "code": "@code@", "deliverymodel_id": world.fixed["model"][1]}
        stage.at(0, "Customers").create("Organization", values)

    return play


def _person(world: World) -> Scenario:
    def play(stage: Stage) -> None:
        stage.at(0, "People").create(
            "Person",
            {"org_id": world.fixed["org"][1], "name": "@last@", "first_name": "@first@", "email": "email@mark.example",
             "function": "Clerk"},
        )  # fmt: skip

    return play


def _server(world: World) -> Scenario:
    def play(stage: Stage) -> None:
        org = world.fixed["org"][1]
        tx = stage.at(0, "Servers")
        server = tx.create("Server", {"org_id": org, "name": "@server@", "status": "production"})
        tx.create("Hypervisor", {"org_id": org, "name": "@host@", "status": "production", "server_id": server})

    return play


def _machine(world: World) -> Scenario:
    def play(stage: Stage) -> None:
        values = {"org_id": world.fixed["org"][1], "name": "@name@", "status": "production"}
        stage.at(0, "Machines").create("VirtualMachine", {**values, "virtualhost_id": world.fixed["host"][1]})

    return play


def _solution(world: World) -> Scenario:
    def play(stage: Stage) -> None:
        parts = [("lnkApplicationSolutionToFunctionalCI", {"functionalci_id": world.fixed["machine"][1]})]
        stage.at(0, "Applications").create(
            "ApplicationSolution",
            {"org_id": world.fixed["org"][1], "name": "@name@", "status": "active",
             "functionalcis_list": LinkChange(parts)},
        )  # fmt: skip

    return play


def _ticket(world: World, cls: str, life: str, variant: int) -> Scenario:
    """A ticket from its creation to some state of its life, with what is said and done on the way."""
    fixed = {name: key for name, (_, key) in world.fixed.items()}
    kind = "incident" if cls == "Incident" else "service_request"

    def play(stage: Stage) -> None:
        values: dict[str, Any] = {
            "org_id": fixed["org"], "caller_id": fixed["caller"], "title": "@title@", "description": "@text@",
            "impact": str(1 + variant % 3), "urgency": str(1 + variant % 4), "service_id": fixed["service"],
            "servicesubcategory_id": fixed[kind], "origin": "mail",
        }  # fmt: skip
        if variant % 2:
            values["functionalcis_list"] = LinkChange(
                [("lnkFunctionalCIToTicket", {"functionalci_id": fixed["machine"]})]
            )
        key = stage.at(0, "Portal").create(cls, values)
        if life == "new":
            return
        work = {"team_id": fixed["team"], "agent_id": fixed["agent"]}
        stage.at(5 + 7 * variant, "Rafael Costa").apply_stimulus(cls, key, "ev_assign", work)
        said = LogChange((NewEntry("<p>We have received your request and look into it.</p>"),))
        stage.at(3 + variant, "Rafael Costa").update(cls, key, {"public_log": said})
        if life == "pending":
            waits = {"pending_reason": "Waiting for a part"}
            stage.at(30, "Rafael Costa").apply_stimulus(cls, key, "ev_pending", waits)
        if life in ("resolved", "closed"):
            noted = LogChange((NewEntry("<p>The cause is known, see the knowledge base.</p>"),))
            stage.at(40 + 11 * variant, "Rafael Costa").update(cls, key, {"private_log": noted})
            done = {"resolution_code": "assistance", "solution": "<p>Restarted, updated, tried: it works.</p>"}
            stage.at(25, "Rafael Costa").apply_stimulus(cls, key, "ev_resolve", done)
        if life == "closed":
            stage.at(600, "Portal").apply_stimulus(cls, key, "ev_close", {"user_satisfaction": str(1 + variant % 4)})

    return play


def _people(foundry: Foundry, moulds: dict[str, Mould], world: World, size: Size, chance: random.Random) -> None:
    for number in range(1, size.organizations + 1):
        given = {"name": f"Customer {number:05}", "code": f"C{number:05}"}
        world.organizations.append(foundry.cast(moulds["organization"], 0, given)["Organization"])
    for number in range(1, size.people + 1):
        org = chance.choice(world.organizations)
        first, last = chance.choice(FIRST), chance.choice(LAST)
        given = {"org": org, "first": first, "last": f"{last} {number}", "email": f"p{number}@customer.example"}
        world.people.append((foundry.cast(moulds["person"], number * WEEKS // size.people, given)["Contact"], org))


def _cis(foundry: Foundry, moulds: dict[str, Mould], world: World, size: Size, chance: random.Random) -> None:
    """A tenth servers, a tenth hypervisors on them, virtual machines on those, a tenth applications made of these."""
    hosts = []
    for number in range(1, max(1, size.cis // 10) + 1):
        org = chance.choice(world.organizations)
        given = {"org": org, "server": f"srv-{number:06}", "host": f"hyp-{number:06}"}
        first = foundry.cast(moulds["server"], 0, given)["FunctionalCI"]
        world.servers.append((first, org))
        hosts.append((first + 1, org))
    for number in range(1, max(1, size.cis * 7 // 10) + 1):
        host, org = chance.choice(hosts)
        given = {"org": org, "host": host, "name": f"vm-{number:06}"}
        world.machines.append(foundry.cast(moulds["machine"], 1, given)["FunctionalCI"])
    for number in range(1, max(1, size.cis // 10) + 1):
        given = {"org": chance.choice(world.organizations), "name": f"Application {number:06}"}
        foundry.cast(moulds["solution"], 2, {**given, "machine": chance.choice(world.machines)})


def _tickets(foundry: Foundry, moulds: dict[str, Mould], world: World, size: Size, chance: random.Random) -> None:
    """The older a ticket, the more surely it is closed."""
    for number in range(size.tickets):
        person, org = world.people[int(chance.random() * len(world.people))]
        fresh = number > 0.97 * size.tickets
        life = "closed"
        if fresh or chance.random() < 0.05:
            life = chance.choice(("new", "assigned", "pending", "resolved"))
        cls = "Incident" if chance.random() < 0.4 else "UserRequest"
        mould = moulds[f"{cls} {life} {int(chance.random() * VARIANTS)}"]
        thing, trouble = chance.choice(THINGS), chance.choice(TROUBLES)
        given = {
            "org": org,
            "caller": person,
            "title": f"{thing} {trouble} ({number})",
            "text": f"<p>{thing} {trouble} since this morning.</p>",
            "machine": world.machines[int(chance.random() * len(world.machines))],
        }
        foundry.cast(mould, number * WEEKS // size.tickets, given)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, help="the folder of the desk's files")
    parser.add_argument("--database", help="another database than the file in the folder")
    parser.add_argument("--tickets", type=int, default=Size.tickets)
    parser.add_argument("--cis", type=int, default=Size.cis)
    parser.add_argument("--seed", type=int, default=Size.seed)
    args = parser.parse_args()
    chosen: dict[str, Any] = {"data": args.data, "database": args.database, "query_seconds": INDEX_SECONDS}
    desk = open_desk(load(overrides=chosen))
    begun = time.perf_counter()
    try:
        populate(desk, Size(args.tickets, args.cis, args.seed), print)
    finally:
        desk.store.close()
    print(f"all: {time.perf_counter() - begun:.1f} s")


if __name__ == "__main__":
    main()
