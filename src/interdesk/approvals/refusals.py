"""Why a flow does not do what it was asked. Nothing is changed then.

The texts are those that integrators of the original know (facts ``bkitsm_api.md`` 2 and 3); a dialect wraps them.
"""

from __future__ import annotations

from collections.abc import Sequence

from interdesk.errors import DeskError


class FlowRefusal(DeskError):
    """The root of the refusals. ``text`` is the recorded text alone."""

    code = "flow"

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class NotPossible(FlowRefusal):
    """The state of the ticket, or who asks, does not allow it."""


class BadForm(FlowRefusal):
    """A value of a form breaks a rule of its field."""


class MissingFields(FlowRefusal):
    """Keys that a form must have were not given."""

    def __init__(self, keys: Sequence[str]) -> None:
        self.keys = sorted(keys)
        super().__init__(str(self.keys))


class BadParameter(FlowRefusal):
    """A parameter of the call itself is wrong."""


class NotAnApprover(FlowRefusal):
    """Somebody decides who was not asked, or at a node that takes no decision."""


class BadFlow(FlowRefusal):
    """A flow definition that could not be walked to its end."""
