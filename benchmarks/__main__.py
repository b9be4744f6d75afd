"""Measure desks of its own: against the reference's figures, at different sizes, and under faults.

python -m benchmarks [--million] [--requests 150] [--seconds 5] [--kills 10] [--json FILE]

All that the project promises of speed and memory, on SQLite and on a PostgreSQL server of its own that keeps what it
acknowledges. Takes about a quarter of an hour; ``--million`` measures desks of 1,000,000 tickets, which takes longer.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks import at_size, goals, impact_limit, read_limits
from benchmarks.reference import CASES, comparison
from tests.support.desk_process import DeskProcess, running_desk
from tests.support.postgres import own_server

# As Debian sets it up, with memory for a desk of this size.
DURABLE = ("fsync=on", "synchronous_commit=on", "shared_buffers=512MB", "max_wal_size=4GB", "max_connections=100")
SCRIPT = Path(__file__).with_name("bench_itop.py")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=150, help="per case and concurrency")
    parser.add_argument("--seconds", type=float, default=5.0, help="of load for each case")
    parser.add_argument("--million", action="store_true", help="compare with 1,000,000 tickets instead of 100,000")
    parser.add_argument("--kills", type=int, default=10, help="of workers, for each database")
    parser.add_argument("--json", type=Path, help="also write the figures of reference and reading to this file")
    args = parser.parse_args()
    sizes = [10_000, 1_000_000 if args.million else 100_000]
    with own_server(DURABLE) as postgres:
        postgres.run("CREATE DATABASE goals")
        _title("Under load by wrk, concurrency 8, two workers, SQLite (goals: reference.md)")
        goals.run_and_show(2, args.seconds)
        _title("The same on PostgreSQL")
        goals.run_and_show(2, args.seconds, postgres.url("goals"))
        _title("At size, one worker, SQLite")
        at_size.run_and_show(sizes, args.seconds)
        _title("At size, one worker, PostgreSQL")
        at_size.run_and_show(sizes, args.seconds, postgres.url("postgres"))
    _with_a_python_client(args.requests, args.json)
    _title("Faults")
    sys.exit(subprocess.run([sys.executable, "-m", "benchmarks.faults", "--kills", str(args.kills)]).returncode)


def _title(text: str) -> None:
    print(f"\n{text}\n", flush=True)


def _with_a_python_client(requests: int, out: Path | None) -> None:
    """The script that measured the reference, and the limits that reading is to hold."""
    with tempfile.TemporaryDirectory() as folder:
        with running_desk(Path(folder) / "reference", "--empty") as desk:
            result = _against_reference(desk, requests, Path(folder) / "result.json")
        with running_desk(Path(folder) / "limits", "--empty") as desk:
            limits = read_limits.measure(desk)
        with goals.serving(Path(folder) / "impact", 1, **impact_limit.NOTHING_KEPT) as desk:
            limits = [*limits, impact_limit.measure(desk)]
    _title("By the reference's own script (bench_itop.py), one worker, SQLite")
    head = ("case", "concurrency", "errors", "req/s", "p50", "reference", "ratio")
    _table([head, *comparison(result)])
    print(f"\nMemory after the run: {result['memory_after']}")
    _title("Reading: processor time per request")
    rows = [
        (
            limit.name,
            f"{limit.ours * 1000:.2f} ms",
            f"{limit.base * 1000:.2f} ms",
            f"{limit.ratio:.2f}",
            f"<= {limit.goal:g}",
            "held" if limit.ratio <= limit.goal else "MISSED",
        )
        for limit in limits
    ]
    _table([("limit", "ours", "base", "ratio", "goal", ""), *rows])
    if out:
        figures = {limit.name: {"ours": limit.ours, "base": limit.base, "ratio": limit.ratio} for limit in limits}
        out.write_text(json.dumps({"reference": result, "limits": figures}, indent=1) + "\n", encoding="utf-8")


def _against_reference(desk: DeskProcess, requests: int, out: Path) -> dict[str, Any]:
    cases = [case for case in CASES.values() if case != "get_related_1000" or _relates(desk)]
    command = [sys.executable, str(SCRIPT), "--url", desk.url, "--pids", str(desk.pid), "--out", str(out), "--keep"]
    subprocess.run([*command, "--requests", str(requests), "--cases", *cases], check=True)
    result: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))
    return result


def _relates(desk: DeskProcess) -> bool:
    """Whether this desk answers core/get_related; without it that case is left out, and said so."""
    answer = json.loads(
        read_limits.Caller(desk).rest(
            operation="core/get_related", **{"class": "Server"}, key="SELECT Server", relation="impacts"
        )
    )
    if answer["code"] != 0:
        print(f"core/get_related is left out: {answer['message']}")
    return bool(answer["code"] == 0)


def _table(rows: list[tuple[str, ...]]) -> None:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


if __name__ == "__main__":
    main()
