"""The examples of OQL: ``valid.txt`` has a query a line, ``invalid.txt`` a query and, indented, its message.

Only the start of a message is given; ``…`` stands for any text.
"""

from __future__ import annotations

from pathlib import Path

_HERE = Path(__file__).parent

VALID = tuple((_HERE / "valid.txt").read_text(encoding="utf-8").splitlines())
_LINES = (_HERE / "invalid.txt").read_text(encoding="utf-8").splitlines()
INVALID = tuple((query, message.strip()) for query, message in zip(_LINES[::2], _LINES[1::2], strict=True))
