"""Two desks on the loopback address hand a ticket over, talk about it and bring it back: the five scenarios.

make exchange, or python examples/exchange/walk.py

Acme's desk hands the ticket to its partner Beta, whose desk has a ticket of its own for it. After each scenario the
ticket is printed as it stands at both desks. Nothing of it stays: the desks live in a folder that is removed.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
import textwrap
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PASSWORD = "Only-for-this-walk-1"
PATIENCE = 60.0
QUICK = {  # a desk of every day waits longer
    "INTERDESK_DELIVERY_RETRY_SECONDS": "0.5",
    "INTERDESK_DELIVERY_LONGEST_PAUSE": "2",
    "INTERDESK_DELIVERY_ATTEMPTS": "100",
    "INTERDESK_DELIVERY_LEASE_SECONDS": "2",
    "INTERDESK_BREAKER_SECONDS": "0.5",
}


class Desk:
    """One desk: a folder, a port, and the process ``interdesk serve`` between ``start`` and ``stop`` or ``kill``.

    ``database``: the URL of an empty database; without, a file in the folder.
    """

    def __init__(self, name: str, folder: Path, database: str = "") -> None:
        self.name, self.folder, self.port = name, folder, free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None
        self.environment = {
            **os.environ,
            **QUICK,
            "INTERDESK_DATA": str(folder),
            "INTERDESK_DATABASE": database,
            "INTERDESK_DESIGN": "exchange",
            "INTERDESK_PORT": str(self.port),
            "INTERDESK_PRIVATE_NETWORKS": "127.0.0.1",
        }

    def command(self, *words: str) -> str:
        """What ``interdesk`` prints. Raises RuntimeError when it fails."""
        done = subprocess.run(
            [sys.executable, "-m", "interdesk", *words], env=self.environment, capture_output=True, text=True
        )
        if done.returncode:
            raise RuntimeError(f"interdesk {words[0]} at {self.name}: {done.stdout}{done.stderr}")
        return done.stdout

    def launch(self) -> None:
        """Starts the server; ``await_answer`` waits for it."""
        with (self.folder / "server.log").open("ab") as log:
            words = [sys.executable, "-m", "interdesk", "serve"]
            self._process = subprocess.Popen(words, env=self.environment, stdout=log, stderr=subprocess.STDOUT)

    def await_answer(self) -> None:
        wait_for(self._answers, f"{self.name} to answer")

    def start(self) -> None:
        self.launch()
        self.await_answer()

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(self.url + "/health", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait()
            self._process = None

    def kill(self) -> None:
        """As a power cut would."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self._process = None

    def call(self, operation: str, **parameters: Any) -> dict[str, Any]:
        """The answer of the REST interface. Raises RuntimeError for one that is no success."""
        document = {"operation": operation, "comment": "A walk", "output_fields": "id", **parameters}
        form = {"auth_user": "admin", "auth_pwd": PASSWORD, "version": "1.3", "json_data": json.dumps(document)}
        with urllib.request.urlopen(
            self.url + "/webservices/rest.php", urllib.parse.urlencode(form).encode(), timeout=PATIENCE
        ) as answer:
            found: dict[str, Any] = json.load(answer)
        if found["code"]:
            raise RuntimeError(f"{self.name} answers {found['code']}: {found['message']}")
        return found

    def create(self, cls: str, **fields: Any) -> str:
        """The key of a new object."""
        (made,) = self.call("core/create", **{"class": cls}, fields=fields)["objects"].values()
        return str(made["key"])

    def get(self, cls: str, query: str, fields: str) -> list[dict[str, Any]]:
        """Attributes of the objects that a query finds, by their keys."""
        found = self.call("core/get", **{"class": cls}, key=query, output_fields=fields)["objects"] or {}
        return [found[name]["fields"] for name in sorted(found, key=lambda name: int(name.split("::")[1]))]


