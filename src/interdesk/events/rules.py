"""What a trigger must keep to be saved. Source: facts ``itop_events.md`` 1, scenarios 01 to 03."""

from __future__ import annotations

from interdesk.desk import Transaction
from interdesk.desk.checks import labelled
from interdesk.desk.drafts import Draft
from interdesk.desk.methods import CHECK, COMPUTE, method
from interdesk.errors import BadValue
from interdesk.events.filters import complaint
from interdesk.model import Issue
from interdesk.model.attributes import AttributeCodeSet, ClassName


@method("TriggerOnObject", COMPUTE)
def complement(draft: Draft, tx: Transaction) -> None:
    """Says in words which objects the trigger is for. Raises BadValue for attributes that those do not have."""
    target = draft.values.get("target_class") or ""
    draft.values["complement"] = f"class restriction: {target}"
    cls = tx.desk.model.classes.get(target)
    for code in ("target_attcodes", "stop_watch_code"):
        if cls is not None and isinstance(draft.cls.attributes.get(code), AttributeCodeSet):
            listed = [name for name in str(draft.values.get(code) or "").split(",") if name]
            unknown = [name for name in listed if name not in cls.attributes]
            if unknown:
                raise BadValue(code, f"The attribute(s) {', '.join(unknown)} are invalid for class {target}")


@method("TriggerOnObject", CHECK)
def targets_and_filters(draft: Draft, tx: Transaction) -> list[Issue]:
    """The target is a business class; a filter is a query over it, the one on mentioned objects over any class."""
    target = draft.cls.attributes["target_class"]
    name = draft.values.get("target_class") or ""
    if name and isinstance(target, ClassName) and not _is_target(name, target, tx):
        issue = Issue("value", f"Value not allowed [{name}]", target.code)
        return [Issue(issue.code, labelled(draft.cls, issue), target.code)]
    texts = (
        complaint(draft.values.get("filter") or "", draft.values.get("target_class") or "", tx.desk.model),
        complaint(draft.values.get("mentioned_filter") or "", "", tx.desk.model),
    )
    return [Issue("filter", text) for text in texts if text]


def _is_target(name: str, attribute: ClassName, tx: Transaction) -> bool:
    cls = tx.desk.model.classes.get(name)
    return cls is not None and (attribute.class_category in cls.categories or name in attribute.more_values)
