"""Plays the recorded scenarios of ``itop_events`` with a receiver of its own."""

from __future__ import annotations

import contextlib
import io
import time
from argparse import Namespace
from functools import cache
from typing import Any

from tests.support.replays import RECORDED, REQUEST_SECONDS, by_step, replayer

WAIT_SECONDS, SETTLE_SECONDS = 20.0, 0.35
UNSENT = "SELECT Delivery WHERE (state = 'waiting' AND attempts = 0) OR (state = 'sending' AND attempts = 1)"
SENT_SECONDS = 1.0
DIFFERENT_WAIT_SECONDS = 5.0  # where a file has steps that differ, each of them takes the whole wait


@cache
def patient_receiver() -> Any:
    """The replay's own receiver, except that it hands over only when it is quiet.

    Where more arrives than the recording has, all of it then belongs to the step that caused it.
    """
    replay = replayer("itop_events")

    class Patient(replay.Receiver):  # type: ignore[name-defined, misc]
        def take(self, box: str, at_least: int, wait: float, settle: float) -> list[Any]:
            deadline = time.monotonic() + wait
            with self.lock:
                count = -1
                while time.monotonic() < deadline:
                    have = len(self.boxes.get(box, []))
                    if have >= at_least and have == count:
                        break
                    count = have
                    pause = settle if have >= at_least else deadline - time.monotonic()
                    self.lock.wait_for(lambda have=have: len(self.boxes.get(box, [])) > have, pause)  # type: ignore[misc]
                return list(self.boxes.pop(box, []))

    return Patient()


def orderly_target(url: str) -> Any:
    """The replay's own target, except that it asks for nothing more before what was caused so far was sent.

    The original sends before it answers; here, what several requests cause may be on its way at the same time.
    """
    replay = replayer("itop_events")

    class Orderly(replay.rest.Target):
        def send(self, request: Any, variables: Any) -> Any:
            deadline = time.monotonic() + SENT_SECONDS
            while time.monotonic() < deadline and self._unsent():
                time.sleep(0.01)
            return super().send(request, variables)

        def _unsent(self) -> bool:
            asked = {"operation": "core/get", "class": "Delivery", "key": UNSENT, "output_fields": "id"}
            answer = super().send({"version": "1.3", "json": asked}, {})
            return bool(answer.json()["objects"])

    return Orderly(url, "admin", "admin", REQUEST_SECONDS)


def event_differences(file: str, url: str, *, different: bool = False) -> tuple[int, dict[int, str]]:
    """Play one scenario file: (steps judged, {number of a differing step: what differs}).

    ``different``: some of its steps are known to differ.
    """
    wait = DIFFERENT_WAIT_SECONDS if different else WAIT_SECONDS
    replay = replayer("itop_events")
    options = Namespace(mode="check", verbose=False, full=False, app_url=None, wait=wait, settle=SETTLE_SECONDS)
    target = orderly_target(url)
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed):
            passed, failed = replay.run_file(RECORDED / "itop_events" / file, target, patient_receiver(), options)
    finally:
        target.client.close()
    differing = by_step(printed.getvalue(), file)
    assert len(differing) == failed, printed.getvalue()
    return passed + failed, differing
