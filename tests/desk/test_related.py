"""Impact analysis over a small design with every sort of neighbour; the bundled design; statements and plans."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from interdesk.desk import SYSTEM, Actor, Desk
from interdesk.desk.neighbours import Neighbours
from interdesk.desk.pairing import Paired
from interdesk.desk.redundancy import Rule, rule_of
from interdesk.errors import DesignError
from interdesk.model import Model
from interdesk.model.attributes import RedundancySettings
from interdesk.model.design import bundled, load
from interdesk.store import Store
from tests.desk.impact import Impact, impact_model, naive, neighbour, pairs, relation
from tests.model.written import classes, cls, field, loaded
from tests.support.databases import Databases
from tests.support.models import attribute

NOBODY = Actor(user=9, login="nobody", name="Nobody")


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def impact(request: pytest.FixtureRequest, databases: Databases) -> Iterator[Impact]:
    """One desk for all tests: each makes objects of its own."""
    url = databases.with_schema(request.param, impact_model())
    store = Store.open(url, impact_model())
    yield Impact(store)
    store.close()
    databases.drop(url)


def test_objects_have_names_and_the_scope_comes_first(impact: Impact) -> None:
    a, b, c = impact.items("a", "b", "c")
    impact.feed((a, b), (b, c))
    found = impact.related(a)
    assert dict(found.objects) == {a: "a", b: "b", c: "c"}
    assert list(found.objects) == [a, b, c]
    assert dict(found.edges) == {a: [b], b: [c]}


def test_up_keeps_the_direction_of_the_edges(impact: Impact) -> None:
    a, b, c = impact.items("a", "b", "c")
    impact.feed((a, b), (b, c))
    found = impact.related(c, down=False)
    assert list(found.objects) == [c, b, a]
    assert dict(found.edges) == {b: [c], a: [b]}


@pytest.mark.parametrize("depth", [0, -1, -(10**30)])
def test_no_hops_leave_the_scope_alone(impact: Impact, depth: int) -> None:
    a, b = impact.items("a", "b")
    impact.feed((a, b))
    found = impact.related(a, depth=depth)
    assert (list(found.objects), dict(found.edges)) == ([a], {})


def test_depth_counts_hops(impact: Impact) -> None:
    chain = impact.items("a", "b", "c", "d")
    impact.feed(*zip(chain, chain[1:], strict=False))
    for depth in range(1, 4):
        assert list(impact.related(chain[0], depth=depth).objects) == chain[: depth + 1]
    assert list(impact.related(chain[0], depth=10**30).objects) == chain


def test_an_object_first_met_at_the_end_of_a_long_way_is_not_left(impact: Impact) -> None:
    a, b, c, d = impact.items("a", "b", "c", "d")
    impact.feed((a, b), (b, c), (a, c), (c, d))
    assert list(impact.related(a, depth=2).objects) == [a, b, c]
    assert pairs(impact.related(a, depth=2)) == {(a, b), (b, c), (a, c)}


def test_cycles_end(impact: Impact) -> None:
    a, b = impact.items("a", "b")
    impact.feed((a, b), (b, a), (a, a))
    assert dict(impact.related(a).edges) == {a: [a, b], b: [a]}
    assert dict(impact.related(a, down=False).edges) == {a: [a, b], b: [a]}


def test_a_link_that_is_there_twice_is_told_once(impact: Impact) -> None:
    a, b = impact.items("a", "b")
    impact.feed((a, b), (a, b))
    assert dict(impact.related(a).edges) == {a: [b]}


def test_several_starts_share_one_answer(impact: Impact) -> None:
    a, b, c = impact.items("a", "b", "c")
    impact.feed((a, c), (b, c), (a, b))
    found = impact.related(b, a, b)
    assert list(found.objects) == [b, a, c]
    assert pairs(found) == {(a, c), (b, c), (a, b)}


def test_obsolete_objects_are_left_out_unless_in_the_scope(impact: Impact) -> None:
    a, c = impact.items("a", "c")
    (old,) = impact.items("old", status="old")
    impact.feed((a, old), (old, c))
    assert list(impact.related(a).objects) == [a]
    assert list(impact.related(c, down=False).objects) == [c]
    assert dict(impact.related(old).edges) == {old: [c]}


@pytest.mark.parametrize(
    ("relation", "down"), [("carries", True), ("leans on", False), ("helps", True)], ids=["set", "key", "query"]
)
def test_keys_lead_both_ways(impact: Impact, relation: str, down: bool) -> None:
    (host,) = impact.items("host")
    guests = impact.items("g1", "g2", host_id=host[1])
    forth = impact.related(host, relation=relation, down=down)
    back = impact.related(guests[0], relation=relation, down=not down)
    assert list(forth.objects) == [host, *guests]
    assert list(back.objects) == [guests[0], host]
    assert pairs(forth) == ({(host, guest) for guest in guests} if down else {(guest, host) for guest in guests})
    assert pairs(back) == ({(host, guests[0])} if down else {(guests[0], host)})


def test_queries_with_or_and_union(impact: Impact) -> None:
    first, second = impact.items("first", "second")
    (guest,) = impact.items("guest", host_id=first[1], spare_id=second[1])
    assert list(impact.related(second, relation="helps").objects) == [second, guest]
    assert pairs(impact.related(guest, relation="helps", down=False)) == {(first, guest), (second, guest)}


def test_queries_with_joins_and_sub_queries(impact: Impact) -> None:
    a, b, c = impact.items("a", "b", "c")
    impact.feed((a, b), (b, c))
    assert pairs(impact.related(a, relation="joins")) == {(a, b), (b, c)}
    assert pairs(impact.related(c, relation="joins", down=False)) == {(a, b), (b, c)}


def test_one_way_neighbours_are_not_followed_up(impact: Impact) -> None:
    a, b = impact.items("a", "b")
    impact.feed((a, b))
    assert dict(impact.related(a, relation="tells").edges) == {a: [b]}
    assert dict(impact.related(b, relation="tells", down=False).edges) == {}


def test_a_query_that_wants_a_value_runs_once_for_each_object(impact: Impact) -> None:
    (a,) = impact.items("first of three", pattern="^second of")
    (b,) = impact.items("second of three", pattern="^third of th")
    (c,) = impact.items("third of three", pattern="^fourth")
    assert dict(impact.related(a, relation="names").edges) == {a: [b], b: [c]}
    (told,) = Neighbours(impact_model()).apart()
    assert told.startswith("neighbour alike of Item in relation names: query_down runs once for each object")


def test_no_query_of_the_bundled_design_runs_once_for_each_object() -> None:
    assert list(Neighbours(load(bundled())).apart()) == []


def test_an_unknown_relation_connects_nothing(impact: Impact) -> None:
    a, b = impact.items("a", "b")
    impact.feed((a, b))
    assert list(impact.related(a, relation="likes").objects) == [a]


def test_what_an_actor_may_not_read_is_not_found(impact: Impact) -> None:
    a, b = impact.items("a", "b")
    impact.feed((a, b))
    assert list(impact.related(a, actor=NOBODY).objects) == [a]


def test_a_statement_kept_for_those_who_see_everything_serves_nobody_else(
    open_store: Callable[[Model], Store],
) -> None:
    impact = Impact(open_store(load(bundled())))
    with impact.store.write() as session:
        mine, other = (session.insert("Organization", {"name": name}) for name in ("mine", "other"))
        user = session.insert("UserLocal", {"login": "ann"})
        session.insert("URP_UserOrg", {"userid": user, "allowed_org_id": mine})
        server = "Server", session.insert("Server", {"name": "s", "org_id": mine})
        hosts = [
            ("Hypervisor", session.insert("Hypervisor", {"name": "h", "org_id": org, "server_id": server[1]}))
            for org in (mine, other)
        ]
    configuration_manager = 3
    ann = Actor(user=user, login="ann", name="Ann", profiles=frozenset({configuration_manager}), restricted=True)
    for actor, seen in ((ann, hosts[:1]), (SYSTEM, hosts), (ann, hosts[:1])):
        assert list(impact.related(server, relation="impacts", actor=actor).objects) == [server, *seen]


def test_a_neighbour_asks_only_for_attributes_that_exist(tmp_path: Path) -> None:
    asking = relation("r", neighbour("n", down="SELECT Site WHERE name = :this->nane", direction="down"))
    model = loaded(tmp_path, classes(cls("Site", field("name"), rest=f"<relations>{asking}</relations>")))
    with pytest.raises(DesignError, match="neighbour n of Site in relation r: Class Site has no attribute 'nane'"):
        Neighbours(model)


# -- redundancy


@pytest.mark.parametrize(
    ("kind", "value", "total", "down", "reached"),
    [
        ("Box", "1", 2, 1, False),
        ("Box", "1", 2, 2, True),
        ("Box", "2", 3, 1, False),
        ("Box", "2", 3, 2, True),
        ("Box", "2", 2, 1, True),
        ("Box", "5", 2, 1, True),
        ("Box", "0", 2, 2, False),
        ("Box", "disabled", 2, 1, True),
        ("Box", "50%", 4, 2, False),
        ("Box", "50%", 4, 3, True),
        ("Box", "50%", 3, 1, False),
        ("Box", "50%", 3, 2, True),
        ("Box", "200%", 2, 1, True),
        ("Box", "2/count", 3, 1, False),
        ("Box", "", 2, 1, False),
        ("Half", None, 4, 2, False),
        ("Half", None, 4, 3, True),
        ("Off", None, 3, 1, True),
        ("Item", None, 3, 1, True),
    ],
)
def test_redundancy(impact: Impact, kind: str, value: str | None, total: int, down: int, reached: bool) -> None:
    uppers = impact.items(*(f"u{place}" for place in range(total)))
    (box,) = impact.items("box", kind=kind, **({} if value is None else {"redundancy": value}))
    (behind,) = impact.items("behind")
    impact.feed(*((upper, box) for upper in uppers), (box, behind))
    found = impact.related(*uppers[:down], redundancy=True)
    ends = [box, behind] if reached else []
    assert list(found.objects) == [*uppers[:down], *ends]
    assert pairs(found) == ({*((upper, box) for upper in uppers[:down]), (box, behind)} if reached else set())
    assert box in impact.related(uppers[0]).objects


def test_an_object_reached_on_another_way_shows_no_edge_from_what_it_does_not_need(impact: Impact) -> None:
    a, b, direct = impact.items("a", "b", "direct")
    (box,) = impact.items("box", kind="Box", redundancy="1")
    impact.feed((a, box), (b, box), (a, direct))
    found = impact.related(a, box, redundancy=True)
    assert pairs(found) == {(a, direct)}
    assert list(found.objects) == [a, box, direct]


def test_support_that_fails_on_the_way_counts(impact: Impact) -> None:
    top, left, right = impact.items("top", "left", "right")
    (box,) = impact.items("box", kind="Box", redundancy="1")
    impact.feed((top, left), (top, right), (left, box), (right, box))
    assert box in impact.related(top, redundancy=True).objects
    assert box not in impact.related(left, redundancy=True).objects


def test_obsolete_support_does_not_count(impact: Impact) -> None:
    a, b = impact.items("a", "b")
    (box,) = impact.items("box", kind="Box", redundancy="1")
    impact.feed((a, box), (b, box))
    assert box not in impact.related(a, redundancy=True).objects
    impact.change(b, status="old")
    assert box in impact.related(a, redundancy=True).objects


def test_redundancy_does_not_matter_going_up(impact: Impact) -> None:
    a, b = impact.items("a", "b")
    (box,) = impact.items("box", kind="Box", redundancy="1")
    impact.feed((a, box), (b, box))
    assert pairs(impact.related(box, down=False, redundancy=True)) == {(a, box), (b, box)}


@pytest.mark.parametrize(
    ("enabled_mode", "min_up_mode", "value", "rule"),
    [
        ("user", "fixed", "7", Rule(3, True)),
        ("user", "fixed", "disabled", None),
        ("fixed", "user", "disabled", Rule(3, True)),
        ("fixed", "user", "25%", Rule(25, True)),
        ("user", "user", "odd", Rule(0, False)),
    ],
)
def test_what_the_design_fixes_counts(enabled_mode: str, min_up_mode: str, value: str, rule: Rule | None) -> None:
    made = attribute(
        RedundancySettings, "redundancy", enabled=True, enabled_mode=enabled_mode,
        min_up=3, min_up_type="percent", min_up_mode=min_up_mode,
    )  # fmt: skip
    assert isinstance(made, RedundancySettings)
    assert rule_of(made, value) == rule


# -- the number of statements, and their cost


@pytest.mark.parametrize("redundancy", [False, True])
@pytest.mark.parametrize("relation", ["feeds", "carries", "helps", "joins"])
def test_statements_do_not_grow_with_objects(impact: Impact, relation: str, redundancy: bool) -> None:
    counts = set()
    for width in (10, 200):
        (top,) = impact.items("top")
        middle = impact.items(*(f"m{place}" for place in range(width)), host_id=top[1])
        bottom = impact.items(*(f"b{place}" for place in range(width)), kind="Box", redundancy="1")
        impact.feed(*((top, item) for item in middle), *zip(middle, bottom, strict=True))
        for upper, lower in zip(middle, bottom, strict=True):
            impact.change(lower, host_id=upper[1])
        found = impact.related(top, relation=relation, redundancy=redundancy)
        assert len(found.objects) == 1 + 2 * width
        counts.add(impact.statements)
    assert len(counts) == 1


def test_statements_are_compiled_once(impact: Impact) -> None:
    chain = impact.items(*"abcdefgh")
    impact.feed(*zip(chain, chain[1:], strict=False))
    impact.related(chain[0])
    kept = len(impact.store.compiler)
    impact.related(chain[3], depth=2)
    assert len(impact.store.compiler) == kept


def test_the_bundled_design_is_followed(open_store: Callable[[Model], Store]) -> None:
    impact = Impact(open_store(load(bundled())))
    with impact.store.write() as session:
        server = "Server", session.insert("Server", {"name": "s"})
        farm = "Farm", session.insert("Farm", {"name": "f", "redundancy": "1"})
        hosts = [
            ("Hypervisor", session.insert("Hypervisor", {"name": name, "server_id": server[1], "farm_id": farm[1]}))
            for name in ("h1", "h2")
        ]
        person = "Person", session.insert("Person", {"name": "Doe", "first_name": "Ann"})
        session.insert("lnkContactToFunctionalCI", {"contact_id": person[1], "functionalci_id": server[1]})
        power = "PowerSource", session.insert("PowerSource", {"name": "p"})
        session.update("Server", server[1], {"powerA_id": power[1]})
    found = impact.related(power, relation="impacts")
    assert list(found.objects) == [power, server, hosts[0], farm, hosts[1], person]
    assert found.objects[person] == "Ann Doe"
    assert set(impact.related(farm, relation="impacts", down=False).objects) == {farm, *hosts, server, power}
    assert farm not in impact.related(hosts[0], relation="impacts", redundancy=True).objects
    assert farm in impact.related(server, relation="impacts", redundancy=True).objects


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_no_way_of_the_bundled_design_reads_a_whole_table(open_store: Callable[[Model], Store]) -> None:
    store = open_store(load(bundled()))
    neighbours = Desk(store, Impact(store).desk.vault).neighbours
    for name in store.model.classes:
        for down in (True, False):
            for way in neighbours.ways("impacts", name, down):
                for step in way.steps(down):
                    assert isinstance(step, Paired)
                    plan = store.compiler.pairs(step.query, step.at)
                    with store.read() as session:
                        explained = session.connection.rows(
                            f"EXPLAIN QUERY PLAN {plan.statement.sql}", plan.binds({"given": [1, 2]})
                        )
                    scans = [
                        row[3]
                        for row in explained
                        if row[3].startswith("SCAN") and "VIRTUAL" not in row[3] and "gathered" not in row[3]
                    ]
                    assert not scans, (way.neighbour, scans)


# -- against a walk written down plainly

EDGES = st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=16)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    edges=EDGES,
    starts=st.lists(st.integers(0, 7), min_size=1, max_size=3),
    depth=st.integers(-1, 6),
    down=st.booleans(),
)
def test_random_graphs(impact: Impact, edges: list[tuple[int, int]], starts: list[int], depth: int, down: bool) -> None:
    items = impact.items(*"abcdefgh")
    graph: dict[tuple[str, int], set[tuple[str, int]]] = {}
    for upper, lower in edges:
        graph.setdefault(items[upper], set()).add(items[lower])
    impact.feed(*((items[upper], items[lower]) for upper, lower in edges))
    scope = [items[start] for start in starts]
    found = impact.related(*scope, depth=depth, down=down)
    assert (list(found.objects), pairs(found)) == naive(scope, graph, depth, down)
