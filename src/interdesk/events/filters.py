"""Filters of triggers: a query that must find the object for which the trigger is to fire."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from interdesk import oql
from interdesk.desk import Transaction
from interdesk.desk.drafts import Draft
from interdesk.errors import InterdeskError
from interdesk.events.subjects import Subject
from interdesk.events.triggers import Trigger
from interdesk.model import Model
from interdesk.oql.resolved import Binary, Field, Param, Query, Select, Union
from interdesk.store import overlaid

KEY = "#object"


class FilterFailed(InterdeskError):
    """A filter could not be evaluated: the write stands, nothing more fires."""

    code = "events.filter"

    def __init__(self, trigger: Trigger, reason: str) -> None:
        self.trigger = trigger
        super().__init__(f"{reason} ({trigger.kind}::{trigger.record.key} {trigger.record.text('description')!r})")


def passes(
    tx: Transaction, trigger: Trigger, subject: Subject, text: str, args: Mapping[str, Any] | None = None
) -> bool:
    """True when the query ``text`` finds the object, whoever may see it; an empty one finds everything.

    Raises FilterFailed.
    """
    if not text:
        return True
    try:
        query = narrowed(oql.query(text, tx.desk.model))
        if query.cls.root != subject.cls.root:  # ids are unique within a root only
            return False
        actor: Any = tx.desk.arguments(tx.actor, tx.reader)
        given = overlaid({KEY: subject.key}, {} if args is None else args, actor)
        with tx.session.attempt():
            return tx.reader.count(query, given) > 0
    except InterdeskError as problem:
        raise FilterFailed(trigger, str(problem)) from problem


def passed_before(tx: Transaction, trigger: Trigger, draft: Draft, changes: list[str]) -> bool:
    """As ``passes``, with the object's values as they were before this write.

    They are put back into the row for the moment of the question: so a query of any shape can be asked.
    """
    if not changes:
        return False
    tx.session.update(draft.cls.name, draft.key, {code: draft.before[code] for code in changes})
    try:
        return passes(tx, trigger, Subject(tx, draft.cls, draft.key), trigger.filter)
    finally:
        tx.session.update(draft.cls.name, draft.key, {code: draft.values[code] for code in changes})


class Attributes(dict[str, Any]):
    """``this->code`` of an object, read when a query asks for it."""

    def __init__(self, subject: Subject) -> None:
        super().__init__()
        self._subject = subject

    def __missing__(self, name: str) -> Any:
        base, arrow, code = name.partition("->")
        if base != "this" or not arrow or (code != "id" and code not in self._subject.cls.attributes):
            raise KeyError(name)
        return self._subject.value(code)


def narrowed(query: Query) -> Query:
    """The query about one object, whose id is the argument ``KEY``."""
    if isinstance(query, Union):
        return Union(tuple(_one(member) for member in query.members), query.cls)
    return _one(query)


def _one(select: Select) -> Select:
    test = Binary("=", Field(select.selected[0], "id", None), Param(KEY))
    where = test if select.where is None else Binary("AND", select.where, test)
    return Select(select.selected, select.source, select.joins, where)


def complaint(text: str, target: str, model: Model) -> str:
    """What is wrong with a filter on objects of class ``target``, '' when it may be saved."""
    if not text:
        return ""
    try:
        query = oql.query(text, model)
    except oql.OqlError as problem:
        return f"Wrong filter query: {problem}"
    if target in model.classes and not model.is_a(query.cls.name, target):
        return f'The filter query must return objects of class "{target}"'
    return ""
