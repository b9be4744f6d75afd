"""What the desk bounds, so that one request cannot starve the others. Set from the settings."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """What a desk allows, from the settings; sizes in bytes, times in seconds."""

    blob_bytes: int = 32 * 1024 * 1024
    nested_sets: int = 6  # how deep link sets inside link sets are shown
    password_cache_seconds: float = 60.0
    password_cache_size: int = 1_000
    kept_related: int = 10_000  # objects of all answers about relations that are kept
    write_attempts: int = 5  # of a transaction that others stand in the way of
