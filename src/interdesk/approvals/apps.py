"""Applications that may call: a code and a secret, of which only a keyed digest is kept."""

from __future__ import annotations

import hmac
import secrets
from typing import Any

from interdesk.approvals.rows import only
from interdesk.desk import Desk, Reader, Transaction

PURPOSE = "flow app"
SECRET_BYTES = 24


def add(tx: Transaction, code: str, name: str = "", secret: str = "") -> str:
    """A new application, or a new secret for a known one; the secret, which cannot be read again."""
    secret = secret or secrets.token_urlsafe(SECRET_BYTES)
    digest = tx.desk.vault.fingerprint(PURPOSE, code, secret).hex()
    known = only(tx.reader, "FlowApp", {"code": code}, ("status",))
    if known is None:
        tx.create("FlowApp", {"code": code, "name": name or code, "secret_digest": digest})
    else:
        tx.update("FlowApp", known["id"], {"secret_digest": digest, "status": "active"})
    return secret


def fault(desk: Desk, reader: Reader, code: Any, secret: Any) -> str:
    """Why an application may not call, '' when it may."""
    if not isinstance(code, str) or not code:
        return "APP认证失败，参数bk_app_code为空 [app code cannot be empty]"
    if not isinstance(secret, str) or not secret:
        return "APP认证失败，参数bk_app_secret为空 [app secret cannot be empty]"
    known = only(reader, "FlowApp", {"code": code}, ("code", "status", "secret_digest"))
    digest = desk.vault.fingerprint(PURPOSE, known["code"] if known else code, secret).hex()
    right = hmac.compare_digest(digest, str((known or {}).get("secret_digest") or ""))
    if known is None or known["status"] != "active" or not right:
        return "APP认证失败，请检查bk_app_code和bk_app_secret [app code or app secret is incorrect]"
    return ""
