"""What can be wrong with a value: an issue names the attribute, a stable code and a readable text."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Issue:
    """One broken rule. ``attribute`` is None for rules over a whole object."""

    code: str
    text: str
    attribute: str | None = None


class WrongValue(ValueError):
    """Raised by an attribute whose ``normalise`` cannot make sense of a value; the text is the reason."""
