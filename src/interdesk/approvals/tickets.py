"""Tickets of flows in the desk: made, moved by commands, and shown as objects, in one transaction each.

The engine decides; this module keeps what it decided: the state as the engine has it (``FlowRun``), and the ticket,
its steps and tasks as objects, which clients of iTop find and triggers watch.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import msgspec

from interdesk.approvals import callbacks, forms, objects, showing, telling
from interdesk.approvals.callbacks import Callback
from interdesk.approvals.commands import Begin, Changed, Command, Effect, Ended, Entered, Left
from interdesk.approvals.directory import DeskDirectory
from interdesk.approvals.engine import advance
from interdesk.approvals.flow import APPROVAL, SIGN, Flow
from interdesk.approvals.library import Library
from interdesk.approvals.numbers import next_number
from interdesk.approvals.refusals import BadForm, FlowRefusal
from interdesk.approvals.rows import Row, one, only
from interdesk.approvals.state import State, decoded, encoded
from interdesk.approvals.tickets_rules import last_approvers
from interdesk.approvals.working import Shift, call_off
from interdesk.desk import Actor, Reader, Transaction
from interdesk.desk.actors import ADMINISTRATOR
from interdesk.desk.values import LogChange
from interdesk.events.actions import Renderer

TICKET = (
    "ref", "title", "status", "flow_service_id", "flow_service_name", "flow_version_id", "creator", "start_date",
    "end_date", "last_update", "updated_by", "current_processors", "current_nodes", "approve_result", "followers",
    "tag", "callback_id", "object_class", "object_key", "object_stimuli",
)  # fmt: skip
ORIGIN = "custom-extension"
TITLE, LONGEST_TITLE = "title", 120
TOO_LONG = "标题不能超过120个字符"


class NoTicket(FlowRefusal):
    """There is no ticket with that number."""

    def __init__(self) -> None:
        super().__init__("没有找到对应的单据")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A ticket that somebody asks for. ``subject``: the desk's object that it is about."""

    service: Row
    creator: str
    values: Mapping[str, Any]
    meta: Mapping[str, Any] = field(default_factory=dict)
    dynamic_fields: Sequence[Mapping[str, Any]] = ()
    displays: Mapping[str, str] = field(default_factory=dict)
    tag: str = ""
    followers: Sequence[str] = ()
    from_ticket: int = 0
    subject: tuple[str, int] = ("", 0)
    description: str = ""  # the title unless given
    stimuli: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Ticket:
    """A ticket as it is kept: the object's values, the flow it walks, where it stands, what came with its wish."""

    row: Row
    flow: Flow
    state: State
    run: int
    given: dict[str, Any]

    @property
    def id(self) -> int:
        return int(self.row["id"])


