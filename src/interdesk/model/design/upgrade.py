"""Brings the shapes of older versions of the language into today's, before merging.

Each rule looks for the old shape itself rather than for a version, as files of mixed age are common.
"""

from __future__ import annotations

from collections.abc import Callable

from interdesk.model.design.node import Node

CURRENT = "3.3"


def upgrade(root: Node) -> None:
    """Changes the tree in place. Instructions (``_delta``) of a moved node go with it."""
    for owner in [node for node in root.walk() if node.tag == "class"]:
        for rule in RULES:
            rule(owner)
    for values in [node for node in root.walk() if node.tag == "values"]:
        if values.parent is not None and values.parent.tag == "field":
            for value in values:
                _wrap_value(value)


def _wrap_value(value: Node) -> None:
    """``<value id="x">x</value>`` becomes ``<value id="x"><code>x</code></value>``."""
    if value.tag != "value" or not value.value:
        return
    code = value.value
    value.text = ""
    if not value.id:
        value.rename(code)
    value.append(Node("code", {}, value.file, value.line)).text = code


def _state_attribute(owner: Node) -> None:
    lifecycle = owner.at("lifecycle")
    old = lifecycle.at("attribute") if lifecycle is not None else None
    if lifecycle is not None and old is not None:
        lifecycle.remove(old)
        _move(owner, old, "properties/fields_semantic", "state_attribute")


def _out_of_properties(tag: str, path: str) -> Callable[[Node], None]:
    """A rule that moves ``properties/<tag>`` to ``path``."""

    def rule(owner: Node) -> None:
        properties = owner.at("properties")
        old = properties.at(tag) if properties is not None else None
        if properties is not None and old is not None:
            properties.remove(old)
            _move(owner, old, path, tag)

    return rule


def _display_template(owner: Node) -> None:
    properties = owner.at("properties")
    old = properties.at("display_template") if properties is not None else None
    if properties is not None and old is not None:
        properties.remove(old)


RULES: tuple[Callable[[Node], None], ...] = (
    _state_attribute,
    _out_of_properties("state_attribute", "properties/fields_semantic"),
    _out_of_properties("image_attribute", "properties/fields_semantic"),
    _out_of_properties("icon", "properties/style"),
    _display_template,
)


def _move(owner: Node, old: Node, path: str, tag: str) -> None:
    """Puts ``old`` under ``path`` as ``tag``; the holders made on the way merge whatever is there."""
    holder = owner
    for step in path.split("/"):
        found = holder.at(step)
        holder = found if found is not None else holder.append(Node(step, {"_delta": "merge"}, old.file, old.line))
    if holder.at(tag) is None:
        moved = holder.append(Node(tag, old.attributes, old.file, old.line))
        moved.text = old.text
