"""What an actor sees: compiled into every query, compared with a naive evaluation of the rules."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from interdesk import oql
from interdesk.desk import SYSTEM, Actor, Desk, Transaction
from interdesk.errors import NotFound
from interdesk.model.rights import effective
from interdesk.oql.resolved import Query
from tests.support.people import CONFIGURATION, REST, SUPPORT, actor_of, add, add_user

QUERIES = (
    "SELECT Organization",
    "SELECT Person",
    "SELECT Contact",
    "SELECT Server",
    "SELECT FunctionalCI",
    "SELECT NetworkInterface",
    "SELECT PhysicalInterface",
    "SELECT IPInterface",
    "SELECT Brand",
    "SELECT Attachment",
    "SELECT UserExternal",
    "SELECT UserRequest",
    "SELECT Ticket",
    "SELECT Person UNION SELECT Team",
    "SELECT Server AS s JOIN Organization AS o ON s.org_id = o.id WHERE o.name LIKE 'org%'",
    "SELECT o FROM Organization AS o JOIN Person AS p ON p.org_id = o.id",
    "SELECT p FROM Organization AS o JOIN Person AS p ON p.org_id = o.id",
    "SELECT Organization AS o JOIN Organization AS top ON o.parent_id BELOW top.id",
    "SELECT Person AS allowed WHERE allowed.org_id IN (SELECT Organization AS listed WHERE listed.name LIKE 'org%')",
    "SELECT lnkContactToTicket",
)
OWNERS = {"Organization": "id", "Attachment": "item_org_id"}


@dataclass
class World:
    """What an example adds: the parent of each organization (its index or None), and how much belongs to each."""

    parents: list[int | None]
    moves: list[tuple[int, int | None]]
    owned: list[int]
    allowed: list[int]
    profiles: tuple[int, ...]
    keys: list[int] = field(default_factory=list)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    size = draw(st.integers(1, 5))
    parents = [draw(st.none() | st.integers(0, at - 1)) if at else None for at in range(size)]
    places = st.integers(0, size - 1)
    return World(
        parents,
        draw(st.lists(st.tuples(places, st.none() | places), max_size=2)),
        draw(st.lists(places, max_size=3)),
        draw(st.lists(places, max_size=2, unique=True)),
        draw(st.sampled_from([(SUPPORT, REST), (CONFIGURATION,), (REST,)])),
    )


def build(tx: Transaction, world: World) -> int:
    """Stores a world; returns the id of its user."""
    for number, parent in enumerate(world.parents):
        above = 0 if parent is None else world.keys[parent]
        world.keys.append(tx.create("Organization", {"name": f"org {number}", "parent_id": above}))
    for number, place in enumerate(world.owned):
        org = world.keys[place]
        person = tx.create("Person", {"org_id": org, "name": "Doe", "first_name": f"Ann {number}"})
        tx.create("Team", {"org_id": org, "name": "team"})
        server = tx.create("Server", {"org_id": org, "name": "srv"})
        tx.create("PhysicalInterface", {"name": "eth0", "connectableci_id": server})
        ticket = tx.create("UserRequest", {"org_id": org, "title": "t", "description": "d"})
        tx.create("lnkContactToTicket", {"contact_id": person, "ticket_id": ticket})
        tx.create("Attachment", {"item_class": "UserRequest", "item_id": ticket, "item_org_id": org})
        add_user(tx, f"colleague {person}", contact=person)
    user = add_user(tx, f"user {world.keys[0]}", world.profiles)
    for place in world.allowed:
        tx.create("URP_UserOrg", {"userid": user, "allowed_org_id": world.keys[place]})
    return user


def move(desk: Desk, world: World) -> None:
    """Moves organizations about, as far as the tree allows."""
    for place, parent in world.moves:
        with desk.transaction(SYSTEM) as tx:
            above = 0 if parent is None else world.keys[parent]
            if above not in below(tx, [world.keys[place]]):
                tx.update("Organization", world.keys[place], {"parent_id": above})


def stored(tx: Transaction, cls: str, code: str) -> dict[int, Any]:
    (table,) = tx.reader.page(oql.query(f"SELECT {cls}", tx.desk.model), (code,), {}).tables
    return {row[0]: row[table.positions[code][0]] for row in table.rows}


def below(tx: Transaction, tops: list[int]) -> set[int]:
    """Organizations and all below them, by walking up from each."""
    parents = stored(tx, "Organization", "parent_id")

    def chain(key: int) -> set[int]:
        return {key} | chain(parents[key]) if key else set()

    return {key for key in parents if chain(key) & set(tops)}


def naive(tx: Transaction, actor: Actor, query: Query, cls: str, found: list[tuple[int, str]]) -> set[int]:
    """Of all that a query finds, what the rules let the actor see: one object after the other."""
    model = tx.desk.model
    grants = [effective(model, model.profiles[profile], cls, "read") for profile in actor.profiles]
    by_grant = {"bizmodel", "silo"} & model.cls(cls).categories
    if by_grant and not (True in grants and False not in grants):
        return set()
    users = stored(tx, "URP_UserOrg", "userid")
    tops = [org for link, org in stored(tx, "URP_UserOrg", "allowed_org_id").items() if users[link] == actor.user]
    allowed = below(tx, tops)
    seen = set()
    for key, final in found:
        owner = OWNERS.get(final, "org_id" if "org_id" in model.cls(final).attributes else "")
        org = key if owner == "id" else stored(tx, final, owner)[key] if owner else None
        if not tops or not owner or org in allowed:
            seen.add(key)
    return seen


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(world=worlds())
def test_nobody_sees_what_the_rules_hide_and_everybody_sees_the_rest(bundled_desk: Desk, world: World) -> None:
    with bundled_desk.transaction(SYSTEM) as tx:
        user = build(tx, world)
    move(bundled_desk, world)
    actor = actor_of(bundled_desk, user)
    assert actor.restricted == bool(world.allowed)
    with bundled_desk.transaction(SYSTEM) as tx:
        for text in QUERIES:
            query = oql.query(text, bundled_desk.model)
            members = query.members if isinstance(query, oql.resolved.Union) else (query,)
            expected: set[int] = set()
            for member in members:
                expected |= naive(tx, actor, member, member.cls.name, tx.reader.keys(member, {}))
            visible = bundled_desk.visible(actor, query)
            assert {key for key, _ in tx.reader.keys(visible, {})} == expected, text
            assert tx.reader.count(visible, {}) == len(expected), text


def test_administrators_and_the_system_see_all(bundled_desk: Desk) -> None:
    org = add(bundled_desk, "Organization", name="hidden")
    with bundled_desk.transaction(SYSTEM) as tx:
        user = add_user(tx, "root", (1,), [org])
    query = oql.query("SELECT Organization", bundled_desk.model)
    for actor in (SYSTEM, actor_of(bundled_desk, user)):
        assert bundled_desk.visible(actor, query) is query


def test_one_statement_serves_all_users(bundled_desk: Desk) -> None:
    org = add(bundled_desk, "Organization", name="own")
    with bundled_desk.transaction(SYSTEM) as tx:
        users = [add_user(tx, f"user {number}", organizations=[org]) for number in range(3)]
    query = oql.query("SELECT Person WHERE name = 'Doe'", bundled_desk.model)
    plans = [
        bundled_desk.store.compiler.select(bundled_desk.visible(actor_of(bundled_desk, user), query), ("id",))
        for user in users
    ]
    assert len({id(plan.statement) for plan in plans}) == 1


def test_what_is_hidden_cannot_be_written_or_deleted(bundled_desk: Desk) -> None:
    own, other = (add(bundled_desk, "Organization", name=name) for name in ("own", "other"))
    mine, hidden = (add(bundled_desk, "Server", name="srv", org_id=org) for org in (own, other))
    with bundled_desk.transaction(SYSTEM) as tx:
        user = add_user(tx, "ann", (CONFIGURATION, REST), [own])
    actor = actor_of(bundled_desk, user)
    with bundled_desk.transaction(actor) as tx:
        assert tx.update("Server", mine, {"description": "x"})
        assert tx.seen("Server", hidden) is None
        assert tx.seen("FunctionalCI", mine) == "Server"
        with pytest.raises(NotFound):
            tx.update("Server", hidden, {"description": "x"})
        report = tx.delete("Server", [mine, hidden])
    assert [found.key for found in report.objects] == [mine]
    with bundled_desk.reading() as reader:
        assert reader.one(bundled_desk.model.cls("Server"), hidden, ()).rows


def test_integrity_counts_what_is_hidden(bundled_desk: Desk) -> None:
    """A hidden server on a visible rack is told of its end, and hidden namesakes still make a name taken."""
    own, other = (add(bundled_desk, "Organization", name=name) for name in ("own", "other"))
    rack = add(bundled_desk, "Rack", name="rack", org_id=own)
    hidden = add(bundled_desk, "Server", name="srv", org_id=other, rack_id=rack)
    with bundled_desk.transaction(SYSTEM) as tx:
        user = add_user(tx, "ann", (CONFIGURATION, REST), [own])
    with bundled_desk.transaction(actor_of(bundled_desk, user)) as tx:
        report = tx.delete("Rack", [rack])
    assert [(found.cls, found.key) for found in report.objects] == [("Rack", rack), ("Server", hidden)]
    with bundled_desk.reading() as reader:
        table = reader.one(bundled_desk.model.cls("Server"), hidden, ("rack_id",))
        assert table.rows[0][table.positions["rack_id"][0]] == 0


def test_organizations_that_move_take_their_objects_along(bundled_desk: Desk) -> None:
    top, other = (add(bundled_desk, "Organization", name=name) for name in ("top", "other"))
    below_top = add(bundled_desk, "Organization", name="below", parent_id=top)
    person = add(bundled_desk, "Person", name="Doe", first_name="Ann", org_id=below_top)
    with bundled_desk.transaction(SYSTEM) as tx:
        actor_key = add_user(tx, "ann", organizations=[top])
    actor = actor_of(bundled_desk, actor_key)
    query = bundled_desk.visible(actor, oql.query("SELECT Person", bundled_desk.model))
    with bundled_desk.reading() as reader:
        assert reader.keys(query, {}) == [(person, "Person")]
    with bundled_desk.transaction(SYSTEM) as tx:
        tx.update("Organization", below_top, {"parent_id": other})
    with bundled_desk.reading() as reader:
        assert reader.keys(query, {}) == []


def test_link_sets_show_links_to_what_is_hidden_and_hide_hidden_members(bundled_desk: Desk) -> None:
    """An n:n link names its remote object; a member of a 1:n set is an object like any other."""
    own, other = (add(bundled_desk, "Organization", name=name) for name in ("own", "other"))
    rack = add(bundled_desk, "Rack", name="rack", org_id=own)
    mine = add(bundled_desk, "Server", name="mine", org_id=own, rack_id=rack)
    add(bundled_desk, "Server", name="hidden", org_id=other, rack_id=rack)
    document = add(bundled_desk, "DocumentNote", name="secret", text="t", org_id=other)
    link = add(bundled_desk, "lnkDocumentToFunctionalCI", document_id=document, functionalci_id=rack)
    with bundled_desk.transaction(SYSTEM) as tx:
        agent = add_user(tx, "ann", organizations=[own])
        blind = add_user(tx, "bob", (REST,))
    cls = bundled_desk.model.cls("Rack")

    def members(actor: Actor, code: str, name: str = "friendlyname") -> list[tuple[int, str]]:
        with bundled_desk.reading(actor) as reader:
            tables = reader.one(cls, rack, (code,)).sets[code]
        return [(row[0], row[table.positions[name][0]]) for table, _ in tables for row in table.rows]

    assert len(members(SYSTEM, "device_list")) == 2
    assert members(actor_of(bundled_desk, agent), "device_list") == [(mine, "mine")]
    assert members(actor_of(bundled_desk, agent), "documents_list", "document_name") == [(link, "secret")]
    assert members(actor_of(bundled_desk, blind), "device_list") == []


DETOURS = (
    "SELECT Organization AS o WHERE {hidden} IN (SELECT Person AS p WHERE p.phone LIKE '12%')",
    "SELECT Organization AS o WHERE 1 = (1 IN (SELECT Person AS p WHERE p.id = {hidden})) + 0",
    "SELECT Organization AS o WHERE IF({hidden} IN (SELECT Person AS p), 1, 0) = 1",
    "SELECT Organization AS o WHERE {hidden} IN (SELECT Person AS p UNION SELECT Person AS q)",
    "SELECT Organization AS o WHERE 1 IN (7, {hidden} IN (SELECT Person AS p))",
    "SELECT Organization AS o JOIN Organization AS other ON o.parent_id NOT BELOW other.id"
    " JOIN Person AS p ON p.org_id = other.id WHERE p.phone LIKE '12%'",
    "SELECT o FROM Person AS p JOIN Organization AS other ON p.org_id = other.id"
    " JOIN Organization AS o ON o.parent_id NOT BELOW other.id WHERE p.phone LIKE '12%'",
    "SELECT Person AS m JOIN Person AS boss ON m.manager_id = boss.id WHERE boss.phone LIKE '12%'",
    "SELECT Organization AS o WHERE {user} IN (SELECT UserExternal AS u WHERE u.login = 'ann')",
    "SELECT Organization AS o WHERE 'Person' IN (SELECT CMDBChangeOpCreate AS c) OR 1 IN (SELECT CMDBChange AS c)",
    "SELECT Person AS m JOIN User AS u ON u.contactid = m.id WHERE u.login LIKE 'a%'",
)


@pytest.mark.parametrize("text", DETOURS)
def test_no_query_tells_of_the_hidden_by_a_detour(bundled_desk: Desk, text: str) -> None:
    own, other = (add(bundled_desk, "Organization", name=name) for name in ("own", "other"))
    hidden = add(bundled_desk, "Person", name="Doe", first_name="Ann", org_id=other, phone="1234")
    contact = add(bundled_desk, "Person", name="Roe", first_name="Bob", org_id=own, manager_id=hidden)
    with bundled_desk.transaction(SYSTEM) as tx:
        user = add_user(tx, "ann", (SUPPORT, REST), [own], contact)
    actor = actor_of(bundled_desk, user)
    query = oql.query(text.format(hidden=hidden, user=user), bundled_desk.model)
    with bundled_desk.reading() as reader:
        assert reader.keys(query, {}), "without rights the question tells"
        assert reader.keys(bundled_desk.visible(actor, query), {}) == []


def test_an_object_is_found_though_what_a_join_may_lack_is_not_there(bundled_desk: Desk) -> None:
    own = add(bundled_desk, "Organization", name="own")
    person = add(bundled_desk, "Person", name="Doe", first_name="Ann", org_id=own)
    with bundled_desk.transaction(SYSTEM) as tx:
        user = add_user(tx, "ann", organizations=[own])
    text = "SELECT Person AS p JOIN Person AS boss ON p.manager_id = boss.id"
    visible = bundled_desk.visible(actor_of(bundled_desk, user), oql.query(text, bundled_desk.model))
    with bundled_desk.reading() as reader:
        assert reader.keys(visible, {}) == [(person, "Person")]
