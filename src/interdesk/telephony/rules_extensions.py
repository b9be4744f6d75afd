"""Rules of extensions: ranges of contexts, and the way to a line. Source: facts ``xivo_confd_api.md`` 5 and 6."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from interdesk.desk.drafts import Draft
from interdesk.desk.methods import AFTER, CHECK, method
from interdesk.model import Issue
from interdesk.telephony import callerid
from interdesk.telephony.checks import DIGITS
from interdesk.telephony.errors import Breach, InputError, ResourceError, TelephonyError, wrong_type
from interdesk.telephony.lookups import INCOMING, INTERNAL, internal_extension, rows, taken, values

if TYPE_CHECKING:
    from interdesk.desk import Transaction

EXTENSION, LINE, CONTEXT = "TelephonyExtension", "TelephonyLine", "TelephonyContext"


@method(EXTENSION, CHECK)
def rules_of_extensions(draft: Draft, tx: Transaction) -> list[Issue]:
    """A number of its context, there just once, and a line that takes it."""
    error: TelephonyError | None = None
    if draft.changed("exten") or draft.changed("context_id"):
        error = _number(draft, tx)
    if error is None and draft.changed("line_id"):
        error = _line(draft, tx)
    return [Breach(error)] if error else []


def _number(draft: Draft, tx: Transaction) -> TelephonyError | None:
    number, context = draft.values["exten"] or "", draft.values["context_id"]
    if not DIGITS.fullmatch(number):
        return wrong_type("exten", "a numeric string")
    found = values(tx, CONTEXT, context, "name")
    if found is None:
        return None  # the desk says that itself
    if not in_range(tx, number, context):
        return InputError(f"Extension '{number}' is outside of range for context '{found[0]}'")
    if taken(tx, EXTENSION, {"exten": number, "context_id": context}, draft.key):
        return ResourceError("Extension already exists", {"exten": number, "context": found[0]})
    return None


def in_range(tx: Transaction, number: str, context: int) -> bool:
    """True when a range of the context has the number, whatever it is for.

    Where the last digits of a direct number count, so do those of the range's ends.
    """
    for _, first, last, digits in rows(
        tx, "TelephonyRange", {"context_id": context}, "first_number", "last_number", "did_length"
    ):
        if digits:
            first, last = first[-digits:], last[-digits:]
        if DIGITS.fullmatch(first) and DIGITS.fullmatch(last) and int(first) <= int(number) <= int(last):
            return True
    return False


def _line(draft: Draft, tx: Transaction) -> TelephonyError | None:
    old, line = draft.before.get("line_id") or 0, draft.values["line_id"]
    kind = (values(tx, CONTEXT, draft.values["context_id"], "type") or (INTERNAL,))[0]
    if old:
        return _leaves(tx, old, kind) or (_is_taken(old, draft.key) if line else None)
    if not line:
        return None
    tx.session.serialise("telephony extensions of a line", [line])
    if kind == INTERNAL:
        if other := internal_extension(tx, line):
            return ResourceError("Line is associated with a Extension", {"line_id": line, "extension_id": other[0]})
        return None
    if kind != INCOMING:
        return ResourceError(f"ContextType '{kind}' cannot be associated")
    if not rows(tx, "TelephonyUser", {"line_id": line}):
        return ResourceError("Line must be associated with a User", {"line_id": line})
    return None


def _is_taken(line: int, extension: int) -> ResourceError:
    return ResourceError("Extension is associated with a Line", {"line_id": line, "extension_id": extension})


def _leaves(tx: Transaction, line: int, kind: str) -> ResourceError | None:
    found = values(tx, LINE, line, "device_id", "device_key")
    if kind == INTERNAL and found and found[0]:
        return ResourceError("Line is associated with a Device", {"line_id": line, "device_id": found[1]})
    return None


@method(EXTENSION, AFTER)
def show_number(draft: Draft, tx: Transaction) -> None:
    """The caller id of a line has its internal number."""
    for line in {draft.before.get("line_id") or 0, draft.values["line_id"]} - {0}:
        if draft.changed("line_id"):
            tx.tasks.add(partial(callerid.refresh, tx, line))
