"""The examples of approvals: a product that asks before it acts, and a user request that waits for a decision."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.support.desk_process import DeskProcess, free_port

pytestmark = pytest.mark.xdist_group("demo-desk")

FOLDER = Path(__file__).resolve().parents[2] / "examples" / "approval"
APP = {"bk_app_code": "demo_app", "bk_app_secret": "demo_secret"}
SECONDS = 30.0


@contextmanager
def product(desk: DeskProcess) -> Iterator[str]:
    port = free_port()
    process = subprocess.Popen([sys.executable, str(FOLDER / "clean_up.py"), desk.url, str(port)])
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


def fetched(url: str, body: bytes | None = None) -> Any:
    """What an address answers; tried again while nobody listens there yet."""
    end = time.monotonic() + SECONDS
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    while True:
        try:
            with urllib.request.urlopen(request, timeout=10) as response:
                return json.load(response)
        except urllib.error.URLError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)


def approve(desk: DeskProcess, number: str, who: str, action: str) -> None:
    query = f"sn={number}&bk_app_code=demo_app&bk_app_secret=demo_secret"
    status = fetched(f"{desk.url}/openapi/ticket/get_ticket_status/?{query}")
    node = status["data"]["current_steps"][0]["state_id"]
    decision = {**APP, "sn": number, "state_id": node, "approver": who, "action": action, "remark": "r"}
    answer = fetched(f"{desk.url}/openapi/ticket/approve/", json.dumps(decision).encode())
    assert answer["result"], answer


def test_a_product_acts_only_after_an_approval_that_the_desk_gave(demo_desk: DeskProcess) -> None:
    with product(demo_desk) as url:
        refused, approved = fetched(f"{url}/ask", b"zhangsan"), fetched(f"{url}/ask", b"zhangsan")
        forged = {"sn": "REQ1", "approve_result": True, "token": "abc"}
        fetched(f"{url}/decided", json.dumps(forged).encode())
        approve(demo_desk, refused, "zhangsan", "false")
        approve(demo_desk, approved, "zhangsan", "true")
        end = time.monotonic() + SECONDS
        while not fetched(f"{url}/deleted") and time.monotonic() < end:
            time.sleep(0.1)
        assert fetched(f"{url}/deleted") == [approved]


@pytest.mark.parametrize(("decision", "status"), [("true", "approved"), ("false", "rejected")])
def test_a_user_request_is_decided_by_a_flow(demo_desk: DeskProcess, decision: str, status: str) -> None:
    command = [sys.executable, str(FOLDER / "approve_request.py"), demo_desk.url, decision]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, status), done.stderr
