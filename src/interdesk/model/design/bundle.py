"""Where the bundled design lies."""

from __future__ import annotations

from pathlib import Path

DESIGNS = Path(__file__).parents[2] / "designs"


def bundled() -> list[Path]:
    """The files of the bundled design in loading order, as ``designs/modules.txt`` lists them."""
    listing = (DESIGNS / "modules.txt").read_text(encoding="utf-8")
    names = (line.split("#", 1)[0].strip() for line in listing.splitlines())
    return [DESIGNS / (name if name.endswith(".xml") else f"{name}.xml") for name in names if name]
