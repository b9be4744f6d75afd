"""The figures that all workers share: counted apart, shown together, in Prometheus' own format."""

from __future__ import annotations

import os

import pytest
from prometheus_client.parser import text_string_to_metric_families

from interdesk.telemetry.board import OPERATIONS, Board, board_bytes


def samples(board: Board) -> dict[tuple[str, ...], float]:
    """Every sample by its name and the values of its labels, as Prometheus' own parser reads them."""
    return {
        (sample.name, *(f"{name}={value}" for name, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(board.text())
        for sample in family.samples
    }


def test_requests_are_counted_by_operation_and_code() -> None:
    board = Board()
    board.offer(["core/get", "core/create"])
    for operation, code in [("core/get", 0), ("core/get", 0), ("core/get", 100), ("core/create", 1), ("", 404)]:
        board.answered(operation, code, 0.1)
    board.answered("never/offered", 777, 0.1)
    found = samples(board)
    assert {key[1:]: value for key, value in found.items() if key[0] == "interdesk_requests_total"} == {
        ("code=0", "operation=core/get"): 2,
        ("code=100", "operation=core/get"): 1,
        ("code=1", "operation=core/create"): 1,
        ("code=404", "operation=other"): 1,
        ("code=other", "operation=other"): 1,
    }


@pytest.mark.parametrize(("seconds", "bound"), [(0.0, "0.001"), (0.001, "0.001"), (0.0011, "0.0025"), (60.0, "+Inf")])
def test_a_duration_falls_into_its_bucket_and_all_larger_ones(seconds: float, bound: str) -> None:
    board = Board()
    board.offer(["core/get"])
    board.answered("core/get", 0, seconds)
    found = samples(board)
    buckets = {key[1]: value for key, value in found.items() if key[0] == "interdesk_request_seconds_bucket"}
    limits = {label.removeprefix("le="): value for label, value in buckets.items()}
    assert {limit for limit, value in limits.items() if value} == {
        limit for limit in limits if float(limit) >= float(bound)
    }
    assert found["interdesk_request_seconds_sum", "operation=core/get"] == seconds
    assert found["interdesk_request_seconds_count", "operation=core/get"] == 1


def test_forked_workers_count_on_one_board() -> None:
    board = Board(3)
    board.offer(["core/get"])
    for slot in range(3):
        if (pid := os.fork()) == 0:
            board.slot = slot
            board.add("writes_total", slot + 1)
            board.put("workers", 1)
            board.answered("core/get", 0, 0.5)
            os._exit(0)
        assert os.waitpid(pid, 0)[1] == 0
    board.down(1)
    found = samples(board)
    assert found["interdesk_writes_total",] == 6
    assert found["interdesk_workers",] == 2
    assert found["interdesk_requests_total", "code=0", "operation=core/get"] == 3


def test_more_operations_than_there_is_room_for_are_counted_together() -> None:
    board = Board()
    board.offer(f"operation/{number}" for number in range(OPERATIONS + 10))
    board.answered(f"operation/{OPERATIONS + 5}", 0, 0.1)
    board.answered("operation/7", 0, 0.1)
    found = samples(board)
    assert found["interdesk_requests_total", "code=0", "operation=other"] == 1
    assert found["interdesk_requests_total", "code=0", "operation=operation/7"] == 1


def test_the_least_counts_workers_that_answer_only() -> None:
    board = Board(3)
    assert board.least("client_connections") == 0
    for board.slot, held in enumerate((4, 2, 1)):
        board.put("workers", 1)
        board.put("client_connections", held)
    assert board.least("client_connections") == 1
    board.down(2)
    assert board.least("client_connections") == 2


def test_programs_share_a_board_by_its_file() -> None:
    memory = os.memfd_create("board")
    os.ftruncate(memory, board_bytes(2))
    one, other = Board(2, memory), Board(2, memory)
    other.slot = 1
    one.add("writes_total")
    other.add("writes_total", 2)
    assert one.total("writes_total") == other.total("writes_total") == 3
    os.close(memory)
