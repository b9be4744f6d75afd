"""core/get_related: impact analysis. Source: facts ``itop_rest_quirks.md`` 30, ``itop_rights_and_deletion.md`` 9."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from json.encoder import encode_basestring as quoted
from typing import Any, NamedTuple

import msgspec

from interdesk.desk.nodes import Nodes, Place
from interdesk.desk.related import Related
from interdesk.dialects.itop import keys, php
from interdesk.dialects.itop.errors import INTERNAL_ERROR, UNAUTHORIZED, RestError
from interdesk.dialects.itop.fields_in import Incoming
from interdesk.dialects.itop.operations import Call
from interdesk.dialects.itop.replies import answer
from interdesk.model import ObjectClass

DEFAULT_DEPTH = 20
NO_RELATIONS: dict[str, Any] = {"relations": []}
OFF: tuple[Any, ...] = (None, False, 0, "", "0", [], {})
VALID_DIRECTIONS = "Valid values are 'up' and 'down'"
EXPORT_REFUSED = "The current user does not have enough permissions for exporting data of class(es): {}"
NEXT_KEY = '"},{"key":"'
DEPENDS_ON = "depends on"  # the name that the reverse of a relation once had


def core_get_related(call: Call) -> dict[str, Any]:
    """The objects that a relation connects with those of the key, which come first, and the links between them."""
    cls, key = call.cls(), call.needed("key")
    relation = php.to_text(call.needed("relation"))
    depth = call.data.get("depth")
    hops = DEFAULT_DEPTH if depth is None else php.to_integer(depth)
    redundancy = call.data.get("redundancy") not in OFF
    direction = call.data.get("direction")
    backwards = direction is None and relation == DEPENDS_ON
    if backwards:
        relation, direction = "impacts", "up"
    if direction is None:
        direction = "down"
    if direction not in ("up", "down"):
        message = f"Invalid value: '{php.to_text(direction)}' for the parameter 'direction'. {VALID_DIRECTIONS}"
        raise RestError(INTERNAL_ERROR, message, refusal=True, extra=NO_RELATIONS)
    down = direction == "down"
    with call.desk.reading() as reader:
        scope = _scope(call, Incoming(call.desk, call.actor, reader), cls, key)
        found = call.desk.related(call.actor, reader, scope, relation, down=down, depth=hops, redundancy=redundancy)
    # Going up, redundancy leaves the objects as they are and the relations out: as recorded.
    shown = _shown(found, "none" if redundancy and not down else "reversed" if backwards else "plain")
    _require_export(call, shown.counts)
    return {**answer(_message(len(scope), shown.counts), shown.objects), "relations": shown.relations}


class Shown(NamedTuple):
    """The parts of an answer: how many objects of which class, and what is written of them."""

    counts: Mapping[str, int]
    objects: msgspec.Raw | None
    relations: msgspec.Raw | Sequence[Any]


def _shown(found: Related, links: str) -> Shown:
    """``links``: none, plain or reversed. Written once, as long as the desk remembers what was found."""
    if (known := found.shown.get(("itop", links))) is None:
        nodes = found.nodes
        counts = Counter(map(nodes.classes.__getitem__, found.found))
        ends = {} if links == "none" else _reversed(found.ends) if links == "reversed" else found.ends
        shown = [f"{name}::{number}" for name, number in zip(nodes.classes, nodes.ids, strict=True)]
        objects = _objects(nodes, found.found, shown) if found.found else None
        known = found.shown["itop", links] = Shown(counts, objects, _relations(ends, shown) if ends else [])
    assert isinstance(known, Shown)
    return known


def _scope(call: Call, incoming: Incoming, cls: ObjectClass, key: Any) -> list[Place]:
    """What the key finds; nothing in a class that the actor may not read, as recorded."""
    search = keys.several(incoming, cls, key)
    found = search.query.cls
    if not call.desk.rights.allows(call.actor, "read", found):
        return []
    return [(final or found.name, number) for number, final in incoming.find(search.query, search.args)]


def _require_export(call: Call, names: Iterable[str]) -> None:
    """Raises RestError that names the classes which the actor may not export."""
    model, rights = call.desk.model, call.desk.rights
    if refused := [name for name in names if not rights.allows(call.actor, "bulk read", model.cls(name))]:
        raise RestError(UNAUTHORIZED, EXPORT_REFUSED.format(", ".join(refused)), refusal=True, extra=NO_RELATIONS)


def _reversed(ends: Mapping[int, Sequence[int]]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for upper, lowers in ends.items():
        for lower in lowers:
            found.setdefault(lower, []).append(upper)
    return found


def _message(scope: int, counts: Mapping[str, int]) -> str:
    related = ", ".join(f"{name}= {count}" for name, count in counts.items())
    return f"Scope: {scope}; Related objects: {related}" if counts else "Nothing found"


# Answers of thousands of objects are common, so that they are written as JSON at once: no mapping for each of them.


def _objects(nodes: Nodes, found: Iterable[int], shown: Sequence[str]) -> msgspec.Raw:
    """``objects``: an entry for each object, with its id and friendly name. ``shown`` is what stands for a number."""
    classes, ids, names = nodes.classes, nodes.ids, nodes.names
    return _joined(
        [
            f'"{shown[number]}":{{"code":0,"message":"","class":"{classes[number]}","key":"{(key := ids[number])}",'
            f'"fields":{{"id":"{key}","friendlyname":{quoted(names[number] or "")}}}}}'
            for number in found
        ]
    )


def _relations(ends: Mapping[int, Sequence[int]], shown: Sequence[str]) -> msgspec.Raw:
    """``relations``: where the edges lead from each of the objects that have any."""
    return _joined(
        [
            f'"{shown[upper]}":[{{"key":"{NEXT_KEY.join([shown[lower] for lower in lowers])}"}}]'
            for upper, lowers in ends.items()
        ]
    )


def _joined(members: list[str]) -> msgspec.Raw:
    return msgspec.Raw(f"{{{','.join(members)}}}".encode())
