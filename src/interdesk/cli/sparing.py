"""Keeping the memory of a server small."""

from __future__ import annotations

import contextlib
import ctypes
import gc

# Of malloc.h: memory apart for each thread is of no use where one of them runs at a time, and lies idle.
M_ARENA_MAX = -8
# New objects between two looks for unreachable ones: more than a large answer is made of. Few of ours lie in circles.
YOUNG = 20_000


def spare_memory() -> None:
    """What is there now stays out of the garbage collector's reach, and its memory common to all workers.

    What comes later is collected less often.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG)
    with contextlib.suppress(AttributeError):  # another C library than GNU's
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, 1)
