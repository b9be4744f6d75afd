"""A request as it is kept until it was sent: complete, and sealed with the desk's key."""

from __future__ import annotations

from dataclasses import replace

import msgspec

from interdesk.desk import Vault
from interdesk.events.requests import Rendered

_DECODER = msgspec.json.Decoder(Rendered)


def seal(rendered: Rendered, vault: Vault) -> str:
    """What the log shows anyway is not kept twice."""
    bare = replace(rendered, logged_headers="", logged_payload="")
    return vault.seal(msgspec.json.encode(bare).decode())


def unseal(sealed: str, vault: Vault) -> Rendered:
    """Raises DeskError (sealed with another key), msgspec.DecodeError."""
    return _DECODER.decode(vault.reveal(sealed))
