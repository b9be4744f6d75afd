"""A new telephone by a flow: who wants one asks, somebody approves, and the flow provisions it on this desk.

The function ``telephony/provision`` serves any flow: it takes the inputs of its node, or, where there are none, what
the forms have under the names of ``interdesk.telephony.provisioning.COLUMNS``. With ``server``, the name of a
``TelephonyRemote``, the telephone is made there: the node is at work until an order for it is carried out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from interdesk.approvals import written
from interdesk.approvals.commands import Command, Done, Failed
from interdesk.approvals.requests import requester_of
from interdesk.approvals.routing import SYSTEM
from interdesk.approvals.tasks import LATER, Task, task
from interdesk.telephony import orders
from interdesk.telephony.orders import Outcome
from interdesk.telephony.provisioning import COLUMNS, NEXT, SAME, Here, Provisioned, named, provision, wanted

if TYPE_CHECKING:
    from interdesk.approvals.tickets import Ticket
    from interdesk.desk import Desk, Transaction

FUNCTION = "telephony/provision"
SERVER = "server"
SERVICE = "New telephone"
OUTPUTS = {  # of the node that calls the function: key -> name
    "telephone_user": "Telephone user",
    "telephone_line": "Line",
    "telephone_number": "Number",
    "telephone_code": "Provisioning code",
}
START, SUBMIT, APPROVE, PROVISION, END = 1, 2, 3, 4, 5
APPROVED = "telephone_approved"
FORM = (  # key, name, type, default, what it is; those behind the fourth may stay empty
    ("title", "Title", "STRING", "", ""),
    ("APPROVER", "Approver", "MEMBERS", "", "Who decides"),
    ("person", "Person", "STRING", "", "Who gets the telephone: the e-mail address or the id of a Person"),
    ("exten", "Number", "STRING", NEXT, f"A number, or {NEXT} for the lowest one that is free"),
    ("incoming", "Number for incoming calls", "STRING", "", ""),
    ("device", "Telephone", "STRING", "", "The MAC address of the telephone on the desk"),
    ("voicemail", "Voicemail", "STRING", "", f"A number, or {SAME} for the telephone's"),
    (SERVER, "Server", "STRING", "", "The name of another server on which the telephone is made"),
)
NEEDED = 4


@task(FUNCTION)
def provision_telephone(given: Task) -> Mapping[str, Any]:
    """Raises what ``provisioning`` and ``orders`` raise: the node then waits for somebody to try again."""
    names = (*COLUMNS, SERVER)
    source = given.inputs or {name: given.variables[name] for name in names if name in given.variables}
    asked = {name: str(value) if isinstance(value, int) else value for name, value in source.items()}
    if server := asked.pop(SERVER, ""):
        orders.place(given.tx, str(server), named(given.tx, wanted(asked)), given.step)
        return LATER
    return _outputs(provision(Here(given.tx), wanted(asked)))


def carry_out_orders(desk: Desk) -> int:
    """Carries out the orders for other servers and moves on the flows that placed them; how many there were."""
    return orders.carry_out(desk, _settle)


def _settle(tx: Transaction, outcome: Outcome) -> None:
    if not outcome.step:
        return

    def command_of(_: Ticket, at: int) -> Command:
        if outcome.done is None:
            return Failed(operator=SYSTEM, now=tx.now, node=at, reason=outcome.reason)
        return Done(operator=SYSTEM, now=tx.now, node=at, values=_outputs(outcome.done))

    requester_of(tx.desk).tickets.worked(tx, outcome.step, command_of)


def _outputs(done: Provisioned) -> dict[str, Any]:
    return dict(zip(OUTPUTS, (done.user, done.line or 0, done.exten, done.code), strict=True))


def service(project: str, catalog: int) -> dict[str, Any]:
    """The bundled service, in the export format."""
    fields = [
        written.field(
            number, key, name, kind, SUBMIT, default=default, desc=what,
            validate_type="REQUIRE" if number <= NEEDED else "OPTION",
        )
        for number, (key, name, kind, default, what) in enumerate(FORM, 1)
    ]  # fmt: skip
    decide = written.decision(len(FORM) + 1, "Decision", APPROVE, "Approve", "Refuse")
    approver = {"processors_type": "VARIABLE", "processors": "APPROVER"}
    result = written.output(APPROVE, APPROVED, "Decision", "NODE_APPROVE_RESULT")
    made = [written.output(PROVISION, key, name) for key, name in OUTPUTS.items()]
    numbers = [field["id"] for field in fields]
    states = [
        written.state(START, "Start", "START"),
        written.state(SUBMIT, "Request", "NORMAL", fields=numbers, is_builtin=True, is_first_state=True),
        written.state(APPROVE, "Approval", "APPROVAL", [result], fields=[decide["id"]], **approver),
        written.state(PROVISION, "Provisioning", "TASK", made, extras={"task": {"function": FUNCTION}}, **approver),
        written.state(END, "End", "END"),
    ]
    lines = [
        written.line(START, SUBMIT),
        written.line(SUBMIT, APPROVE),
        written.line(APPROVE, PROVISION, written.when(APPROVED, "true")),
        written.line(APPROVE, END, written.when(APPROVED, "false")),
        written.line(PROVISION, END),
    ]
    what = "A telephone user with a line, a number, and what else belongs to it"
    return written.service(SERVICE, project, catalog, states, lines, [*fields, decide], table="new", description=what)
