"""Secrets: reversible ones are encrypted at rest, passwords are hashed; both leave only masked history rows."""

from __future__ import annotations

from dataclasses import dataclass

from interdesk.model.attributes.base import Compared, TextValue


@dataclass(frozen=True, kw_only=True, eq=False)
class Secret(TextValue):
    """Reversible: the desk encrypts before writing and decrypts for who may read."""

    types = ("AttributePassword", "AttributeEncryptedString")
    compared = Compared.NEVER
    max_size: int = 255


@dataclass(frozen=True, kw_only=True, eq=False)
class OneWayPassword(TextValue):
    """Hashed (argon2id); nobody reads it back."""

    types = ("AttributeOneWayPassword",)
    compared = Compared.NEVER
    max_size: int = 1_024