class Tickets:
    """``front`` is the address of the desk, without a slash at the end."""

    def __init__(self, library: Library, front: str, administrators: frozenset[str] = frozenset({"admin"})) -> None:
        self.library, self.front, self.administrators = library, front, administrators
        self._renderer = Renderer(f"{front}/")

    # -- finding

    def find(self, reader: Reader, number: Any, fields: tuple[str, ...] = TICKET) -> Row:
        """The ticket with a number. Raises NoTicket."""
        row = only(reader, "FlowTicket", {"ref": str(number)}, fields) if number else None
        if row is None:
            raise NoTicket
        return row

    def load(self, reader: Reader, row: Row) -> Ticket:
        run = only(reader, "FlowRun", {"ticket_id": row["id"]}, ("state", "given"))
        if run is None:
            raise NoTicket
        flow = self.library.flow(reader, row["flow_version_id"])
        given = msgspec.json.decode(run["given"] or "{}")
        return Ticket(row, flow, decoded(run["state"]), run["id"], given)

    def urls(self, key: int) -> dict[str, str]:
        return {
            "ticket_url": f"{self.front}/#/ticket/detail?id={key}",
            "iframe_ticket_url": f"{self.front}/#/iframe/ticket/detail?id={key}",
        }

    # -- making

    def create(self, tx: Transaction, wish: Wish, edit: Callable[[int], int] | None = None) -> Row:
        """A new ticket, walked to the first people; its row. Raises FlowRefusal, and what ``Transaction`` raises.

        ``edit`` stores what waits for the result of the ticket, whose id it gets; it returns its own.
        """
        service = wish.service
        flow = self.library.flow(tx.reader, service["version_id"])
        title = str(wish.values.get(TITLE) or "")
        if len(title) > LONGEST_TITLE:
            raise BadForm(TOO_LONG)
        values = forms.check(flow, flow.submit, wish.values, {})
        number = next_number(tx, service["type"])
        state = State(wish.creator, state_processors=showing.texts(wish.meta.get("state_processors")))
        state.facts = showing.first_facts(number, title, wish.creator, service, tx.now)
        command = Begin(operator=wish.creator, now=tx.now, source="WEB", values=values)
        after, effects = advance(flow, state, command, DeskDirectory(tx.reader), self.administrators)
        known = len(after.logs)
        key = tx.create("FlowTicket", self._first_values(tx, wish, number, title, after, flow))
        if edit is not None:
            stimuli = msgspec.json.encode({**wish.stimuli, objects.EDIT: edit(key)}).decode()
            tx.session.update("FlowTicket", key, {"object_stimuli": stimuli})
        row = one(tx.reader, "FlowTicket", key, TICKET)
        assert row is not None
        given = {
            "meta": dict(wish.meta), "dynamic_fields": list(wish.dynamic_fields), "displays": dict(wish.displays)
        }  # fmt: skip
        encoded_given = msgspec.json.encode({**given, "meta": showing.sealed(wish.meta, tx)}).decode()
        run = tx.session.insert("FlowRun", {"ticket_id": key, "state": "{}", "given": encoded_given})
        ticket = Ticket(row, flow, after, run, given)
        self._keep(tx, ticket, command, effects, known, shown=showing.visible(after, flow))
        return row

    def _first_values(
        self, tx: Transaction, wish: Wish, number: str, title: str, state: State, flow: Flow
    ) -> dict[str, Any]:
        person = DeskDirectory(tx.reader).person(wish.creator)
        org = showing.owner(tx, *wish.subject) or (one(tx.reader, "Person", person, ("org_id",)) if person else None)
        return {
            "ref": number,
            "title": title,
            "description": html.escape(wish.description or title, quote=False).replace("\n", "<br>"),
            "caller_id": person,
            "org_id": org["org_id"] if org else 0,
            "creator": wish.creator,
            "flow_service_id": wish.service["id"],
            "flow_version_id": flow.id,
            "tag": wish.tag,
            "followers": showing.listed(wish.followers),
            "from_ticket_id": wish.from_ticket,
            "object_class": wish.subject[0],
            "object_key": wish.subject[1],
            "object_stimuli": msgspec.json.encode(dict(wish.stimuli)).decode() if wish.stimuli else "",
            **showing.visible(state, flow),
            "public_log": LogChange(showing.log_entries(state, 0)),
        }

    # -- moving

    def apply(self, tx: Transaction, number: Any, command_of: Callable[[Ticket], Command]) -> Ticket:
        """Moves a ticket by the command that ``command_of`` makes of it. Raises FlowRefusal."""
        ticket = self.locked(tx, number)
        known = len(ticket.state.logs)
        command = command_of(ticket)
        ticket.state, effects = self._advanced(tx, ticket, command)
        self._keep(tx, ticket, command, effects, known)
        return ticket

    def _advanced(self, tx: Transaction, ticket: Ticket, command: Command) -> tuple[State, tuple[Effect, ...]]:
        return advance(ticket.flow, ticket.state, command, DeskDirectory(tx.reader), self.administrators)

    def locked(self, tx: Transaction, number: Any) -> Ticket:
        """A ticket that nobody else changes until the end of the transaction. Raises NoTicket."""
        row = self.find(tx.reader, number)
        if not tx.session.lock("FlowTicket", row["id"]):
            raise NoTicket
        return self.load(tx.reader, self.find(tx.reader, number))

    def keep(self, tx: Transaction, ticket: Ticket, values: Mapping[str, Any] | None = None) -> None:
        """Stores the state of a locked ticket whose values somebody edited."""
        tx.session.update("FlowRun", ticket.run, {"state": encoded(ticket.state)})
        if values:
            tx.update("FlowTicket", ticket.id, values)

    def _keep(
        self,
        tx: Transaction,
        ticket: Ticket,
        command: Command,
        effects: Sequence[Effect],
        known: int,
        shown: Mapping[str, Any] | None = None,
    ) -> None:
        """Does what the engine asks for and stores where it led.

        ``known``: how many lines of the log are stored; ``shown``: what the object shows already.
        """
        shift = Shift(tx, ticket, command, self._renderer, partial(self._advanced, tx, ticket))
        effects = shift.worked_off(effects)
        changed: dict[int, None] = {}
        ended: Ended | None = None
        for effect in effects:
            match effect:
                case Entered(node=node) | Changed(node=node) | Left(node=node):
                    changed[node] = None
                case Ended():
                    ended = effect
        for node in changed:
            if node in ticket.state.steps:
                objects.show_step(tx, ticket.id, ticket.flow, ticket.state.steps[node])
        values = showing.visible(ticket.state, ticket.flow)
        if entries := showing.log_entries(ticket.state, known):
            values["public_log"] = LogChange(entries)
        if ended is not None:
            call_off(tx, ticket)
            values |= self._end(tx, ticket, ended)
        tx.session.update("FlowRun", ticket.run, {"state": encoded(ticket.state)})
        if values != shown:
            tx.update("FlowTicket", ticket.id, values)
        telling.tell(tx, ticket, command, effects)
        if ended is not None:
            objects.tell_subject(tx, ticket.row, ended)

    # -- automatic nodes

    def worked(self, tx: Transaction, step: int, command_of: Callable[[Ticket, int], Command]) -> None:
        """Moves the ticket of an automatic step that waits for ``command_of(ticket, node)``; late answers are dropped.

        ``step`` is the id of its object. Raises what ``command_of`` raises.
        """
        row = one(tx.reader, "FlowStep", step, ("ticket_ref", "node"))
        if row is None:
            return
        ticket = self.locked(tx, row["ticket_ref"])
        found = ticket.state.steps.get(row["node"])
        if found is None or found.row != step or not found.is_open or ticket.state.is_over:
            return
        command = command_of(ticket, found.node)
        self.apply(tx, row["ticket_ref"], lambda _: command)

    def _end(self, tx: Transaction, ticket: Ticket, ended: Ended) -> dict[str, Any]:
        """What the end of a ticket brings: a rating to be given, and the callback."""
        tx.session.insert("FlowComment", {"ticket_id": ticket.id, "stars": 0, "date": tx.now})
        values: dict[str, Any] = {
            "end_date": tx.now,
            "close_date": tx.now,
            "approve_result": "true" if ended.approved else "false",
        }
        meta = self.meta(tx, ticket)
        url = str(meta.get("callback_url") or "")
        if url:
            headers = showing.texts(meta.get("headers"))
            service = self.library.service(tx.reader, ticket.row["flow_service_id"])
            attempts = int((service or {}).get("callback_attempts") or 1)
            body = self.callback_body(tx, ticket, ended)
            values["callback_id"] = callbacks.enqueue(tx, Callback(ticket.id, url, headers, body, attempts))
        return values

    def meta(self, tx: Transaction, ticket: Ticket) -> dict[str, Any]:
        """What came with the wish for the ticket."""
        meta = ticket.given.get("meta") or {}
        if isinstance(meta, str):
            meta = msgspec.json.decode(tx.desk.vault.reveal(meta) or "{}")
        return meta if isinstance(meta, dict) else {}

    def callback_body(self, tx: Transaction, ticket: Ticket, ended: Ended) -> dict[str, Any]:
        """Exactly the recorded members; the moment of the end has microseconds, unlike all others."""
        decisive = frozenset(key for key, node in ticket.flow.nodes.items() if node.type in (APPROVAL, SIGN))
        return {
            "title": ticket.row["title"],
            "current_status": ended.status,
            "sn": ticket.row["ref"],
            "ticket_url": f"{self.front}/weixin/#/ticket/{ticket.id}/",
            "update_at": tx.desk.clock().strftime("%Y-%m-%d %H:%M:%S.%f"),
            "updated_by": showing.listed(ticket.state.updated_by),
            "approve_result": ended.approved,
            "token": callbacks.token(tx.desk.vault),
            "last_approver": ",".join(last_approvers(ticket.state, decisive)),
        }


def person_actor(name: str) -> Actor:
    """Who acts by a flow: the history shows the name. What he may do is the engine's business."""
    return Actor(user=0, login=name, name=name, profiles=frozenset({ADMINISTRATOR}))
