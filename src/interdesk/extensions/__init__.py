"""Own operations, methods and classes: what an extension in Python is made of.

An extension is one object, offered by an installed package under the entry point group ``interdesk.extensions``, or
called ``extension`` in a file or folder that the setting ``extensions`` names::

    extension = Extension("Acme", designs=[Path(__file__).with_name("acme.xml")])

    @extension.operation("acme/open_tickets", "Open tickets of an organization")
    def open_tickets(call: Call) -> dict[str, Any]:
        return answer(None, objects(call, "SELECT Ticket WHERE org_id = :org", org=call.needed("org_id")))

    @extension.method("UserRequest", "AcmeCount")
    def count(draft: Draft, tx: Transaction, step: int) -> bool | None: ...

Names that this module exports stay as they are within a major version.
"""

from interdesk.approvals.tasks import Task, TaskFailed
from interdesk.desk import Transaction
from interdesk.desk.drafts import Draft
from interdesk.desk.methods import AFTER, CHECK, COMPUTE
from interdesk.dialects.itop.errors import RestError, failed
from interdesk.dialects.itop.operations import Call
from interdesk.dialects.itop.replies import answer
from interdesk.extensions.extension import Extension, ExtensionError, ExtensionFault
from interdesk.extensions.loading import ATTRIBUTE, GROUP, Extensions, installed_and_named
from interdesk.extensions.queries import objects, rows
from interdesk.model import Issue

__all__ = [
    "AFTER", "ATTRIBUTE", "CHECK", "COMPUTE", "GROUP", "Call", "Draft", "Extension", "ExtensionError",
    "ExtensionFault", "Extensions", "Issue", "RestError", "Task", "TaskFailed", "Transaction", "answer", "failed",
    "installed_and_named", "objects", "rows",
]  # fmt: skip
