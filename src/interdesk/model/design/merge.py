"""Merges deltas into one document, as the ``_delta`` instructions say."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePath

from interdesk.model.design.faults import Findings
from interdesk.model.design.node import Node

# Holders of a compiled file that gather entries of their own; everything else in it is taken whole.
CONTAINERS = frozenset({"dictionary", "entries", "groups", "profiles"})
# Branches that the bundled design has little or nothing of, where stock designs have much: the console, PHP, texts.
# There, a delta written for a stock design may speak to a target that is missing.
LENIENT_BRANCHES = frozenset(
    {
        "attribute_properties_definition", "branding", "comment", "dictionaries", "event_listeners", "events", "files",
        "highlight", "highlight_scale", "menus", "meta", "methods", "module_designs", "module_parameters", "portals",
        "presentation", "snippets", "style",
    }
)  # fmt: skip
# Settings that stock designs always write, even with their default value.
SPOKEN_DEFAULTS = frozenset(
    {
        "allow_target_creation", "always_load_in_tables", "count_max", "count_min", "db_final_class_field",
        "db_key_field", "db_table", "default_value", "dependencies", "display_style", "duplicates", "edit_mode",
        "edit_when", "height", "is_null_allowed", "key_type", "sql", "tracking_level", "width",
    }
)  # fmt: skip
DELETIONS = frozenset({"delete", "delete_if_exists"})
WHOLE = frozenset({"define", "redefine", "force"})


def is_compiled(root: Node) -> bool:
    """True for the merged document of a running iTop: it lists its modules."""
    return root.at("loaded_modules") is not None


class Merger:
    """Holds the merged document; ``add`` merges one more file into it."""

    def __init__(self, findings: Findings) -> None:
        self.findings = findings
        self.document = Node("itop_design", {}, "", 0)
        self.strict = False
        self.module = ""
        self.rules: dict[str, Callable[[Node, Node, Node | None, bool], None]] = {
            "": self._merge,
            "merge": self._merge,
            "define": self._define,
            "define_if_not_exists": self._define_if_not_exists,
            "redefine": self._redefine,
            "force": self._force,
            "must_exist": self._must_exist,
            "if_exists": self._if_exists,
            "delete": self._delete,
            "delete_if_exists": self._delete_if_exists,
        }

    def add(self, root: Node) -> None:
        """Merges the file of ``root``; what cannot be merged becomes a fault, the rest goes on."""
        self.strict = root.attributes.get("load") == "strict"
        self.module = PurePath(root.file).stem
        compiled = is_compiled(root)
        if not compiled:
            self._flatten_classes(root)
        for section in root:
            if self.document.find(*section.key) is None and section.attributes.get("_delta", "") in ("", "merge"):
                self._create_holder(self.document, section)
            if compiled:
                self._take(self.document, section)
            else:
                self._apply(self.document, section, forgiving=False)

    # -- compiled files -------------------------------------------------------------------------------------------

    def _take(self, holder: Node, section: Node) -> None:
        """Entries of a compiled file replace what they meet."""
        kept = holder.find(*section.key) or self._create_holder(holder, section)
        if not len(section):
            kept.text = section.text or kept.text
        for entry in section:
            if entry.attributes.get("_alteration") in ("removed", "remove_needed"):
                continue
            if entry.tag in CONTAINERS:
                self._take(kept, entry)
            else:
                self._force(kept, entry, kept.find(*entry.key), False)

    # -- nested classes -------------------------------------------------------------------------------------------

    def _flatten_classes(self, root: Node) -> None:
        """Classes written inside a class move beside it, with it as parent."""
        for section in root.all("classes"):
            for outer in [node for node in section if node.tag == "class"]:
                self._lift(section, outer)

    def _lift(self, section: Node, outer: Node) -> None:
        delta = outer.attributes.get("_delta", "")
        for inner in outer.all("class"):
            outer.remove(inner)
            if delta in ("if_exists", "define_if_not_exists"):
                self.findings.fault(
                    inner, f"a class cannot be nested in a class with _delta={delta!r}", "write it beside that class"
                )
                continue
            if delta in WHOLE:
                inner.attributes["_delta"] = "force"
            if inner.at("parent") is None and inner.attributes.get("_delta", "") not in DELETIONS:
                inner.append(Node("parent", {"_delta": "force"}, inner.file, inner.line)).text = outer.id
            section.append(inner)
            self._lift(section, inner)

    # -- the rules ------------------------------------------------------------------------------------------------

    def _apply(self, holder: Node, delta: Node, forgiving: bool) -> None:
        instruction = delta.attributes.get("_delta", "")
        rule = self.rules.get(instruction)
        if rule is None:
            known = ", ".join(sorted(name for name in self.rules if name))
            self.findings.fault(
                delta, f"unexpected value for attribute _delta: {instruction!r}", f"write one of {known}"
            )
            return
        old_id = delta.attributes.get("_rename_from", "")
        found = holder.find(delta.tag, old_id or delta.id)
        if old_id and found is not None and holder.find(*delta.key) is not None:
            self.findings.fault(
                delta, f"cannot be renamed from {old_id!r}: {delta.id!r} already exists", "choose another id"
            )
            return
        rule(holder, delta, found, forgiving)
        if old_id and found is not None and (kept := holder.find(delta.tag, old_id)) is not None:
            kept.attributes["_old_id"] = old_id
            kept.rename(delta.id)

    def _merge(self, holder: Node, delta: Node, found: Node | None, forgiving: bool) -> None:
        explicit = delta.attributes.get("_delta") == "merge"
        forgiving = forgiving or explicit
        if found is not None:
            self._descend(found, delta, forgiving, explicit)
        elif self.strict and not forgiving and not self._lenient(holder, delta):
            self._missing(delta, "could not be found or marked as removed", "set _delta to define it")
        elif _instructed(delta):
            self._descend(self._create_holder(holder, delta), delta, forgiving, explicit)
        else:
            self._add(holder, delta)

    def _define(self, holder: Node, delta: Node, found: Node | None, forgiving: bool) -> None:
        if found is not None:
            self.findings.fault(
                delta,
                f"could not be added : already exists ({found.file}:{found.line})",
                'use _delta="redefine" to replace it or _delta="must_exist" to change it',
            )
        else:
            self._add(holder, delta)

    def _define_if_not_exists(self, holder: Node, delta: Node, found: Node | None, forgiving: bool) -> None:
        if found is None:
            self._add(holder, delta)
        else:
            found.attributes["_alteration"] = "needed"

    def _redefine(self, holder: Node, delta: Node, found: Node | None, forgiving: bool) -> None:
        if found is not None:
            self._replace(holder, delta, found)
        elif self._lenient(holder, delta):
            self._add(holder, delta)
        else:
            self._missing(delta, "could not be modified (not found)", 'use _delta="define" to add it')

    def _force(self, holder: Node, delta: Node, found: Node | None, forgiving: bool) -> None:
        if found is None:
            self._add(holder, delta)
        else:
            self._replace(holder, delta, found)

    def _must_exist(self, holder: Node, delta: Node, found: Node | None, forgiving: bool) -> None:
        if found is None and self._lenient(holder, delta):
            found = self._create_holder(holder, delta)
        if found is not None:
            self._descend(found, delta, forgiving, True)
        else:
            self._missing(
                delta, "could not be found or marked as removed", 'use _delta="if_exists", or define it before'
            )

    def _if_exists(self, holder: Node, delta: Node, found: Node | None, forgiving: bool) -> None:
        if found is not None:
            self._descend(found, delta, forgiving, True)

    def _delete(self, holder: Node, delta: Node, found: Node | None, forgiving: bool) -> None:
        if found is not None:
            self._remove(holder, found)
        elif delta.key in holder.removed:
            self._missing(delta, "could not be deleted (already marked as deleted)", "leave the second deletion out")
        elif not self._lenient(holder, delta):
            self._missing(delta, "could not be deleted (not found)", 'use _delta="delete_if_exists"')

    def _delete_if_exists(self, holder: Node, delta: Node, found: Node | None, forgiving: bool) -> None:
        if found is not None:
            self._remove(holder, found)

    # -- the work -------------------------------------------------------------------------------------------------

    def _descend(self, found: Node, delta: Node, forgiving: bool, explicit: bool) -> None:
        """Merges the children; a leaf's text replaces the text of ``found``."""
        for name, value in delta.attributes.items():
            if not name.startswith("_") and name != "id" and found.attributes.get(name) != value:
                self.findings.note(delta, f'{name}="{value}" is not applied by a merge: use _delta="redefine"')
        if len(delta):
            found.text = ""
            for child in delta:
                self._apply(found, child, forgiving)
        elif delta.value:
            if found.value == delta.value and not len(found):
                return
            if self.strict and not (explicit or forgiving):
                self._missing(delta, "cannot be modified without _delta flag", 'use _delta="redefine" or "force"')
                return
            for child in found:
                found.remove(child)
            found.text = delta.text
            self._altered(found, "_altered_in")

    def _add(self, holder: Node, delta: Node) -> None:
        twin = delta.copy()
        holder.removed -= {twin.key}
        holder.text = ""
        holder.append(twin)
        self._altered(twin, "_created_in")

    def _replace(self, holder: Node, delta: Node, found: Node) -> None:
        twin = delta.copy()
        if old_id := delta.attributes.get("_rename_from"):
            twin.attributes["id"] = old_id
        if "_created_in" in found.attributes:
            twin.attributes.setdefault("_created_in", found.attributes["_created_in"])
        holder.replace(found, twin)
        self._altered(twin, "_altered_in")

    def _create_holder(self, holder: Node, delta: Node) -> Node:
        made = Node(delta.tag, delta.attributes, delta.file, delta.line)
        for name in ("_delta", "_rename_from"):
            made.attributes.pop(name, None)
        return holder.append(made)

    def _remove(self, holder: Node, found: Node) -> None:
        holder.remove(found)
        holder.removed |= {found.key}
        if found.tag == "class" and holder.tag == "classes":
            for below in [node for node in holder if node.tag == "class" and node.content("parent") == found.id]:
                self._remove(holder, below)

    def _altered(self, node: Node, name: str) -> None:
        if node.id:
            node.attributes.setdefault(name, self.module)

    def _lenient(self, holder: Node, delta: Node) -> bool:
        """True, with a note, where a missing target is no fault."""
        at: Node | None = holder
        lenient = delta.tag in SPOKEN_DEFAULTS or delta.tag in LENIENT_BRANCHES
        while at is not None and not lenient:
            lenient = at.tag in LENIENT_BRANCHES
            at = at.parent
        if lenient:
            self.findings.note(delta, "the target is not in the design: the instruction is taken as if it were")
        return lenient

    def _missing(self, delta: Node, text: str, cure: str) -> None:
        self.findings.fault(delta, text, cure)


def _instructed(delta: Node) -> bool:
    return any("_delta" in node.attributes or "_rename_from" in node.attributes for node in delta.walk())
