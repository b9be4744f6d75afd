"""Kill a whole server again and again while clients write, and count what was lost.

python -m benchmarks.crashes [--kills 50] [--database postgresql://...]

Each write that the server acknowledged fires a web hook. In the end every one of them must have arrived, and every
arrival beyond the first must be marked as a repeat by its id.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections import Counter
from pathlib import Path
from typing import Any

from tests.support.desk_process import free_port
from tests.support.receivers import Arrived, Receiver, receiving

CLIENTS = 4
START_SECONDS = 60.0
END_SECONDS = 180.0
LEASE_SECONDS = 2.0
LIFE = (0.2, 2.0)  # seconds that a server lives once it answers


class Server:
    """A server on a fixed port, to be killed and started again over the same data."""

    def __init__(self, data: Path, database: str) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._command = [sys.executable, "-m", "interdesk", "serve", "--data", str(data), "--port", str(self.port)]
        if database:
            self._command += ["--database", database]
        self._environment = {
            **os.environ,
            "INTERDESK_PRIVATE_NETWORKS": "127.0.0.0/8",
            "INTERDESK_DELIVERY_LEASE_SECONDS": str(LEASE_SECONDS),
            "INTERDESK_DELIVERY_RETRY_SECONDS": "0.5",
            "INTERDESK_DELIVERY_LONGEST_PAUSE": "1",
            "INTERDESK_DELIVERY_ATTEMPTS": "1000",
        }
        self._log_file = data / "server.log"
        self._log = self._log_file.open("ab")
        self._process: subprocess.Popen[bytes] | None = None

    def interdesk(self, *arguments: str) -> None:
        """Another command over the same desk."""
        command = [*self._command[:3], *arguments, *self._command[4:6], *self._command[8:]]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=self._environment)

    def start(self) -> None:
        self._process = subprocess.Popen(self._command, stdout=self._log, stderr=self._log, env=self._environment)
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            try:
                urllib.request.urlopen(self.url + "/health", timeout=2).close()
                return
            except OSError:
                time.sleep(0.05)
        raise RuntimeError(f"the server does not answer:\n{self._log_file.read_text(errors='replace')[-3_000:]}")

    def kill(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def rest(self, operation: str, **data: Any) -> dict[str, Any]:
        """Raises OSError when the server is not there, ValueError when it refuses."""
        form = {"version": "1.3", "auth_user": "admin", "auth_pwd": "admin"}
        form["json_data"] = json.dumps({"operation": operation, "comment": "crashes", **data})
        body = urllib.parse.urlencode(form).encode()
        with urllib.request.urlopen(self.url + "/webservices/rest.php", body, timeout=10) as answer:
            read: dict[str, Any] = json.load(answer)
        if read["code"] != 0:
            raise ValueError(read["message"])
        return read

    def create(self, cls: str, **fields: Any) -> str:
        objects = self.rest("core/create", **{"class": cls}, fields=fields, output_fields="id")["objects"]
        return str(next(iter(objects.values()))["key"])


def configure(server: Server, receiver: Receiver) -> None:
    """Each new location tells the receiver its name."""
    server.create("Organization", name="Crash")
    kind = server.create("RemoteApplicationType", name="Crash")
    connection = server.create(
        "RemoteApplicationConnection", name="sink", url=receiver.url, remoteapplicationtype_id=kind,
        environment="3-production",
    )  # fmt: skip
    action = server.create(
        "ActionWebhook", name="tell", status="enabled", remoteapplicationconnection_id=connection,
        payload='{"name": "$this->name$"}',
    )  # fmt: skip
    server.create(
        "TriggerOnObjectCreate", description="tell", target_class="Location", action_list=[{"action_id": action}]
    )


def write(server: Server, number: int, over: threading.Event, acknowledged: list[str]) -> None:
    """Creates locations one after the other; those that the server acknowledged are kept."""
    count = 0
    while not over.is_set():
        count += 1
        name = f"{number}-{count}"
        try:
            server.create("Location", name=name, org_id="SELECT Organization WHERE name = 'Crash'")
            acknowledged.append(name)
        except (OSError, ValueError):
            time.sleep(0.05)  # the server is being killed, or is not there yet


def named(arrived: Arrived) -> str:
    return str(json.loads(arrived.body)["name"])


def wait(acknowledged: set[str], receiver: Receiver) -> set[str]:
    """What did not arrive in the end."""
    until = time.monotonic() + END_SECONDS
    while missing := acknowledged - {named(one) for one in receiver.arrived}:
        if time.monotonic() > until:
            return missing
        time.sleep(0.2)
    return set()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--database", default="", help="an empty PostgreSQL database instead of SQLite")
    args = parser.parse_args()
    chance = random.Random(5)
    with tempfile.TemporaryDirectory() as folder, receiving() as receiver:
        server = Server(Path(folder), args.database)
        server.interdesk("init", "--admin", "admin", "--password", "admin")
        server.start()
        configure(server, receiver)
        over = threading.Event()
        acknowledged: list[str] = []
        clients = [threading.Thread(target=write, args=(server, n, over, acknowledged)) for n in range(CLIENTS)]
        for client in clients:
            client.start()
        for _ in range(args.kills):
            time.sleep(chance.uniform(*LIFE))
            server.kill()
            server.start()
        over.set()
        for client in clients:
            client.join()
        lost = wait(set(acknowledged), receiver)
        server.kill()
        arrivals = Counter(one.id for one in receiver.arrived)
        ids: dict[str, set[str]] = {}
        for one in receiver.arrived:
            ids.setdefault(named(one), set()).add(one.id)
        unmarked = sum(1 for found in ids.values() if len(found) > 1)
        print(
            f"{args.kills} kills, {len(acknowledged)} writes acknowledged, {len(lost)} lost, "
            f"{sum(arrivals.values()) - len(arrivals)} repeats under the same id, {unmarked} under another"
        )
        sys.exit(1 if lost or unmarked else 0)


if __name__ == "__main__":
    main()
