"""Load by wrk, and what the server's processes spend on a request."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.processes import cpu_seconds

SCRIPT = Path(__file__).with_name("wrk.lua")
CONNECTIONS = 8


@dataclass(frozen=True)
class Rate:
    """What one case came to; ``cpu`` is processor time of all server processes, in seconds a request."""

    rate: float
    p50: float  # milliseconds
    p95: float
    errors: int
    cpu: float


def run(url: str, pid: int, request: dict[str, Any], ids: Sequence[int] = (), seconds: float = 5.0) -> Rate:
    """Sends a request again and again over eight connections: ``{id}`` in it becomes one of ``ids``, ``{n}`` is new
    each time. Raises RuntimeError when there is no wrk."""
    wrk = shutil.which("wrk")
    if wrk is None:
        raise RuntimeError("The load is made by wrk: install it (Debian's package has that name)")
    environment = {**os.environ, "BODY": json.dumps(request), "IDS": ",".join(map(str, ids)) or "0"}
    command = [wrk, "--threads", "1", "--connections", str(CONNECTIONS), "--timeout", "30s", "--latency"]
    before = cpu_seconds(pid)
    done = subprocess.run(
        [*command, "--duration", f"{seconds:g}s", "--script", str(SCRIPT), url],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    spent = cpu_seconds(pid) - before
    line = next(line for line in done.stdout.splitlines() if line.startswith("RESULT "))
    found = json.loads(line.removeprefix("RESULT "))
    if found["errors"]:
        print(f"{found['errors']} errors, the first: {done.stderr.strip()}")
    return Rate(
        found["requests"] / found["seconds"],
        found["p50"],
        found["p95"],
        found["errors"],
        spent / max(1, found["requests"]),
    )
