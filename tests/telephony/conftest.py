"""Fixtures of telephony."""

from tests.support.confd import confd, shared_confd

__all__ = ["confd", "shared_confd"]
