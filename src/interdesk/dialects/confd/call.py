"""One request: what it asks for, and the ways to read and write for whoever asks."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from interdesk.desk import Actor, Desk, Transaction
from interdesk.telephony import reading
from interdesk.telephony.errors import InputError
from interdesk.telephony.lookups import Asks, Look
from interdesk.telephony.table import Resource

Result = TypeVar("Result")
ORIGIN = "webservice-rest"
MOST_DIGITS = 18


@dataclass(frozen=True, slots=True)
class Call:
    """``base``: what URLs of answers start with. ``ids``: the ids that the URL names, in their order."""

    desk: Desk
    actor: Actor
    base: str
    ids: tuple[Any, ...]
    query: Mapping[str, str]
    body: bytes
    local: bool

    def json(self) -> Any:
        """The body. Raises InputError."""
        try:
            return json.loads(self.body.decode("utf-8"), parse_constant=_refused)
        except (ValueError, RecursionError) as problem:
            raise InputError("the body is not valid JSON") from problem

    @contextmanager
    def look(self) -> Iterator[Look]:
        with self.desk.store.read() as session:
            yield Look(self.desk, session, self.actor)

    def write(self, work: Callable[[Transaction], Result]) -> Result:
        return self.desk.write(self.actor, work, comment="confd", origin=ORIGIN)

    def exists(self, tx: Asks, resource: Resource, key: Any) -> int:
        """The id of an object that the URL names. Raises Missing."""
        return reading.find(self.desk, tx.session, self.actor, resource, key)

    def asked(self) -> reading.Asked:
        """The parameters of a list. Raises InputError; unknown ones are ignored."""
        direction = self.query.get("direction") or "asc"
        if direction not in ("asc", "desc"):
            raise InputError("direction: must be 'asc' or 'desc'")
        skip = self._number("skip", 0) or self._number("offset", 0)
        limit = self._number("limit", 1)
        search = self.query.get("search", "")
        if "\0" in search:
            raise InputError("field 'search': has characters that cannot be stored")
        return reading.Asked(search, self.query.get("order", ""), direction == "desc", limit, skip)

    def _number(self, name: str, least: int) -> int:
        """0 when it is not given."""
        text = self.query.get(name, "")
        if not text:
            return 0
        if not (text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS and int(text) >= least):
            raise InputError(f"field '{name}': wrong type. Should be a positive number")
        return int(text)


def _refused(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")
