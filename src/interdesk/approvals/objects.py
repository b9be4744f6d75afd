"""Steps and tasks of a ticket as objects of the desk, and the word to the object that an approval was for."""

from __future__ import annotations

import msgspec

from interdesk.approvals import edits
from interdesk.approvals.commands import Ended
from interdesk.approvals.flow import Flow
from interdesk.approvals.rows import Row, select
from interdesk.approvals.state import FAILED, FINISHED, RUNNING, Step
from interdesk.approvals.tickets_rules import pending
from interdesk.desk import Transaction
from interdesk.errors import DeskError

EDIT = "edit"  # among the stimuli of a ticket: the id of the edit that waits for it
TASKS = "SELECT FlowTask WHERE step_id = :step"


def waiting(flow: Flow, step: Step) -> list[str]:
    """Who is asked at an open step now; nobody while an automatic one is at work."""
    if flow.nodes[step.node].is_automatic:
        return list(step.processors) if step.status == FAILED else []
    return pending(flow, step) if step.status == RUNNING else list(step.processors)


def show_step(tx: Transaction, ticket: int, flow: Flow, step: Step) -> None:
    """Makes the object of a step and its tasks agree with the engine. Its triggers fire: it is an object like any."""
    node = flow.nodes[step.node]
    values = {
        "status": step.status,
        "processors": f",{','.join(step.processors)}," if step.processors else "",
        "result": step.result or "none",
        "error": step.error,
        "end_date": None if step.is_open else tx.now,
    }
    if step.row:
        tx.update("FlowStep", step.row, values)
    else:
        fixed = {"ticket_id": ticket, "name": node.name, "node": node.id, "node_type": node.type, "start_date": tx.now}
        step.row = tx.create("FlowStep", {**fixed, **values})
    _show_tasks(tx, ticket, flow, step)


def close_step(tx: Transaction, row: int, result: str) -> None:
    """Of an automatic step that the flow has left and forgotten in one go."""
    tx.update("FlowStep", row, {"status": FINISHED, "result": result, "end_date": tx.now})


def _show_tasks(tx: Transaction, ticket: int, flow: Flow, step: Step) -> None:
    """One task for each person who is asked or decided; those who need not act any more have left."""
    known = {row["person"]: row for row in select(tx.reader, TASKS, ("person", "status"), {"step": step.row}).rows}
    wanted: dict[str, dict[str, object]] = {}
    for name in waiting(flow, step) if step.is_open else ():
        wanted[name] = {"status": "waiting"}
    for decision in step.decisions:
        wanted[decision.person] = {
            "status": "done",
            "result": decision.result or "none",
            "remark": decision.remark,
            "date": decision.at or None,
        }
    for name, row in known.items():
        if name not in wanted and row["status"] == "waiting":
            wanted[name] = {"status": "left"}
    for name, values in wanted.items():
        if name not in known:
            tx.session.insert("FlowTask", {"step_id": step.row, "ticket_id": ticket, "person": name, **values})
        elif known[name]["status"] != values["status"]:
            tx.session.update("FlowTask", known[name]["id"], values)


def tell_subject(tx: Transaction, row: Row, ended: Ended) -> None:
    """Applies the stimulus that the result means, or the edit that waits for it, to what the ticket was for.

    An object that is gone, or went another way meanwhile, is left as it is: the ticket is over all the same.
    """
    if not row["object_class"] or not row["object_key"]:
        return
    stimuli = msgspec.json.decode(row["object_stimuli"] or "{}")
    if EDIT in stimuli:
        edits.settle(tx, stimuli[EDIT], row["ref"], ended)
        return
    outcome = "approved" if ended.approved else "refused"
    stimulus = stimuli.get(outcome)
    if not stimulus or tx.final_class(row["object_class"], row["object_key"]) is None:
        return
    try:
        with edits.named(tx, row["ref"]), tx.session.part():
            tx.apply_stimulus(row["object_class"], row["object_key"], stimulus, {})
    except DeskError as problem:
        tx.complaints.append(f"{row['object_class']}::{row['object_key']} {stimulus}: {problem.message}")
