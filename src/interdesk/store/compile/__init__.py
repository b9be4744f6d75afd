"""Resolved queries compiled to SQL: one statement for all queries of a shape."""

from __future__ import annotations

from interdesk.store.compile.binding import Ids
from interdesk.store.compile.compiler import Compiler
from interdesk.store.compile.fields import PRESENCE
from interdesk.store.compile.order import By
from interdesk.store.compile.statement import LIMIT, NOW, OFFSET, Plan, Slot, Statement

__all__ = ["LIMIT", "NOW", "OFFSET", "PRESENCE", "By", "Compiler", "Ids", "Plan", "Slot", "Statement"]
