"""The reference's figures, read from reference.md, beside the figures of a run of bench_itop.py."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

FIGURES = Path(__file__).with_name("reference.md")

# How the table of reference.md begins the name of each case of bench_itop.py.
CASES = {
    "core/get by id": "get_by_id_all_fields",
    "core/get, query returning 100": "get_100_requests",
    "core/create": "create_request",
    "core/update": "update_title",
    "core/get_related": "get_related_1000",
}


def reference_rates() -> dict[tuple[str, int], float]:
    """{(case, concurrency): requests per second}, from the column concurrency / mean time."""
    rates: dict[tuple[str, int], float] = {}
    case = ""
    for line in FIGURES.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) != 6 or not re.fullmatch(r"\d+", cells[1]):
            continue
        if cells[0]:
            case = next(name for start, name in CASES.items() if cells[0].startswith(start))
        rates[case, int(cells[1])] = float(cells[3])
    assert len(rates) == 2 * len(CASES), "reference.md has changed its form"
    return rates


def comparison(result: dict[str, Any]) -> list[tuple[str, ...]]:
    """Rows (case, concurrency, errors, req/s, p50, reference req/s, ratio) for what bench_itop.py has measured."""
    rates = reference_rates()
    rows = []
    for case, by_concurrency in result["cases"].items():
        for concurrency, figures in by_concurrency.items():
            # Like the reference's column: from the mean time, so that the first call of a connection is not in it.
            rate = int(concurrency) / figures["mean_ms"] * 1000 if figures["mean_ms"] else 0.0
            theirs = rates[case, int(concurrency)]
            rows.append(
                (
                    case,
                    concurrency,
                    str(figures["errors"]),
                    f"{rate:.1f}",
                    f"{figures['p50_ms']:.1f} ms",
                    f"{theirs:g}",
                    f"x {rate / theirs:.1f}",
                )
            )
    return rows
