"""An operation of our own: ``approvals/request_update`` asks for an edit that waits for its approval.

Its parameters are those of ``core/update``, and, where no rule says it, ``service`` (the approval service: an id, or
the criteria that find one) and ``form`` (the values of its form). It answers the ticket that decides.
``list_operations`` leaves it out, so that existing clients see what they always saw.
"""

from __future__ import annotations

from typing import Any

from interdesk.approvals.requests import requester_of
from interdesk.desk import Transaction
from interdesk.dialects.itop import keys
from interdesk.dialects.itop.errors import failed
from interdesk.dialects.itop.fields_in import Incoming
from interdesk.dialects.itop.operations import Call, Operation, shown
from interdesk.dialects.itop.output import parsed
from interdesk.dialects.itop.replies import answer

TICKET = "FlowTicket"
SHOWN = "ref, title, status, current_processors"


def request_update(call: Call) -> dict[str, Any]:
    """Changes to an object that wait for an approval: the flow is asked now, the change is made when it agrees."""
    comment, cls, key = call.comment(), call.cls(), call.needed("key")
    fields, form = call.needed("fields"), call.data.get("form")
    call.require(cls, ("write", "modifying"))
    if form is not None and not isinstance(form, dict):
        raise failed("form: an object with the values of the form is needed")
    output = parsed(call.desk.model.cls(TICKET), call.data.get("output_fields", SHOWN))

    def work(tx: Transaction) -> dict[str, Any]:
        incoming = Incoming(call.desk, call.actor, tx.reader, tx)
        number = keys.single(incoming, cls, key, wrapped=True)
        final = call.desk.model.cls(tx.final_class(cls.name, number) or cls.name)
        wanted = call.data.get("service")
        service = 0 if wanted is None else keys.single(incoming, call.desk.model.cls("FlowService"), wanted)
        values = incoming.fields(final, fields)
        row = requester_of(call.desk).request_edit(tx, (final.name, number), values, service, form)
        return answer(None, shown(call, tx, TICKET, row["id"], output, {}, "created"))

    return call.write(work, comment)


APPROVAL_OPERATIONS: dict[str, tuple[str, Operation]] = {
    "approvals/request_update": ("Ask for an edit that waits for its approval", request_update),
}
