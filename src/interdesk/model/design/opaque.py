"""Names the parts of a design that are kept and not run: PHP, and sections that only the original's console reads."""

from __future__ import annotations

from interdesk.model.design.faults import Findings
from interdesk.model.design.node import Node

CONSOLE_SECTIONS = frozenset({"menus", "portals", "module_designs", "branding", "files", "events", "meta"})


def opaque_parts(document: Node, findings: Findings) -> None:
    """Adds one note for each."""
    for owner in document.all("classes/class"):
        for method in owner.all("methods/method"):
            kind = method.content("type") or "method"
            findings.note(method, f"PHP of {owner.id}::{method.id} ({kind}) is kept and not run")
        for listener in owner.all("event_listeners/event_listener"):
            event = listener.content("event")
            findings.note(listener, f"PHP listener {listener.id!r} of {owner.id} for {event} is kept and not run")
    for snippet in document.all("snippets/snippet"):
        findings.note(snippet, "PHP snippet is kept and not run")
    for section in document:
        if section.tag in CONSOLE_SECTIONS and len(section):
            findings.note(section, f"{len(section)} entries are kept and not used")
