"""A small design with every sort of neighbour, a desk for it, and the walk as one would write it down."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from interdesk.desk import SYSTEM, Actor, Desk, Limits
from interdesk.desk.related import Related
from interdesk.desk.secrets import Vault
from interdesk.model import Model
from interdesk.store import Store
from tests.model.written import classes, cls, enum, field, key, loaded

Place = tuple[str, int]
Graph = Mapping[Place, Iterable[Place]]  # from what impacts to what it impacts

REDUNDANCY = (
    "<relation_code>feeds</relation_code><from_class>Item</from_class><neighbour_id>linked</neighbour_id>"
    "<enabled>{}</enabled><enabled_mode>{}</enabled_mode>"
    "<min_up>{}</min_up><min_up_type>{}</min_up_type><min_up_mode>{}</min_up_mode>"
)


def redundancy(enabled: str, enabled_mode: str, min_up: int, kind: str, min_up_mode: str) -> str:
    inside = REDUNDANCY.format(enabled, enabled_mode, min_up, kind, min_up_mode)
    return field("redundancy", "AttributeRedundancySettings", inside)


def relation(name: str, *neighbours: str) -> str:
    return f'<relation id="{name}"><neighbours>{"".join(neighbours)}</neighbours></relation>'


def neighbour(name: str, *, attribute: str = "", down: str = "", up: str = "", direction: str = "both") -> str:
    written = {"attribute": attribute, "query_down": down, "query_up": up, "direction": direction}
    inside = "".join(f"<{tag}>{text}</{tag}>" for tag, text in written.items() if text)
    return f'<neighbour id="{name}">{inside}</neighbour>'


def link_set(code: str, linked: str, mine: str, remote: str = "") -> str:
    kind = "AttributeLinkedSetIndirect" if remote else "AttributeLinkedSet"
    far = f"<ext_key_to_remote>{remote}</ext_key_to_remote>" if remote else ""
    inside = f"<linked_class>{linked}</linked_class><ext_key_to_me>{mine}</ext_key_to_me>{far}"
    return field(code, kind, inside)


ITEM = cls(
    "Item",
    field("name") + field("pattern") + enum("status", "live", "old", default="live")
    + key("host_id", "Item") + key("spare_id", "Item")
    + link_set("targets", "Feed", "from_id", "to_id") + link_set("guests", "Item", "host_id"),
    properties='<naming><attributes><attribute id="name"/></attributes></naming>'
    "<obsolescence><condition>status = 'old'</condition></obsolescence>",
    rest="<relations>"
    + relation("feeds", neighbour("linked", attribute="targets"))
    + relation("carries", neighbour("guest", attribute="guests"))
    + relation("leans on", neighbour("host", attribute="host_id"))
    + relation("tells", neighbour("linked", attribute="targets", direction="down"))
    + relation("helps", neighbour(
        "either",
        down="SELECT Item WHERE host_id = :this->id OR spare_id = :this->id",
        up="SELECT Item WHERE id = :this->host_id UNION SELECT Item WHERE id = :this->spare_id",
    ))
    + relation("joins", neighbour(
        "linked",
        down="SELECT Item AS t JOIN Feed AS f ON f.to_id = t.id WHERE f.from_id = :this->id",
        up="SELECT Item WHERE id IN "
        "(SELECT i FROM Item AS i JOIN Feed AS f ON f.from_id = i.id WHERE f.to_id = :this->id)",
    ))
    + relation("names", neighbour(
        "alike",
        down="SELECT Item WHERE name REGEXP :this->pattern AND id != :this->id",
        direction="down",
    ))
    + relation("spares", neighbour(
        "allowed",
        down="SELECT Item WHERE host_id = :this->id AND id NOT IN "
        "(SELECT i FROM Item AS i JOIN Ban AS b ON b.item_id = i.id)",
        direction="down",
    ))
    + relation("dates", neighbour(
        "guest", down="SELECT Item WHERE host_id = :this->id AND NOW() > '2001-01-01'", direction="down",
    ))
    + relation("belongs", neighbour(
        "mine", down="SELECT Item WHERE host_id = :this->id AND name = :current_user->login", direction="down",
    ))
    + "</relations>",
)  # fmt: skip

DESIGN = classes(
    ITEM,
    cls("Box", redundancy("true", "user", 1, "count", "user"), parent="Item"),
    cls("Half", redundancy("true", "fixed", 50, "percent", "fixed"), parent="Item"),
    cls("Off", redundancy("false", "fixed", 1, "count", "fixed"), parent="Item"),
    cls(
        "Feed",
        key("from_id", "Item") + key("to_id", "Item"),
        properties="<is_link>1</is_link>",
    ),
    cls("Ban", key("item_id", "Item")),
)


@cache
def impact_model() -> Model:
    with TemporaryDirectory() as folder:
        return loaded(Path(folder), DESIGN)


class Impact:
    """A desk over an empty store of the small design."""

    def __init__(self, store: Store, limits: Limits | None = None) -> None:
        self.store = store
        self.desk = Desk(store, Vault("a key only for tests"), limits=limits)
        self.statements = 0

    def items(self, *names: str, kind: str = "Item", **values: object) -> list[Place]:
        with self.store.write() as session:
            return [(kind, session.insert(kind, {"name": name, **values})) for name in names]

    def feed(self, *pairs: tuple[Place, Place]) -> None:
        with self.store.write() as session:
            for upper, lower in pairs:
                session.insert("Feed", {"from_id": upper[1], "to_id": lower[1]})

    def change(self, place: Place, **values: object) -> None:
        with self.store.write() as session:
            session.update(place[0], place[1], values)

    def related(
        self,
        *scope: Place,
        relation: str = "feeds",
        down: bool = True,
        depth: int = 20,
        redundancy: bool = False,
        actor: Actor = SYSTEM,
    ) -> Related:
        with self.desk.reading() as reader:
            before = reader.session.statements
            found = self.desk.related(actor, reader, scope, relation, down=down, depth=depth, redundancy=redundancy)
            self.statements = reader.session.statements - before
            return found


def naive(scope: Iterable[Place], graph: Graph, depth: int, down: bool) -> tuple[list[Place], set[tuple[Place, Place]]]:
    """Objects in the order of finding, and (upper, lower) pairs: recursive, one object after the other."""
    onward: dict[Place, list[Place]] = {}
    for upper, lowers in graph.items():
        for lower in lowers:
            start, end = (upper, lower) if down else (lower, upper)
            onward.setdefault(start, []).append(end)
    found = list(dict.fromkeys(scope))
    edges: set[tuple[Place, Place]] = set()

    def leave(place: Place, left: int) -> None:
        if left <= 0:
            return
        for end in sorted(onward.get(place, ()), key=lambda one: one[1]):
            edges.add((place, end) if down else (end, place))
            if end not in found:
                found.append(end)
                leave(end, left - 1)

    for start in list(found):
        leave(start, depth)
    return found, edges


def pairs(found: Related) -> set[tuple[Place, Place]]:
    return {(upper, lower) for upper, lowers in found.edges.items() for lower in lowers}
