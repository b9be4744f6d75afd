"""The same flow makes the telephone on another server: the node waits for the order, and tells what came of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from interdesk.approvals.bootstrap import prepare
from interdesk.approvals.commands import Command, Retry, Submit
from interdesk.approvals.library import Library
from interdesk.approvals.requests import Requester
from interdesk.approvals.rows import Row, only, select
from interdesk.approvals.telephones import SERVICE, carry_out_orders
from interdesk.approvals.tickets import Tickets, Wish, person_actor
from interdesk.client.confd import Confd
from interdesk.desk import SYSTEM, Desk
from tests.support.desk_process import DeskProcess, running_desk
from tests.support.xivo import ACCOUNT

LOGIN, PASSWORD = ACCOUNT


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskProcess]:
    with running_desk(tmp_path_factory.mktemp("elsewhere"), "--empty") as desk:
        yield desk


@pytest.fixture
def free(dialect: str) -> str:
    """How numbers begin that nobody has taken on the other server: it outlives the desk of a test."""
    return {"sqlite": "13", "postgresql": "16"}[dialect]


@pytest.fixture
def desk(bundled_desk: Desk, other: DeskProcess, dialect: str) -> Desk:
    """A desk that knows the other server, and one that is not there."""
    prepare(bundled_desk)
    bundled_desk.observers.append(Requester(Tickets(Library(), "http://desk")))
    with bundled_desk.transaction(SYSTEM) as tx:
        owner = tx.create("Organization", {"name": "Acme"})
        tx.create("Person", {"org_id": owner, "name": "Lee", "first_name": dialect, "email": "ann@acme.example"})
        account = {"login": LOGIN, "password": PASSWORD}
        tx.create("TelephonyRemote", {"name": "branch", "url": f"{other.url}/1.1", **account})
        tx.create("TelephonyRemote", {"name": "gone", "url": "http://127.0.0.1:9/1.1", **account})
    return bundled_desk


@pytest.fixture
def confd(other: DeskProcess) -> Confd:
    return Confd(f"{other.url}/1.1", username=LOGIN, password=PASSWORD)


def tickets(desk: Desk) -> Tickets:
    return next(one for one in desk.observers if isinstance(one, Requester)).tickets


def approved(desk: Desk, **form: str) -> str:
    """The number of a ticket that ``boss`` has approved."""

    def ask(tx: Any) -> str:
        service = only(tx.reader, "FlowService", {"name": SERVICE}, ("name",))
        assert service is not None
        values = {"title": "Telephone", "APPROVER": "boss", "person": "ann@acme.example", "server": "branch", **form}
        wish = Wish(service=tickets(desk).library.open_service(tx.reader, service["id"]), creator="me", values=values)
        return str(tickets(desk).create(tx, wish)["ref"])

    number = desk.write(person_actor("me"), ask)
    act(desk, number, lambda node: Submit(operator="boss", node=node, values={"approve_result": "true"}))
    return number


def act(desk: Desk, number: str, command: Any) -> None:
    def made(ticket: Any) -> Command:
        found: Command = command(ticket.state.open_steps[0].node)
        return found

    desk.write(person_actor("boss"), lambda tx: tickets(desk).apply(tx, number, made))


def shown(desk: Desk, number: str) -> tuple[str, Row]:
    """The status of the ticket, and its step "Provisioning"."""
    with desk.reading() as reader:
        ticket = tickets(desk).find(reader, number)
        step = only(reader, "FlowStep", {"ticket_id": ticket["id"], "name": "Provisioning"}, ("status", "error"))
    assert step is not None
    return ticket["status"], step


def placed(desk: Desk) -> list[tuple[str, str]]:
    with desk.reading() as reader:
        found = select(reader, "SELECT TelephonyOrder", ("status", "message", "wanted")).rows
    assert all(row["wanted"].startswith("sealed:") for row in found)
    return [(row["status"], row["message"] or "") for row in found]


def test_the_flow_goes_on_when_the_telephone_is_there(desk: Desk, confd: Confd, free: str, dialect: str) -> None:
    number = approved(desk, exten=f"{free}00", incoming=f"2{free}0", device=f"00:08:5d:00:00:{free}", voicemail="same")
    status, step = shown(desk, number)
    assert (status, step["status"]) == ("RUNNING", "RUNNING")
    assert [one for one, _ in placed(desk)] == ["waiting"]
    assert confd.users.list(search=f"{dialect} Lee")["total"] == 0  # nothing is called inside the transaction

    assert carry_out_orders(desk) == 1
    (user,) = confd.users.list(search=f"{dialect} Lee")["items"]
    (pair,) = confd.call("GET", f"users/{user['id']}/lines")["items"]
    assert confd.lines_sip.get(pair["line_id"])["callerid"] == f'"{dialect} Lee" <{free}00>'
    assert shown(desk, number)[0] == "FINISHED"
    assert placed(desk) == [("done", f"user {user['id']}, line {pair['line_id']}, number {free}00")]
    assert carry_out_orders(desk) == 0


def test_a_refusal_waits_for_people_who_try_again(desk: Desk, confd: Confd, free: str) -> None:
    taken = confd.extensions.create({"exten": f"{free}10", "context": "default"})["id"]
    before = confd.users.list()["total"], confd.lines.list()["total"]
    number = approved(desk, exten=f"{free}10")
    carry_out_orders(desk)
    status, step = shown(desk, number)
    assert (status, step["status"]) == ("RUNNING", "FAILED")
    assert step["error"].startswith("Resource Error - Extension already exists")
    assert (confd.users.list()["total"], confd.lines.list()["total"]) == before
    confd.extensions.delete(taken)
    act(desk, number, lambda node: Retry(operator="boss", node=node))
    assert shown(desk, number)[1]["status"] == "RUNNING"
    carry_out_orders(desk)
    assert shown(desk, number)[0] == "FINISHED"
    assert [one for one, _ in placed(desk)] == ["failed", "done"]


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({"server": "gone", "exten": "1500"}, "http://127.0.0.1:9/1.1 cannot be reached"),
        ({"exten": "next"}, "the ranges of the other server are not known here"),
        ({"server": "unheard of", "exten": "1500"}, "there is no TelephonyRemote of the name unheard of"),
    ],
)
def test_what_cannot_be_done_is_told(desk: Desk, form: dict[str, str], told: str) -> None:
    number = approved(desk, **form)
    carry_out_orders(desk)
    status, step = shown(desk, number)
    assert (status, step["status"]) == ("RUNNING", "FAILED")
    assert told in step["error"]
    assert PASSWORD not in step["error"]


def test_an_interrupted_order_is_not_tried_again_by_itself(desk: Desk, confd: Confd) -> None:
    number = approved(desk, exten="1600")
    with desk.transaction(SYSTEM) as tx:
        (key,) = [row["id"] for row in select(tx.reader, "SELECT TelephonyOrder", ("status",)).rows]
        tx.update("TelephonyOrder", key, {"status": "running"})
    before = confd.users.list()["total"]
    carry_out_orders(desk)
    assert "interrupted" in shown(desk, number)[1]["error"]
    assert confd.users.list()["total"] == before
