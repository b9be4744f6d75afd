"""JOIN ... ON: which key meets which id, and in which direction. Rules: facts ``itop_oql`` section 4."""

from __future__ import annotations

from collections.abc import Mapping

from interdesk.model.attributes import ExternalKey, HierarchicalKey, ObjectKey
from interdesk.model.classes import Model, ObjectClass
from interdesk.oql import resolved, tree
from interdesk.oql.errors import NameFault

Aliases = Mapping[str, ObjectClass]


def bind_join(join: tree.Join, alias: str, aliases: Aliases, model: Model, text: str) -> resolved.Join:
    """``aliases`` holds all declared so far, ``alias`` (that of the joined class) last. Raises NameFault."""
    left, right = join.left, join.right
    if right.name != "id":
        issue = "Wrong format for Join clause (right hand), expecting an id"
        raise NameFault(issue, right.name, right.at, text, ("id",))
    source = _declared(left, "left", aliases, text)
    target = _declared(right, "right", aliases, text)
    key = source.attributes.get(left.name)
    if not isinstance(key, ExternalKey):
        keys = tuple(code for code, found in source.attributes.items() if isinstance(found, ExternalKey))
        raise NameFault("Unknown key in join condition (left expression)", left.name, left.at, text, keys)
    assert left.alias is not None and right.alias is not None  # _declared saw to it
    if (left.alias == alias) is (right.alias == alias):
        others = tuple(found for found in aliases if found != alias) if right.alias == alias else (alias,)
        issue = "Unknown class in join condition (right expression)"
        raise NameFault(issue, right.alias, right.alias_at, text, others)
    if not isinstance(key, ObjectKey) and not _same_branch(target.name, key.target_class, model):
        issue = (
            f"The joined class ({target.name}) is not compatible with the external key, "
            f"which is pointing to {key.target_class}"
        )
        raise NameFault(issue, left.name, left.at, text)
    if join.op != "=" and not isinstance(key, HierarchicalKey):
        issue = f"The specified tree operator {join.op.replace(' ', '_')} is not applicable to the key"
        raise NameFault(issue, left.name, left.at, text)
    optional = join.op == "=" and right.alias == alias and key.null_allowed
    field = resolved.Field(left.alias, left.name, key)
    return resolved.Join(alias, aliases[alias], field, right.alias, join.op, optional)


def companion_test(join: resolved.Join, aliases: Aliases, model: Model) -> resolved.InList | None:
    """For an ObjectKey: its class attribute names a class of the joined family."""
    key = join.left.attribute
    if not isinstance(key, ObjectKey):
        return None
    code = key.class_attribute
    field = resolved.Field(join.left.alias, code, aliases[join.left.alias].attributes[code])
    family = model.family(aliases[join.right].name)
    return resolved.InList(field, tuple(resolved.Literal(name) for name in family))


def _declared(field: tree.Field, side: str, aliases: Aliases, text: str) -> ObjectClass:
    cls = aliases.get(field.alias) if field.alias is not None else None
    if cls is None:
        issue = f"Unknown class in join condition ({side} expression)"
        raise NameFault(issue, field.alias or "", field.alias_at, text, tuple(aliases))
    return cls


def _same_branch(one: str, other: str, model: Model) -> bool:
    return model.is_a(one, other) or model.is_a(other, one)
