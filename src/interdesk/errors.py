"""The one error tree of Interdesk.

    InterdeskError
    +-- DesignError            the design has faults (all of them, with file, line and cure)
    +-- OqlError               a query cannot be understood: see ``interdesk.oql.errors``
    +-- StoreError
    |   +-- QueryTooSlow       a query ran longer than the setting allows
    |   +-- Unfinished         a read did not end in the moment that its caller had for it
    |   +-- MissingArgument    a query names a placeholder that nobody gave
    |   +-- BadPattern         the pattern of a REGEXP cannot be used
    |   +-- NotASet            MATCHES on an attribute that holds no set of codes
    |   +-- SchemaMismatch     the database was made for another design; ``interdesk migrate`` is the cure
    |   +-- Unavailable        the database cannot be reached, is full or stays locked
    |       +-- Conflict       a write and another stood in each other's way; trying it again helps
    +-- DeskError
        +-- UnknownClass       no such class in the design
        +-- UnknownAttribute   no such attribute in the class
        +-- ReadOnly           the attribute cannot be written
        +-- BadValue           a value cannot be understood at all (its shape is wrong)
        +-- Refused            values were understood and break rules; carries every issue
        +-- NotFound           no object matches
        +-- NotSingle          several objects match where one is needed
        +-- Forbidden          the actor's rights do not allow it
        +-- Unauthenticated    the credentials prove nobody
        +-- StimulusRefused    the life cycle has no such way from here, or mandatory values lack
        +-- DeletionRefused    other objects stand in the way of a deletion
        +-- LimitExceeded      a size, depth, time or rate limit of the settings

Every error has a stable ``code`` and a message that tells what is wrong and what would mend it.
A dialect renders an error in its own shape; nothing below a dialect knows that shape.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from interdesk.model.issues import Issue


class InterdeskError(Exception):
    """The root: catch this to catch everything that Interdesk raises on purpose."""

    code: ClassVar[str] = "error"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class DesignError(InterdeskError):
    """The design has faults. ``faults`` lists each with file, line and cure."""

    code = "design"

    def __init__(self, faults: Sequence[object]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in faults))


class StoreError(InterdeskError):
    code = "store"


class QueryTooSlow(StoreError):
    code = "store.slow"

    def __init__(self, seconds: float) -> None:
        super().__init__(
            f"The query was stopped after {seconds:g} s (setting query_seconds): narrow it, or raise the setting"
        )


class Unfinished(StoreError):
    """Raised only inside ``Store.hurry``: read again without haste."""

    code = "store.unfinished"


class MissingArgument(StoreError):
    code = "store.argument"

    def __init__(self, name: str, available: Sequence[str]) -> None:
        self.name, self.available = name, tuple(available)
        super().__init__(f"The query needs a value for :{name}; given were {{{', '.join(available)}}}")


class BadPattern(StoreError):
    code = "store.pattern"

    def __init__(self, pattern: str, reason: str) -> None:
        super().__init__(f"The pattern {pattern[:200]!r} cannot be used: {reason}")


class NotASet(StoreError):
    code = "store.set"

    def __init__(self, cls: str, attribute: str) -> None:
        self.cls, self.attribute = cls, attribute
        super().__init__(f"{cls}::{attribute} holds no set of codes: use = or LIKE instead of MATCHES")


class SchemaMismatch(StoreError):
    code = "store.schema"


class Unavailable(StoreError):
    code = "store.unavailable"


class Conflict(Unavailable):
    code = "store.conflict"


class DeskError(InterdeskError):
    code = "desk"


class UnknownClass(DeskError):
    code = "desk.class"

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"The design has no class {name!r}")


class UnknownAttribute(DeskError):
    code = "desk.attribute"

    def __init__(self, cls: str, attribute: str) -> None:
        self.cls, self.attribute = cls, attribute
        super().__init__(f"Class {cls} has no attribute {attribute!r}")


class ReadOnly(DeskError):
    code = "desk.read_only"

    def __init__(self, cls: str, attribute: str) -> None:
        self.cls, self.attribute = cls, attribute
        super().__init__(f"{cls}::{attribute} is computed and cannot be written: leave it out")


class BadValue(DeskError):
    """A value of a shape that its attribute cannot take; ``reason`` is the bare text."""

    code = "desk.value"

    def __init__(self, attribute: str, reason: str) -> None:
        self.attribute, self.reason = attribute, reason
        super().__init__(f"{attribute}: {reason}")


class Refused(DeskError):
    """Values that break rules. ``issues`` holds all of them; nothing was written."""

    code = "desk.refused"

    def __init__(self, cls: str, key: int, issues: Sequence[Issue]) -> None:
        self.cls, self.key, self.issues = cls, key, tuple(issues)
        super().__init__(", ".join(issue.text for issue in issues))


class NotFound(DeskError):
    code = "desk.not_found"


class NotSingle(DeskError):
    code = "desk.not_single"


class Forbidden(DeskError):
    """The actor may not do ``action`` (read, bulk read, write ...) on objects of ``cls``."""

    code = "desk.forbidden"

    def __init__(self, action: str, cls: str) -> None:
        self.action, self.cls = action, cls
        super().__init__(f"Your profiles do not grant {action!r} on class {cls}")


class Unauthenticated(DeskError):
    code = "desk.unauthenticated"


class TooManyGuesses(Unauthenticated):
    code = "desk.too_many_guesses"

    def __init__(self) -> None:
        super().__init__("There were too many wrong logins: wait a little and try again")


class StimulusRefused(DeskError):
    code = "desk.stimulus"


class DeletionRefused(DeskError):
    code = "desk.deletion"


class LimitExceeded(DeskError):
    code = "desk.limit"
