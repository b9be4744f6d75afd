"""The dialect of XiVO's confd, version 1.1: what scripts that provision telephones speak."""

from interdesk.dialects.confd.endpoint import STARTS, Endpoint
from interdesk.dialects.confd.nonces import NONCE_BYTES, Nonces

__all__ = ["NONCE_BYTES", "STARTS", "Endpoint", "Nonces"]