class Walk:
    """A ticket of ``acme``, whose partner is ``beta``. What is done at one desk is awaited at the other."""

    def __init__(self, acme: Desk, beta: Desk) -> None:
        self.acme, self.beta = acme, beta
        self.key = ""
        self._agents = {desk.name: self._staff(desk) for desk in (acme, beta)}
        self._service = self._contract()
        self._partner = acme.get("Organization", "SELECT Organization WHERE category = 'partner'", "id")[0]["id"]

    def _staff(self, desk: Desk) -> dict[str, str]:
        org = desk.create("Organization", name=f"{desk.name} itself")
        agent = desk.create("Person", org_id=org, name="Agent", first_name="Ann")
        team = desk.create("Team", org_id=org, name="Desk", persons_list=[{"person_id": agent}])
        return {"org_id": org, "team_id": team, "agent_id": agent}

    def _contract(self) -> str:
        """Beta resolves tickets of Acme under a contract."""
        own = {"org_id": self._agents[self.beta.name]["org_id"]}
        service = self.beta.create("Service", name="Repairs", status="production", **own)
        covered = [{"service_id": service}]
        customer = {"org_id": {"name": self.acme.name}, "provider_id": own["org_id"]}
        self.beta.create("CustomerContract", name="Help", status="production", services_list=covered, **customer)
        return service

    def open(self) -> None:
        """A ticket at Acme, assigned to an agent."""
        staff = dict(self._agents[self.acme.name])
        org = staff.pop("org_id")
        self.key = self.acme.create(
            "UserRequest",
            org_id=org,
            caller_id=staff["agent_id"],
            request_type="incident",
            title='The "big" printer',
            description="<p>It prints nothing.</p>",
            private_log="First look:\nthe fuser is broken",
        )
        self.apply(self.acme, self.key, "ev_assign", **staff)

    def open_another_at_beta(self) -> None:
        """One that nobody hands over: from then on the numbers at the two desks differ."""
        own = self._agents[self.beta.name]
        title, text = "A ticket of its own", "<p>Nobody else's business.</p>"
        self.beta.create("UserRequest", org_id=own["org_id"], caller_id=own["agent_id"], title=title, description=text)

    def apply(self, desk: Desk, key: str, stimulus: str, **fields: Any) -> None:
        desk.call("core/apply_stimulus", **{"class": "UserRequest"}, key=key, stimulus=stimulus, fields=fields)

    def write(self, desk: Desk, key: str, **fields: Any) -> None:
        desk.call("core/update", **{"class": "UserRequest"}, key=key, fields=fields)

    def hand_over(self) -> None:
        """1 and 2: the agent chooses the partner, and the ticket enters the state that tells him."""
        self.apply(self.acme, self.key, "ev_pendingpartner", partner_id=self._partner)

    def take_on(self, key: str) -> None:
        """Beta assigns its ticket."""
        staff = {code: value for code, value in self._agents[self.beta.name].items() if code != "org_id"}
        self.apply(self.beta, key, "ev_assign", request_type="incident", **staff)

    def resolve(self, key: str, solution: str) -> None:
        """5: Beta resolves its ticket."""
        self.apply(self.beta, key, "ev_resolve", service_id=self._service, solution=solution)

    def ours(self) -> dict[str, Any]:
        return self.acme.get("UserRequest", f"SELECT UserRequest WHERE id = {self.key}", FIELDS)[0]

    def theirs(self) -> list[dict[str, Any]]:
        return self.beta.get("UserRequest", f"SELECT UserRequest WHERE remote_ticketid = {self.key}", FIELDS)

    def handed_over(self) -> str:
        """The key of Beta's ticket, once both know of each other's."""
        wait_for(lambda: int(self.ours()["remote_ticketid"]) > 0, "the ticket to be handed over")
        return str(self.ours()["remote_ticketid"])


FIELDS = "id, ref, title, status, remote_ticketid, solution, public_log, private_log"


def entries(ticket: dict[str, Any], log: str) -> list[str]:
    """The messages of a log, oldest first."""
    return [str(entry["message"]).strip() for entry in ticket[log]["entries"]]


