"""The benchmarks' own reckoning; what they measure is not tested here, since it depends on the machine."""

from __future__ import annotations

import os

from benchmarks.processes import cpu_seconds
from benchmarks.read_limits import Limit
from benchmarks.reference import CASES, comparison, reference_rates


def test_the_reference_has_a_rate_for_each_case_and_concurrency() -> None:
    rates = reference_rates()
    assert rates.keys() == {(case, concurrency) for case in CASES.values() for concurrency in (1, 8)}
    assert rates["get_by_id_all_fields", 1] == 8.8
    assert rates["get_related_1000", 8] == 0.3


def test_a_run_is_compared_by_its_mean_time() -> None:
    figures = {"requests": 150, "errors": 0, "req_per_s": 1.0, "p50_ms": 9.0, "p95_ms": 20.0, "mean_ms": 10.0}
    rows = comparison({"cases": {"create_request": {"8": figures}}})
    assert rows == [("create_request", "8", "0", "800.0", "9.0 ms", "13.1", "x 61.1")]


def test_the_ratio_of_a_limit() -> None:
    assert Limit("name", ours=0.006, base=0.002, goal=6.0).ratio == 3.0


def test_the_processor_time_of_a_process_grows() -> None:
    before = cpu_seconds(os.getpid())
    while cpu_seconds(os.getpid()) == before:
        sum(range(100_000))
    assert cpu_seconds(os.getpid()) > before
