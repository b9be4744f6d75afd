"""The BlueKing ITSM dialect: its third-party API under native, ESB and gateway paths."""

from interdesk.dialects.bkitsm.endpoint import PREFIXES, Endpoint

__all__ = ["PREFIXES", "Endpoint"]
