"""Measure a desk of its own: against the reference's figures, and against the limits that reading is to hold.

python -m benchmarks [--requests 150] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks import impact_limit, read_limits
from benchmarks.reference import CASES, comparison
from tests.support.desk_process import DeskProcess, running_desk

SCRIPT = Path(__file__).with_name("bench_itop.py")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=150, help="per case and concurrency")
    parser.add_argument("--json", type=Path, help="also write all figures to this file")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        with running_desk(Path(folder) / "reference", "--empty") as desk:
            result = _against_reference(desk, args.requests, Path(folder) / "result.json")
        with running_desk(Path(folder) / "limits", "--empty") as desk:
            limits = [*read_limits.measure(desk), impact_limit.measure(desk)]
    print("\nAgainst the reference (benchmarks/reference.md)\n")
    head = ("case", "concurrency", "errors", "req/s", "p50", "reference", "ratio")
    _table([head, *comparison(result)])
    print(f"\nMemory after the run: {result['memory_after']}")
    print("\nReading: processor time per request\n")
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
    if args.json:
        figures = {limit.name: {"ours": limit.ours, "base": limit.base, "ratio": limit.ratio} for limit in limits}
        args.json.write_text(json.dumps({"reference": result, "limits": figures}, indent=1) + "\n", encoding="utf-8")


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
