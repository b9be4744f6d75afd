"""What the supervisor tells: its log, as ``interdesk.telemetry.logs`` has it, and systemd."""

from __future__ import annotations

import os
import time


def log(level: str, event: str, **values: int | str) -> None:
    """A line on standard error."""
    import json  # with the next, small: but most supervisors never have anything to say
    from contextlib import suppress

    now = time.time()
    moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now)) + f".{int(now % 1 * 1_000_000):06}Z"
    line = json.dumps({**values, "event": event, "level": level, "timestamp": moment})
    with suppress(OSError):  # nobody reads it, and that is no reason to end
        os.write(2, line.encode() + b"\n")


def notify(state: str) -> None:
    """Tells systemd, where it has started the process and wants to know."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    import socket  # no supervisor needs it that systemd has not started

    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        try:
            sender.sendto(state.encode(), "\0" + address[1:] if address.startswith("@") else address)
        except OSError as problem:
            log("warning", "systemd cannot be told", reason=str(problem))
