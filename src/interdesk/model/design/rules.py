"""Naming, reconciliation, uniqueness, ordering, indexes: what ``<properties>`` says of a class beyond its fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from interdesk.model.classes import Method, Naming, UniquenessRule
from interdesk.model.design.faults import Findings
from interdesk.model.design.labels import Labels
from interdesk.model.design.node import TRUE, Node
from interdesk.model.design.tree import Draft


def listed(holder: Node | None) -> tuple[str, ...]:
    """The ids of ``<attribute id="..."/>`` entries, by rank where they have one."""
    if holder is None:
        return ()
    entries = [(entry.id or entry.value, entry.content("rank")) for entry in holder if entry.tag == "attribute"]
    if entries and all(rank.replace(".", "", 1).isdecimal() for _code, rank in entries):
        entries.sort(key=lambda entry: float(entry[1]))
    return tuple(code for code, _rank in entries if code)


def nearest(draft: Draft, path: str) -> Node | None:
    """The node at ``path`` of the class or its nearest ancestor that has entries there."""
    for owner in draft.line:
        found = owner.node.at(path)
        if found is not None and (len(found) or found.value):
            return found
    return None


def naming(draft: Draft, labels: Labels) -> Naming:
    """The format of a class's own attributes, or the inherited one; a text ``Class:X/Name`` decides."""
    for owner in draft.line:
        attributes = listed(owner.node.at("properties/naming/attributes"))
        if not attributes:
            continue
        format = next(
            (found for at in _up_to(draft, owner) if (found := labels.entries.get(f"Class:{at.name}/Name"))),
            owner.node.content("properties/naming/format"),
        )
        joined = " ".join(f"%{place}$s" for place in range(1, len(attributes) + 1))
        return Naming(format or joined, attributes)
    return Naming()


def _up_to(draft: Draft, owner: Draft) -> tuple[Draft, ...]:
    line = draft.line
    return line[: line.index(owner) + 1]


def complementary(draft: Draft) -> tuple[str, ...]:
    return listed(nearest(draft, "properties/naming/complementary_attributes"))


def reconciliation(draft: Draft) -> tuple[str, ...]:
    return listed(nearest(draft, "properties/reconciliation/attributes"))


def order(draft: Draft) -> tuple[tuple[str, bool], ...]:
    holder = nearest(draft, "properties/order/columns")
    columns = holder.all("column") if holder is not None else []
    return tuple((column.id, column.attributes.get("ascending", "true").lower() in TRUE) for column in columns)


def indexes(draft: Draft) -> tuple[tuple[str, ...], ...]:
    found = [listed(index.at("attributes")) for index in draft.node.all("properties/indexes/index")]
    return tuple(index for index in found if index)


def uniqueness(draft: Draft, labels: Labels, findings: Findings) -> dict[str, UniquenessRule]:
    """Own and inherited rules; a rule known above only changes ``disabled`` and ``is_blocking`` here."""
    rules = dict(uniqueness(draft.parent, labels, Findings())) if draft.parent is not None else {}
    for node in draft.node.all("properties/uniqueness_rules/rule"):
        attributes = listed(node.at("attributes"))
        inherited = rules.get(node.id)
        if inherited is not None:
            rules[node.id] = replace(
                inherited,
                disabled=node.flag("disabled", inherited.disabled),
                blocking=node.flag("is_blocking", inherited.blocking),
            )
            continue
        if not attributes:
            findings.fault(
                node, f"uniqueness rule {node.id!r} has no attributes", "list them in <attributes>, or remove the rule"
            )
        rules[node.id] = UniquenessRule(
            name=node.id,
            attributes=attributes,
            filter=node.content("filter") or None,
            disabled=node.flag("disabled"),
            blocking=node.flag("is_blocking", True),
            defined_on=draft.name,
            message=labels.entry(draft, f"/UniquenessRule:{node.id}") or "",
        )
    return rules


def methods(draft: Draft) -> dict[str, Method]:
    """The PHP methods of the class itself, bodies untouched."""
    return {
        node.id: Method(
            name=node.id,
            kind=node.content("type"),
            static=node.flag("static"),
            access=node.content("access", "public"),
            body=(node.at("code") or node).text,
        )
        for node in draft.node.all("methods/method")
    }


def check_rules(draft: Draft, findings: Findings) -> None:
    """Faults for every attribute that the class's own rules name and the class lacks."""
    properties = draft.node.at("properties")
    if properties is None:
        return
    places = [
        *((entry, "naming") for entry in properties.all("naming/attributes/attribute")),
        *((entry, "naming") for entry in properties.all("naming/complementary_attributes/attribute")),
        *((entry, "reconciliation") for entry in properties.all("reconciliation/attributes/attribute")),
        *((column, "order") for column in properties.all("order/columns/column")),
        *(
            (entry, f"uniqueness rule {rule.id!r}")
            for rule in properties.all("uniqueness_rules/rule")
            for entry in rule.all("attributes/attribute")
        ),
        *(
            (e, f"index {index.id!r}")
            for index in properties.all("indexes/index")
            for e in index.all("attributes/attribute")
        ),
    ]
    for place, meaning in places:
        code = place.id or place.value
        if code != "id" and code not in draft.attributes:
            unknown_attribute(place, draft, code, meaning, findings)


def unknown_attribute(place: Node, draft: Draft, code: str, meaning: str, findings: Findings) -> None:
    findings.fault(
        place, f"{meaning} names attribute {code!r}, which class {draft.name} has not", cure_for(code, draft.attributes)
    )


def cure_for(word: str, known: Mapping[str, object]) -> str:
    """What to write instead: the nearest known word, if one is near."""
    import difflib

    near = difflib.get_close_matches(word, known, 1, 0.7)
    return f"write {near[0]!r}, or define {word!r}" if near else f"define {word!r}, or remove the reference"
