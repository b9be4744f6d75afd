"""iTop's REST/JSON dialect, versions 1.0 to 1.4."""

from interdesk.dialects.itop.access import Access
from interdesk.dialects.itop.endpoint import PATH, Endpoint
from interdesk.dialects.itop.journal import Journal
from interdesk.dialects.itop.service import CORE, RESERVED, Service

__all__ = ["CORE", "PATH", "RESERVED", "Access", "Endpoint", "Journal", "Service"]
