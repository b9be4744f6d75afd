"""Gives a design back: the merged document as XML, or the loaded model as JSON-ready data."""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from interdesk.errors import DesignError
from interdesk.model.classes import Model
from interdesk.model.design.faults import Findings
from interdesk.model.design.loader import build, merged
from interdesk.model.design.node import Node
from interdesk.model.design.upgrade import CURRENT

XSI = "http://www.w3.org/2001/XMLSchema-instance"


def export_xml(files: Sequence[Path]) -> str:
    """The files merged into one document, which loads as the same model. Raises DesignError."""
    findings = Findings()
    document = merged(files, findings)
    if document is not None:
        build(document, findings)
    if document is None or findings.faults:
        raise DesignError(findings.faults)
    head = {"xmlns:xsi": XSI, "version": CURRENT}
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', f"<itop_design{_attributes(head)}>"]
    for section in document:
        lines += _lines(section, "  ")
    lines.append("</itop_design>")
    return "\n".join(lines) + "\n"


def _lines(node: Node, indent: str) -> Iterator[str]:
    head = f"{indent}<{node.tag}{_attributes(node.attributes)}"
    if len(node):
        yield f"{head}>"
        for child in node:
            yield from _lines(child, indent + "  ")
        yield f"{indent}</{node.tag}>"
    elif node.text:
        yield f"{head}>{_escaped(node.text)}</{node.tag}>"
    else:
        yield f"{head}/>"


def _escaped(text: str) -> str:
    """Markup and longer texts go into CDATA, where PHP and OQL stay readable."""
    if "\r" not in text and any(mark in text for mark in "<>&\n"):
        return "<![CDATA[" + text.replace("]]>", "]]]]><![CDATA[>") + "]]>"
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#13;")


def _attributes(attributes: Mapping[str, str]) -> str:
    escapes = {"&": "&amp;", "<": "&lt;", '"': "&quot;", "\n": "&#10;", "\t": "&#9;", "\r": "&#13;"}
    return "".join(f' {name}="{"".join(escapes.get(c, c) for c in value)}"' for name, value in attributes.items())


def export_json(model: Model) -> dict[str, Any]:
    """The model as plain data: classes with all attributes, life cycles and rules, rights, constants, texts."""
    told: dict[str, Any] = {
        field.name: _plain(getattr(model, field.name)) for field in dataclasses.fields(model) if field.name != "opaque"
    }
    return {"fingerprint": told.pop("fingerprint"), **told, "kept_unread": list(model.opaque)}


def _plain(value: Any) -> Any:
    if isinstance(value, enum.Flag):
        return [member.name.lower() for member in type(value) if member in value and member.name]
    if isinstance(value, enum.Enum):
        return value.value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        if any(isinstance(key, tuple) for key in value):
            return [_plain(entry) for entry in value.values()]
        return {str(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    if isinstance(value, (list, tuple)):
        return [_plain(entry) for entry in value]
    return value
