"""Impact analyses that are remembered: never other than what would be found anew, whoever writes and whoever asks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from interdesk.desk import SYSTEM, Actor, Desk, Limits
from interdesk.desk.related import Related
from interdesk.store import Store
from interdesk.store.bulk import Bulk
from tests.desk.impact import Impact, Place, impact_model, pairs
from tests.support.databases import Databases
from tests.support.people import SUPPORT, actor_of, add, add_user

ONE = 1  # statement: whether something was written since


class Processes:
    """Desks of two processes over one database, and one that remembers nothing."""

    def __init__(self, url: str) -> None:
        self.stores = [Store.open(url, impact_model()) for _ in range(3)]
        self.left, self.right = (Impact(store) for store in self.stores[:2])
        self.forgetful = Impact(self.stores[2], Limits(kept_related=0))

    def close(self) -> None:
        for store in self.stores:
            store.close()


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def processes(request: pytest.FixtureRequest, databases: Databases) -> Iterator[Processes]:
    url = databases.with_schema(request.param, impact_model())
    made = Processes(url)
    yield made
    made.close()
    databases.drop(url)


@pytest.fixture
def impact(processes: Processes) -> Impact:
    return processes.left


def fan(impact: Impact, **values: object) -> tuple[Place, list[Place]]:
    (top,) = impact.items("top")
    return top, impact.items("a", "b", host_id=top[1], **values)


def test_the_second_time_only_the_mark_is_read(impact: Impact) -> None:
    top, (a, b) = fan(impact)
    first = impact.related(top, relation="carries")
    assert impact.statements > ONE
    assert impact.related(top, relation="carries") is first
    assert impact.statements == ONE
    assert list(first.objects) == [top, a, b]


@pytest.mark.parametrize(
    "other", [{"depth": 1}, {"down": False}, {"redundancy": True}, {"relation": "feeds"}, {"relation": "helps"}]
)
def test_another_question_has_another_answer(impact: Impact, other: dict[str, object]) -> None:
    top, (a, _) = fan(impact)
    impact.items("c", host_id=a[1])
    first = impact.related(top, relation="carries")
    found = impact.related(top, **{"relation": "carries", **other})
    assert found is not first
    assert impact.statements > ONE


def test_what_another_process_writes_is_seen_at_once(processes: Processes) -> None:
    left, right = processes.left, processes.right
    top, (a, b) = fan(left)
    assert list(left.related(top, relation="carries").objects) == [top, a, b]
    right.change(a, name="renamed")
    assert left.related(top, relation="carries").objects[a] == "renamed"
    right.change(b, status="old")
    assert list(left.related(top, relation="carries").objects) == [top, a]
    with right.store.write() as session:
        session.delete("Item", a[1])
    assert list(left.related(top, relation="carries").objects) == [top]


def test_what_was_undone_changes_nothing(impact: Impact) -> None:
    top, _ = fan(impact)
    first = impact.related(top, relation="carries")
    with pytest.raises(ZeroDivisionError), impact.store.write() as session:
        session.insert("Item", {"name": "c", "host_id": top[1]})
        raise ZeroDivisionError
    assert impact.related(top, relation="carries") is first


def test_what_is_being_written_is_seen_by_its_writer_only(impact: Impact) -> None:
    def seen(desk: Desk, session: object) -> Related:
        reader = desk.reader(session, SYSTEM)
        return desk.related(SYSTEM, reader, [top], "carries")

    top, (a, b) = fan(impact)
    first = impact.related(top, relation="carries")
    with impact.store.write() as session:
        session.update("Item", a[1], {"name": "changed"})
        assert seen(impact.desk, session).objects[a] == "changed"
        session.update("Item", a[1], {"name": "a"})
        session.update("Item", b[1], {"host_id": 0})
        assert list(seen(impact.desk, session).objects) == [top, a]
        session.update("Item", b[1], {"host_id": top[1]})
    assert impact.related(top, relation="carries").objects == first.objects


def test_rows_that_were_put_past_the_desk_are_seen(impact: Impact) -> None:
    top, (a, b) = fan(impact)
    impact.related(top, relation="carries")
    with impact.store.write() as session:
        key = session.reserve("Item")
        columns = {"id": key, "finalclass": "Item", "name": "put", "host_id": top[1], "status": "live"}
        table = impact.store.schema.table("Item")
        defaults = {column.name: "" if "TEXT" in str(column.type).upper() else 0 for column in table.columns}
        row = {**defaults, **columns}
        Bulk.of(session).put(table.name, list(row), [list(row.values())])
    assert list(impact.related(top, relation="carries").objects) == [top, a, b, ("Item", key)]


@pytest.mark.parametrize("relation", ["spares", "dates", "belongs", "names"])
def test_what_depends_on_more_than_the_watched_tables_is_asked_anew(impact: Impact, relation: str) -> None:
    top, (a, _) = fan(impact)
    impact.change(top, pattern="a")
    first = impact.related(top, relation=relation)
    once = impact.statements
    with impact.store.write() as session:
        session.insert("Ban", {"item_id": a[1]})
    second = impact.related(top, relation=relation)
    assert impact.statements == once > ONE
    assert (a in first.objects, a in second.objects) != (True, True) or relation != "spares"


def test_those_used_last_stay(processes: Processes) -> None:
    impact = Impact(processes.stores[0], Limits(kept_related=14))
    places = [fan(impact)[0] for _ in range(3)]
    first, second, third = (impact.related(place, relation="carries") for place in places)
    assert impact.related(places[1], relation="carries") is second
    assert impact.related(places[2], relation="carries") is third
    assert impact.related(places[0], relation="carries") is not first
    (top,) = impact.items("top")
    impact.items(*"abcdefghijk", host_id=top[1])
    assert impact.related(top, relation="carries") is not impact.related(top, relation="carries"), "too large to keep"


def test_small_answers_take_their_place_too(processes: Processes) -> None:
    impact = Impact(processes.stores[0], Limits(kept_related=14))
    fan(impact)
    first = impact.related(relation="carries")
    assert impact.related(relation="carries") is first
    for depth in range(1, 9):
        impact.related(relation="carries", depth=depth)
    assert impact.related(relation="carries") is not first


def test_links_take_their_place_too(processes: Processes) -> None:
    impact = Impact(processes.stores[0], Limits(kept_related=100))
    above, below = impact.items(*"abcdefghijklmnop"), impact.items(*"abcdefghijklmnop")
    impact.feed(*((upper, lower) for upper in above for lower in below))
    first = impact.related(*above)
    assert impact.related(*above) is first
    other = impact.related(*above[1:])
    assert impact.related(*above[1:]) is other
    assert impact.related(*above) is not first, "32 objects and 256 links are more than half of what is kept"


def test_nothing_is_kept_of_a_relation_that_nobody_declares(impact: Impact) -> None:
    top, _ = fan(impact)
    assert impact.related(top, relation="unheard of") is not impact.related(top, relation="unheard of")


def test_none_are_kept_where_none_are_wished(processes: Processes) -> None:
    impact = processes.forgetful
    top, _ = fan(impact)
    assert impact.related(top, relation="carries") is not impact.related(top, relation="carries")


def test_everybody_gets_what_he_may_see(bundled_desk: Desk) -> None:
    own, foreign = add(bundled_desk, "Organization", name="own"), add(bundled_desk, "Organization", name="foreign")
    server = add(bundled_desk, "Server", name="srv", org_id=own)
    shown = add(bundled_desk, "Hypervisor", name="shown", org_id=own, server_id=server)
    hidden = add(bundled_desk, "Hypervisor", name="hidden", org_id=foreign, server_id=server)
    with bundled_desk.transaction(SYSTEM) as tx:
        ann, bob = add_user(tx, "ann", (SUPPORT,), [own]), add_user(tx, "bob", (SUPPORT,))

    def seen(who: Actor) -> set[int]:
        with bundled_desk.reading(who) as reader:
            found = bundled_desk.related(who, reader, [("Server", server)], "impacts")
        return {key for name, key in found.objects if name == "Hypervisor"}

    for _ in range(2):
        assert seen(SYSTEM) == seen(actor_of(bundled_desk, bob)) == {shown, hidden}
        assert seen(actor_of(bundled_desk, ann)) == {shown}
        assert seen(Actor(99_999, "cid", "Cid")) == set(), "no profile, no grant"


# -- against a desk that remembers nothing

CHANGE = st.tuples(
    st.sampled_from(["feed", "unfeed", "host", "rename", "age", "undone"]), st.integers(0, 4), st.integers(0, 4)
)
ASKED = st.tuples(
    st.just("ask"), st.integers(0, 4), st.sampled_from(["feeds", "carries", "leans on", "helps", "joins", "spares"])
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps=st.lists(st.tuples(st.booleans(), st.booleans(), CHANGE | ASKED), max_size=25))
def test_answers_are_those_of_a_desk_without_memory(
    processes: Processes, steps: list[tuple[bool, bool, tuple[str, int, int | str]]]
) -> None:
    items = processes.left.items(*"abcd") + processes.left.items("e", kind="Box", redundancy="1")
    for at_left, down, (what, first, second) in steps:
        impact = processes.left if at_left else processes.right
        if isinstance(second, str):
            asked = {"relation": second, "down": down, "redundancy": first % 2 == 0}
            found, expected = (one.related(items[first], **asked) for one in (impact, processes.forgetful))
            assert (found.objects, pairs(found)) == (expected.objects, pairs(expected))
        else:
            write(impact, what, items[first], items[second])


def write(impact: Impact, what: str, one: Place, other: Place) -> None:
    if what == "feed":
        impact.feed((one, other))
    elif what == "unfeed":
        with impact.store.write() as session:
            rows = session.connection.rows(f'SELECT id FROM "Feed" WHERE from_id = {one[1]}')
            session.delete_all("Feed", [key for (key,) in rows])
    elif what == "host":
        impact.change(one, host_id=other[1])
    elif what == "rename":
        impact.change(one, name=f"{one}{other}")
    elif what == "age":
        impact.change(one, status="old" if one[1] > other[1] else "live")
    else:
        with pytest.raises(ZeroDivisionError), impact.store.write() as session:
            session.update(*one, {"name": "undone"})
            raise ZeroDivisionError
