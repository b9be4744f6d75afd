"""What a log shows of a request: its template, then the request itself, secrets masked, cut to the log's size."""

from __future__ import annotations

import re
from collections.abc import Iterable

MASK = "******"
SIZE = 65_535
CUT = "[TRUNCATED]"
_SECRET = re.compile(r"authorization|cookie|token|secret|passw|credential|api-?key", re.IGNORECASE)
_PASSWORD = re.compile(r"(auth_pwd=)[^&\s]*")


def headers(lines: Iterable[str]) -> str:
    """The header lines as prepared. Those of the action itself are never shown: they may hold secrets."""
    shown = "\n".join(_masked(line) for line in lines)
    return cut(f"Raw:\nAuthorization: {MASK}\n\nAfter preparation:\n{shown}")


def is_secret(name: str) -> bool:
    """Whether a header of that name proves who we are: nobody else is told it, and no log shows it."""
    return _SECRET.search(name) is not None


def _masked(line: str) -> str:
    name, colon, _ = line.partition(":")
    return f"{name}: {MASK}" if colon and is_secret(name) else line


def payload(template: str, prepared: str) -> str:
    return cut(_PASSWORD.sub(rf"\1{MASK}", f"Raw:\n{template}\n\nAfter preparation:\n{prepared}"))


def cut(text: str) -> str:
    return text if len(text) <= SIZE else text[: SIZE - len(CUT)] + CUT
