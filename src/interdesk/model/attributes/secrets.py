"""Secrets: reversible ones are encrypted at rest, passwords are hashed; both leave only masked history rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from interdesk.model.attributes.base import Attribute, Compared, TextValue
from interdesk.model.issues import Issue


@dataclass(frozen=True, kw_only=True, eq=False)
class Secret(TextValue):
    """Reversible: the desk encrypts before writing and decrypts for who may use it.

    ``max_size`` bounds the clear text, which ``check_clear`` judges; ``check`` sees the sealed one, which is longer.
    """

    types = ("AttributePassword", "AttributeEncryptedString")
    compared = Compared.NEVER
    max_size: int = 255

    def check(self, value: Any) -> Issue | None:
        return Attribute.check(self, value)

    def check_clear(self, value: str) -> Issue | None:
        """What is wrong with a clear text, or None."""
        return super().check(value) if value else None


@dataclass(frozen=True, kw_only=True, eq=False)
class OneWayPassword(TextValue):
    """Hashed (argon2id); nobody reads it back."""

    types = ("AttributeOneWayPassword",)
    compared = Compared.NEVER
    max_size: int = 1_024
