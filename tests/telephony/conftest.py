"""Fixtures of telephony."""

from tests.support.confd import confd

__all__ = ["confd"]
