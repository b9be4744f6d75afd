"""Interdesk: a service desk and CMDB server that speaks REST dialects which scripts already speak."""

__version__ = "0.1.0"
