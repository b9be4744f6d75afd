"""Kill, fill and cut: the long form of tests/faults.

python -m benchmarks.faults [--kills 100] [--writers 8] [--seed 1]

A desk with two workers takes writes; workers are killed (SIGKILL) at random moments, now and then all of them. Then
every acknowledged write is looked for, and every ticket is checked for halves. On SQLite and on PostgreSQL. Then two
servers of one PostgreSQL desk take approvals while their workers are killed: no ticket may be stuck, no decision lost,
and each callback is sent once or listed as failed. A SQLite
desk on a small file system of its own is written to until that is full. Ends with 1 when anything was lost.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.support.approving import SETTINGS, Approvals, service_for
from tests.support.databases import Databases
from tests.support.faults import created, kill_workers, load_on, losses, progress
from tests.support.postgres import shared_server
from tests.support.receivers import receiving
from tests.support.servers import PASSWORD, cut_connections, prepared, served

TMPFS_MEGABYTES = 24
CUTS = 20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=100, help="for each database")
    parser.add_argument("--writers", type=int, default=8)
    parser.add_argument("--seed", type=int, default=1, help="of the moments and victims")
    args = parser.parse_args()
    lost = 0
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        home = Path(folder)
        home.chmod(0o755)
        databases = Databases(home, lambda: stack.enter_context(shared_server(home)))
        for dialect in ("sqlite", "postgresql"):
            lost += killed(databases, dialect, home, args.kills, args.writers, args.seed)
        lost += approvals(databases, home, args.kills, args.writers, args.seed)
        lost += cut(databases, home, args.writers)
        lost += filled(home)
    sys.exit(1 if lost else 0)


def killed(databases: Databases, dialect: str, home: Path, kills: int, writers: int, seed: int) -> int:
    url = prepared(databases, dialect)
    started = time.monotonic()
    with served(url, home / f"kills-{dialect}", "--workers", "2") as server:
        load = load_on(server, writers)
        progress(load)
        found = kill_workers(server, kills, random.Random(seed))
        progress(load)
        load.stop()
    problems = [*load.faults, *losses(url, load)]
    tell(
        f"{dialect}: {found} workers killed at {kills} moments",
        f"{len(load.acknowledged)} tickets, {sum(load.acknowledged.values())} acknowledged writes in "
        f"{time.monotonic() - started:.0f} s",
        problems,
    )
    return len(problems)


def approvals(databases: Databases, home: Path, kills: int, writers: int, seed: int) -> int:
    """Two servers of one desk, whose workers are killed while approvals run."""
    url = prepared(databases, "postgresql")
    started, chance = time.monotonic(), random.Random(seed)
    with receiving() as receiver, contextlib.ExitStack() as stack:
        service = service_for(url, receiver)
        servers = [
            stack.enter_context(served(url, home / name, "--workers", "2", settings=SETTINGS))
            for name in ("one", "two")
        ]
        load = Approvals(servers, receiver, service)
        load.start(writers)
        load.progress()
        found = sum(kill_workers(chance.choice(servers), 1, chance) for _ in range(kills))
        load.progress()
        load.stop()
        problems = [*load.faults, *load.losses()]
    tell(
        f"postgresql: {found} workers of two servers killed at {kills} moments while approvals ran",
        f"{len(load.created)} tickets, {len(load.decided)} decisions in {time.monotonic() - started:.0f} s",
        problems,
    )
    return len(problems)


def cut(databases: Databases, home: Path, writers: int) -> int:
    """All connections to PostgreSQL are ended, again and again."""
    url = prepared(databases, "postgresql")
    with served(url, home / "cuts", "--workers", "2") as server:
        load = load_on(server, writers)
        ended = 0
        for _ in range(CUTS):
            progress(load)
            ended += cut_connections(url)
        progress(load)
        load.stop()
    odd = [refusal for refusal in load.refusals if not refusal.startswith("100: Error: The ")]
    problems = [*load.faults, *odd, *losses(url, load)]
    found = f"{sum(load.acknowledged.values())} acknowledged writes, {len(load.refusals)} refused clearly"
    tell(f"postgresql: {ended} connections lost at {CUTS} moments", found, problems)
    return len(problems)


def filled(home: Path) -> int:
    """A desk in a small file system writes until it is full, then goes on when there is room again."""
    place = home / "small"
    place.mkdir()
    name = f"sqlite: a disk of {TMPFS_MEGABYTES} MB is full"
    with small_disk(place) as mounted:
        if not mounted:
            tell(name, "left out: only root can make a file system for it", [])
            return 0
        ballast = place / "ballast"
        url = f"sqlite:///{place / 'interdesk.db'}"
        command = [sys.executable, "-m", "interdesk", "init", "--data", str(place), "--password", PASSWORD]
        environment = {"INTERDESK_DATABASE": url, "PYTHONPATH": os.pathsep.join(sys.path)}
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env={**os.environ, **environment})
        with served(url, home / "full", "--workers", "2") as server:
            load = load_on(server)
            progress(load)
            fill(ballast)
            while not load.refusals and not load.faults:
                time.sleep(0.1)
            time.sleep(2)
            refusals = len(load.refusals)
            readable = server.rest("core/get", cls="UserRequest", key=min(load.acknowledged), output_fields="id")
            ballast.unlink()
            progress(load)
            load.stop()
            created(server, "Organization", name="Afterwards")
        odd = [refusal for refusal in load.refusals if "disk" not in refusal and "undone" not in refusal]
        problems = [*load.faults, *odd, *losses(url, load)]
        if readable["code"] != 0:
            problems.append(f"nothing can be read from a full disk: {readable['message']}")
        writes = sum(load.acknowledged.values())
        tell(name, f"{refusals} writes refused clearly, then {writes} acknowledged in all", problems)
        return len(problems)


def fill(path: Path) -> None:
    with path.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(b"\0" * 4096)


@contextlib.contextmanager
def small_disk(place: Path) -> Iterator[bool]:
    if os.geteuid() != 0:
        yield False
        return
    mount = ["mount", "-t", "tmpfs", "-o", f"size={TMPFS_MEGABYTES}m", "tmpfs", str(place)]
    done = subprocess.run(mount, check=False, capture_output=True)
    try:
        yield done.returncode == 0
    finally:
        if done.returncode == 0:
            subprocess.run(["umount", str(place)], check=True)


def tell(what: str, figures: str, problems: list[str]) -> None:
    print(f"{what}: {figures}; {len(problems)} problems", flush=True)
    for problem in problems[:20]:
        print(f"    {problem}")


if __name__ == "__main__":
    main()
