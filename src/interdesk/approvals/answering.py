"""What comes of the requests of automatic nodes: an answer moves the flow on, or it fails the node."""

from __future__ import annotations

from interdesk.approvals import works
from interdesk.approvals.commands import Command, Done, Failed
from interdesk.approvals.requests import requester_of
from interdesk.approvals.routing import SYSTEM
from interdesk.approvals.rows import select
from interdesk.approvals.tickets import ORIGIN, Ticket, Tickets
from interdesk.desk import SYSTEM as DESK
from interdesk.desk import Desk, Transaction
from interdesk.events.answers import Answered, GivenUp, processes, processing, regrets

LOST = (
    "SELECT FlowStep AS s JOIN Delivery AS d ON s.delivery_id = d.id "
    "WHERE s.status = 'RUNNING' AND d.state IN ('dead', 'cancelled')"
)
NO_REASON = "Its request was given up"


@processes("FlowStep", "Answered")
def answered(found: Answered) -> None:
    """Raises BusinessFailure where the node's instructions refuse the answer: then it is asked again."""
    tx = found.tx

    def command_of(ticket: Ticket, at: int) -> Command:
        node = ticket.flow.nodes[at]
        cls = tx.desk.model.cls("FlowTicket")
        process = processing(works.instructions(tx, node, node.work), cls)
        inner = Answered(tx, cls, ticket.id, found.answer)
        if process is not None:
            process(inner)
        return Done(operator=SYSTEM, now=tx.now, node=at, values=inner.values)

    _tickets(tx).worked(tx, found.key, command_of)


@regrets("FlowStep::GivenUp")
def given_up(found: GivenUp) -> None:
    """Fails the node whose request was given up, in the transaction that gave it up."""
    _fail(found.tx, found.key, found.reason)


def look_after(desk: Desk) -> int:
    """Fails automatic nodes whose request will not be answered any more, and nobody could tell; how many."""
    with desk.reading() as reader:
        lost = select(reader, LOST, ("delivery_error",)).rows
    for row in lost:
        desk.write(DESK, lambda tx, row=row: _fail(tx, row["id"], row["delivery_error"]), origin=ORIGIN)  # type: ignore[misc] # mypy cannot see the default
    return len(lost)


def _fail(tx: Transaction, step: int, reason: str) -> None:
    def command_of(_: Ticket, at: int) -> Command:
        return Failed(operator=SYSTEM, now=tx.now, node=at, reason=reason or NO_REASON)

    _tickets(tx).worked(tx, step, command_of)


def _tickets(tx: Transaction) -> Tickets:
    return requester_of(tx.desk).tickets
