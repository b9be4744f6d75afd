"""What telephony refuses: a family, a text and details, which the dialect puts into its own words.

Source of the texts: facts ``xivo_confd_api.md`` 3.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar

from interdesk.errors import DeletionRefused, DeskError
from interdesk.model import Issue

NO_DETAILS: Mapping[str, Any] = MappingProxyType({})


class TelephonyError(DeskError):
    """``details`` are shown behind the text, in their order."""

    code = "desk.telephony"
    family: ClassVar[str]

    def __init__(self, text: str, details: Mapping[str, Any] = NO_DETAILS) -> None:
        self.text, self.details = text, details
        super().__init__(text)


class InputError(TelephonyError):
    """What was given cannot be taken."""

    code = "desk.telephony.input"
    family = "Input Error"


class ResourceError(TelephonyError):
    """What was given stands against what is there."""

    code = "desk.telephony.resource"
    family = "Resource Error"


class Missing(TelephonyError):
    """An object that was named is not there."""

    code = "desk.telephony.missing"
    family = "Resource Not Found"


class Breach(Issue):
    """An issue of a draft that remembers the error which it stands for."""

    __slots__ = ("error",)

    def __init__(self, error: TelephonyError) -> None:
        super().__init__(error.code, error.text)
        object.__setattr__(self, "error", error)

    error: TelephonyError


class InUse(DeletionRefused):
    """A deletion that others stand in the way of; ``error`` says which."""

    def __init__(self, error: TelephonyError) -> None:
        self.error = error
        super().__init__(error.text)


def wrong_type(field: str, expected: str, details: Mapping[str, Any] = NO_DETAILS) -> InputError:
    return InputError(f"field '{field}': wrong type. Should be {expected}", details)


def unknown_reference(field: str, kind: str, details: Mapping[str, Any] = NO_DETAILS) -> InputError:
    """A body names something that is not there."""
    return InputError(f"field '{field}': {kind} was not found", details)


def not_found(kind: str, **details: Any) -> Missing:
    return Missing(f"{kind} was not found", details)
