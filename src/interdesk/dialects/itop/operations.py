"""The operations of the core service. Order of checks: facts ``itop_rest_quirks.md`` 4."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from interdesk.desk import Actor, Desk, Transaction
from interdesk.desk.deletion import Outcome, Planned, Report
from interdesk.desk.reading import Page
from interdesk.dialects.itop import echoes, keys, passwords, php
from interdesk.dialects.itop.errors import INVALID_PAGE, RestError, failed, forbidden, missing
from interdesk.dialects.itop.fields_in import Incoming
from interdesk.dialects.itop.fields_out import Encoder
from interdesk.dialects.itop.output import Output, parsed
from interdesk.dialects.itop.repeats import once
from interdesk.dialects.itop.replies import answer, entry, is_heavy, objects_of, of_one
from interdesk.errors import Unfinished
from interdesk.model import ObjectClass

ORIGIN = "webservice-rest"
WRITING = {"write": "{}", "bulk write": "massively {}"}


@dataclass(frozen=True, slots=True)
class Call:
    """One request: who asks, and the JSON document that he sent."""

    desk: Desk
    actor: Actor
    data: dict[str, Any]
    version: str
    encoder: Encoder
    quick: bool = False  # what takes more than a moment must raise Unfinished

    def needed(self, name: str) -> Any:
        """A member that must be there; null counts as missing. Raises RestError."""
        value = self.data.get(name)
        if value is None:
            raise missing(name)
        return value

    def cls(self) -> ObjectClass:
        name = self.needed("class")
        found = self.desk.model.classes.get(name) if isinstance(name, str) else None
        if found is None:
            raise failed(f"class: '{php.to_text(name)}' is not a valid class'")
        return found

    def comment(self) -> str:
        return php.to_text(self.needed("comment"))

    def write(self, work: Callable[[Transaction], dict[str, Any]], comment: str) -> dict[str, Any]:
        """What ``work`` answers, done in one transaction; a message that was done before is not done again."""
        return self.desk.write(self.actor, lambda tx: once(tx, work), comment=comment, origin=ORIGIN)

    def require(self, cls: ObjectClass, *needs: tuple[str, str]) -> None:
        """Each need is an action and the word by which a refusal calls it. Raises RestError."""
        for action, word in needs:
            if not self.desk.rights.allows(self.actor, action, cls):
                raise forbidden(word, cls.name)


Operation = Callable[[Call], dict[str, Any]]


def core_get(call: Call) -> dict[str, Any]:
    """Searches objects. ``limit`` and ``page`` count from 1; the message has the number of all that match."""
    cls, key = call.cls(), call.needed("key")
    output = parsed(cls, call.data.get("output_fields"))
    limit, page = _paging(call)
    with call.desk.reading(call.actor) as reader:
        incoming = Incoming(call.desk, call.actor, reader)
        search = keys.several(incoming, cls, key)
        found = search.query.cls
        call.require(found, ("read", "reading"), ("bulk read", "exporting"))
        if page is not None and page < 1:
            raise RestError(INVALID_PAGE, PAGE_INVALID, refusal=True)
        query = call.desk.visible(call.actor, search.query)
        args = search.args if search.args is not None else call.desk.arguments(call.actor, reader)
        offset = limit * ((page or 1) - 1)
        if search.id is not None and query is search.query and not limit and not output.actual:
            table = reader.one(found, search.id, output.fields)
            result = Page(len(table.rows), [table])
        elif output.uniform(call.desk.model, found):
            result = reader.page(query, output.fields, args, limit, offset)
        else:
            result = reader.mixed(query, output.choose(call.desk.model), args, limit, offset)
        if call.quick and is_heavy(result):
            raise Unfinished("There is too much to encode")
        return answer(f"Found: {result.total}", objects_of(result, call.encoder))


PAGE_INVALID = "The request page number is not valid. It must be an integer greater than 0"


def _paging(call: Call) -> tuple[int, int | None]:
    """(limit, page): limit 0 is none; a page counts only beside a limit, and None is the first."""
    limit = max(0, php.to_integer(call.data.get("limit")))
    page = call.data.get("page")
    return limit, None if page is None else php.to_integer(page)


def core_create(call: Call) -> dict[str, Any]:
    """Creates one object. The answer shows it as it is stored."""
    comment, cls = call.comment(), call.cls()
    fields = call.needed("fields")
    output = parsed(cls, call.data.get("output_fields"))
    call.require(cls, ("write", "creating"), ("bulk write", "massively creating"))
    ready = passwords.hashed(call.desk, cls, fields)

    def work(tx: Transaction) -> dict[str, Any]:
        values = Incoming(call.desk, call.actor, tx.reader, tx).fields(cls, ready)
        key = tx.create(cls.name, values)
        return told(tx, answer(None, shown(call, tx, cls.name, key, output, fields, "created")))

    return call.write(work, comment)


def core_update(call: Call) -> dict[str, Any]:
    """Updates exactly one object; the attributes may be those of its own class, below the stated one."""
    comment, cls, key = call.comment(), call.cls(), call.needed("key")
    fields = call.needed("fields")
    output = parsed(cls, call.data.get("output_fields"))
    call.require(cls, ("write", "modifying"))
    ready = passwords.hashed(call.desk, cls, fields)

    def work(tx: Transaction) -> dict[str, Any]:
        incoming = Incoming(call.desk, call.actor, tx.reader, tx)
        number = keys.single(incoming, cls, key, wrapped=True)
        final = call.desk.model.cls(tx.final_class(cls.name, number) or cls.name)
        tx.update(final.name, number, incoming.fields(final, ready))
        return told(tx, answer(None, shown(call, tx, final.name, number, output, fields, "updated")))

    return call.write(work, comment)


def told(tx: Transaction, body: dict[str, Any]) -> dict[str, Any]:
    """The answer; where something went wrong beside the write, that instead: the write stands (scenario 05)."""
    return failed("; ".join(tx.complaints)).body() if tx.complaints else body


def shown(
    call: Call, tx: Transaction, name: str, key: int, output: Output, given: Any, message: str
) -> dict[str, Any] | None:
    """The written object as the answer shows it."""
    model = call.desk.model
    cls = model.cls(name)
    table = call.desk.reader(tx.session, call.actor).one(cls, key, output.choose(model)(cls))
    objects = of_one(table, call.encoder, message)
    if objects is not None:
        (shown,) = objects.values()
        echoes.echo_documents(cls, given, shown["fields"])
        if message == "created":
            echoes.echo_unset_keys(cls, shown["fields"])
            parts = echoes.naming_parts(cls)
            named = tx.reader.one(cls, key, parts) if parts else table
            texts = {code: named.rows[0][named.positions[code][0]] for code in parts}
            echoes.echo_new_name(cls, shown["fields"], texts)
    return objects


def core_delete(call: Call) -> dict[str, Any]:
    """Deletes any number of objects with what must go along, or tells what would happen (``simulate``)."""
    comment, cls, key = call.comment(), call.cls(), call.needed("key")
    simulate = bool(call.data.get("simulate"))
    call.require(cls, ("delete", "deleting"))

    def work(tx: Transaction) -> tuple[Report | None, list[str]]:
        incoming = Incoming(call.desk, call.actor, tx.reader, tx)
        search = keys.several(incoming, cls, key)
        found = [number for number, _ in incoming.find(search.query, search.args)]
        if not found:
            return None, []
        name = search.query.cls.name
        report = tx.delete(name, found, simulate=True) if simulate else tx.delete_in_turn(name, found)
        return report, tx.complaints

    report, complaints = call.desk.write(call.actor, work, comment=comment, origin=ORIGIN)
    if report is None:
        return answer(f"{SIMULATING if simulate else ''}Deleted: 0", None)
    if report.refusal:
        raise failed(report.refusal)
    if complaints:
        raise failed("; ".join(complaints))
    return _deletion(call, report, simulate=simulate)


SIMULATING = "SIMULATING: "
SOME_ISSUES = (
    "Some issues have been encountered. See the list of planned changes for more information about the issue(s)."
)


def _deletion(call: Call, report: Report, *, simulate: bool) -> dict[str, Any]:
    objects = {f"{found.cls}::{found.key}": _reported(call, found) for found in report.objects}
    prefix = SIMULATING if simulate else ""
    if report.blocked:
        return {"code": 100, "message": prefix + SOME_ISSUES, "objects": objects}
    others = len(report.objects) - report.requested
    plus = f" plus (for DB integrity) {others}" if others else ""
    return answer(f"{prefix}Deleted: {report.requested}{plus}", objects)


def _reported(call: Call, found: Planned) -> dict[str, Any]:
    fields = {"id": str(found.key), "friendlyname": found.name}
    cls = call.desk.model.cls(found.cls)
    match found.outcome:
        case Outcome.BLOCKED:
            return entry(found.cls, found.key, fields, f"Must be deleted explicitely... but: {found.issue}", code=4)
        case Outcome.RESET:
            labels = ", ".join(cls.attributes[code].label for code in found.resets)
            return entry(found.cls, found.key, fields, f"Reset external keys: {labels}", code=5)
        case Outcome.RESET_FAILED:
            return entry(found.cls, found.key, fields, f"Should be updated automatically... but: {found.issue}", code=6)
    return entry(found.cls, found.key, fields)


def check_credentials(call: Call) -> dict[str, Any]:
    """Tells whether a login and password prove an enabled user, whatever that user may do."""
    user, password = php.to_text(call.needed("user")), php.to_text(call.needed("password"))
    asker = f"{call.actor.login}, asking"
    return {"code": 0, "message": None, "authorized": call.desk.credentials.check(user, password, asker)}
