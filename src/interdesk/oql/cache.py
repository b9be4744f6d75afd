"""Text to resolved query in one step. What was understood once is remembered for as long as its model lives."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from functools import lru_cache

from interdesk.model.classes import Model, ObjectClass
from interdesk.oql import resolved
from interdesk.oql.codes import Codes
from interdesk.oql.parser import parse, parse_expression
from interdesk.oql.resolver import resolve, resolve_condition

QUERIES = 1_024  # remembered for each model
LONGEST = 4_096  # characters; longer texts are not remembered

_readers: weakref.WeakKeyDictionary[Model, _Reader] = weakref.WeakKeyDictionary()


class _Reader:
    """Reads queries for one model. It must not keep its model alive, being remembered by it."""

    __slots__ = ("codes", "model", "recall")

    def __init__(self, model: Model) -> None:
        self.model = weakref.ref(model)
        self.codes = Codes()
        self.recall: Callable[[str], resolved.Query] = lru_cache(maxsize=QUERIES)(self.read)

    def read(self, text: str) -> resolved.Query:
        model = self.model()
        assert model is not None  # the caller holds it
        return resolve(parse(text), model, self.codes)


def _reader(model: Model) -> _Reader:
    found = _readers.get(model)
    return found if found is not None else _readers.setdefault(model, _Reader(model))


def query(text: str, model: Model) -> resolved.Query:
    """The resolved query. Raises OqlError."""
    reader = _reader(model)
    return reader.recall(text) if len(text) <= LONGEST else reader.read(text)


def condition(text: str, cls: ObjectClass, model: Model, alias: str = "this") -> resolved.Expr:
    """A condition on one object of ``cls``, such as an obsolescence rule. Raises OqlError."""
    return resolve_condition(parse_expression(text), cls, model, alias, text=text, codes=_reader(model).codes)
