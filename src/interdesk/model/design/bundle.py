"""Where the bundled design lies."""

from __future__ import annotations

from pathlib import Path

DESIGNS = Path(__file__).parents[2] / "designs"


def bundled() -> list[Path]:
    """The files of the bundled design in loading order, as ``designs/modules.txt`` lists them."""
    listing = (DESIGNS / "modules.txt").read_text(encoding="utf-8")
    names = (line.split("#", 1)[0].strip() for line in listing.splitlines())
    return [DESIGNS / (name if name.endswith(".xml") else f"{name}.xml") for name in names if name]


def optional() -> dict[str, Path]:
    """Bundled modules that a desk may add to its design, by name."""
    return {file.stem: file for file in sorted((DESIGNS / "optional").glob("*.xml"))}


def design_file(name: str) -> Path:
    """The file that somebody means by a path, or by the name of an optional module."""
    return optional().get(name, Path(name))
