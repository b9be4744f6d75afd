"""The suite's own footing: tests that share a desk stay together when several workers run them."""

from __future__ import annotations

import os

import pytest


@pytest.mark.skipif("PYTEST_XDIST_WORKER" not in os.environ, reason="one process runs everything")
@pytest.mark.xdist_group("footing")
def test_a_group_of_tests_stays_on_one_worker(request: pytest.FixtureRequest) -> None:
    # pytest-xdist finds groups by this suffix. Without it nothing fails at once, but the desks that tests share
    # are started once for each worker, and scenarios meet them in an order that changes.
    assert request.node.nodeid.endswith("@footing")
