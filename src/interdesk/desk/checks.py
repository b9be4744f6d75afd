"""The rules that a draft must keep: uniqueness first, then each attribute, in the order of the class.

Source of the order and the texts: facts ``itop_rest_quirks.md`` 20, scenarios 09, 10 and 13.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from interdesk import oql
from interdesk.desk import queries
from interdesk.desk.drafts import Draft
from interdesk.desk.methods import CHECK, methods_of
from interdesk.model import Issue, Model, ObjectClass, UniquenessRule
from interdesk.model.attributes import ExternalKey, HierarchicalKey, Image, ObjectKey, Secret, TagSet
from interdesk.oql.resolved import Binary, Expr, Field, InList, Literal, Param, Select, Source

if TYPE_CHECKING:
    from interdesk.desk.transaction import Transaction

ALREADY_LINKED = "{0}: {1} is already linked to {2}: {3}, duplicates are not allowed on this relation."


def check(draft: Draft, tx: Transaction) -> list[Issue]:
    """All that is wrong with a draft; empty when it may be written."""
    changes = draft.changes()
    issues = list(_uniqueness(draft, tx, set(changes)))
    for code in changes:
        attribute = draft.cls.attributes[code]
        value = draft.values[code]
        issue = attribute.check(value)
        if issue is None and value and isinstance(attribute, ExternalKey):
            issue = _key(draft, tx, attribute, value)
        elif issue is None and isinstance(attribute, Secret):
            issue = attribute.check_clear(draft.clear.get(code, ""))
        elif issue is None and value and isinstance(attribute, TagSet):
            issue = _tags(draft, tx, attribute, value)
        elif issue is None and isinstance(attribute, Image) and value[0] and not value[1].startswith("image/"):
            shown = tx.session.blob(value[0])[:100].decode("utf-8", "replace")
            issue = Issue("format", f"Wrong format [{shown}]", code)
        if issue is not None:
            issues.append(Issue(issue.code, labelled(draft.cls, issue), code))
    for method in methods_of(draft.cls, CHECK):
        issues.extend(method(draft, tx))
    return issues


def labelled(cls: ObjectClass, issue: Issue) -> str:
    """The text of an issue with an attribute, with the label that people know it by."""
    assert issue.attribute is not None
    label = cls.attributes[issue.attribute].label
    return f"Unexpected value for attribute '{label}' ({issue.attribute}) : {issue.text}"


def _key(draft: Draft, tx: Transaction, key: ExternalKey, value: int) -> Issue | None:
    if isinstance(key, ObjectKey):
        return None  # the original does not look for the host of an attachment either (scenario 12)
    if isinstance(key, HierarchicalKey) and not draft.is_new and tx.is_below(draft.cls, key, value, draft.key):
        return Issue("value", f"Value not allowed [{value}]", key.code)
    if tx.final_class(key.target_class, value) is None:
        return Issue("target", f"Target object not found ({key.target_class}::{value})", key.code)
    return None


def _tags(draft: Draft, tx: Transaction, tags: TagSet, value: str) -> Issue | None:
    codes = value.split()
    known = tx.tag_codes(f"TagSetFieldDataFor_{tags.defined_in}__{tags.code}")
    unknown = [code for code in codes if code not in known]
    if unknown:
        return Issue("value", f"Value not allowed [{unknown[0]}]", tags.code)
    if len(codes) > tags.max_items:
        return Issue("value", f"Too many tags (found {len(codes)}, limited to {tags.max_items})", tags.code)
    return None


def _uniqueness(draft: Draft, tx: Transaction, changes: set[str]) -> list[Issue]:
    issues = []
    for rule in draft.cls.uniqueness.values():
        if rule.disabled or not rule.blocking or not changes.intersection(rule.attributes):
            continue
        # Somebody else may be about to store the same values: first come, first served.
        tx.session.serialise(f"{rule.defined_on} {rule.name}", [draft.values.get(code) for code in rule.attributes])
        if tx.reader.count(unique_query(tx.desk.model, draft, rule), {"this": draft.key}):
            issues.append(Issue("unique", _unique_text(draft, rule, tx.name_of), None))
    return issues


def unique_query(model: Model, draft: Draft, rule: UniquenessRule) -> Select:
    """The other objects that agree with the draft in all attributes of the rule.

    Objects of sub-classes that disable the rule do not count.
    """
    cls = model.cls(rule.defined_on)
    where: Expr = Binary("!=", queries.field(cls, "id"), Param("this"))
    for code in rule.attributes:
        value = draft.values.get(code)
        same = Binary("=", queries.field(cls, code), Literal(value))
        where = Binary("AND", where, same)
    if rule.filter:
        condition = oql.resolve_condition(oql.parse_expression(rule.filter), cls, model, queries.ALIAS)
        where = Binary("AND", where, Binary("AND", condition, _filter_of(draft, rule, condition)))
    off = [name for name in model.concrete(cls.name) if model.cls(name).uniqueness[rule.name].disabled]
    if off and "finalclass" in cls.attributes:
        final = Field(queries.ALIAS, "finalclass", cls.attributes["finalclass"])
        where = Binary("AND", where, InList(final, tuple(Literal(name) for name in off), negated=True))
    return Select((queries.ALIAS,), Source(queries.ALIAS, cls), (), where)


def _filter_of(draft: Draft, rule: UniquenessRule, condition: Expr) -> Expr:
    """The rule's filter with the draft's own values: the rule holds only for drafts that the filter takes."""
    return _substituted(condition, draft)


def _substituted(expr: Expr, draft: Draft) -> Expr:
    match expr:
        case Field(code=code) if code in draft.values:
            value: Any = draft.values[code]
            return Literal("" if value is None else value)
        case Binary(op=op, left=left, right=right):
            return Binary(op, _substituted(left, draft), _substituted(right, draft))
    return expr


def _unique_text(draft: Draft, rule: UniquenessRule, name_of: Callable[[str, int], str]) -> str:
    keys = [draft.cls.attributes.get(code) for code in rule.attributes]
    ends = [key for key in keys if isinstance(key, ExternalKey)]
    if draft.cls.is_link and not rule.message and len(ends) == len(keys) == 2:
        parts = [part for key in ends for part in (key.label, name_of(key.target_class, draft.values[key.code]))]
        return ALREADY_LINKED.format(*parts)
    text = rule.message or f"Uniqueness rule '{rule.name}' in error"
    return re.sub(r"\$this->(\w+)\$", lambda found: str(draft.values.get(found[1], "")), text)