def wait_for(true: Callable[[], bool], what: str, seconds: float = PATIENCE) -> None:
    """Raises TimeoutError."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {seconds:g} seconds for {what}")
        time.sleep(0.1)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def two_desks(acme: Desk, beta: Desk, *, beta_address: str = "") -> Iterator[None]:
    """Makes Acme and its partner Beta, each with one command of ``interdesk exchange``, and runs them.

    ``beta_address``: where Acme calls Beta, unless directly.
    """
    for desk in (acme, beta):
        desk.command("init", "--password", PASSWORD)
    told = acme.command("exchange", "add-partner", beta.name, "--url", beta_address or beta.url,
                        "--known-as", acme.name)  # fmt: skip
    beta.command(*shlex.split(told.splitlines()[-1])[1:])
    try:
        for desk in (acme, beta):
            desk.launch()
        for desk in (acme, beta):
            desk.await_answer()
        yield
    finally:
        acme.stop()
        beta.stop()


def show(headline: str, walk: Walk) -> None:
    print(f"\n== {headline}\n")
    for desk, tickets in ((walk.acme, [walk.ours()]), (walk.beta, walk.theirs())):
        for ticket in tickets:
            _print(desk, ticket)
        if not tickets:
            print(f"  {desk.name} knows nothing of it")


def _print(desk: Desk, ticket: dict[str, Any]) -> None:
    number = int(ticket["remote_ticketid"])
    print(f"  {desk.name}'s ticket {ticket['ref']}, number {ticket['id']}: {ticket['title']}")
    print(f"    status       {ticket['status']}")
    if number:
        print(f"    over there   number {number}")
    for log in ("public_log", "private_log"):
        for text in entries(ticket, log):
            _indented(log, text)
    if ticket["solution"]:
        _indented("solution", ticket["solution"])


def _indented(name: str, html: str) -> None:
    text = re.sub("<[^>]*>", "", re.sub("<br */?>|</p>", "\n", html))
    lines = [line for line in text.splitlines() if line.strip()]
    print(textwrap.indent("\n".join(lines), " " * 17).replace(" " * 17, f"    {name:13}", 1))


def main() -> None:
    print("Two desks are made; that takes a while ...")
    with tempfile.TemporaryDirectory() as folder:
        acme, beta = Desk("Acme", Path(folder) / "acme"), Desk("Beta", Path(folder) / "beta")
        with two_desks(acme, beta):
            walk_through(acme, beta)


def walk_through(acme: Desk, beta: Desk) -> None:
    """The five scenarios, printing."""
    print(f"{acme.name} at {acme.url} hands tickets to its partner {beta.name} at {beta.url}.")
    for desk in (acme, beta):
        print(f"interdesk exchange check, at {desk.name}: {desk.command('exchange', 'check').strip()}")
    walk = Walk(acme, beta)
    walk.open_another_at_beta()
    walk.open()
    show("1  Identify: an agent of Acme has a ticket that Beta is to solve", walk)
    walk.hand_over()
    key = walk.handed_over()
    show("2  Transfer: the agent chose Beta and applied ev_pendingpartner; Beta has a ticket for it", walk)
    walk.write(acme, walk.key, private_log="The serial number is 4711")
    wait_for(lambda: len(entries(walk.theirs()[0], "public_log")) == 2, "the details to arrive")
    show("3  More details: what Acme notes in its private log appears at Beta", walk)
    walk.take_on(key)
    walk.write(beta, key, public_log="A technician is on the way")
    wait_for(lambda: len(entries(walk.ours(), "private_log")) == 3, "the feedback to arrive")
    show("4  Feedback: Beta works on it, and what it tells in its public log appears at Acme", walk)
    walk.resolve(key, "The fuser was replaced")
    wait_for(lambda: walk.ours()["status"] == "assigned", "the ticket to come back")
    show("5  Resolution: Beta resolved it; Acme has it back, assigned, with Beta's solution in its log", walk)
    print()
    for desk in (acme, beta):
        states = [row["state"] for row in desk.get("Delivery", "SELECT Delivery", "state")]
        print(f"{desk.name} sent {len(states)} messages, {states.count('delivered')} arrived.")


if __name__ == "__main__":
    main()
