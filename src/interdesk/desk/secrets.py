"""Secrets: passwords are hashed with argon2id, reversible secrets are encrypted with the desk's own key.

The key comes from the setting ``secret_key`` or from a file beside the data, made with mode 0600 at the first start.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from cryptography.exceptions import InvalidTag
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from interdesk.errors import DeskError

SEALED = "sealed:"  # marks a stored text as encrypted
GCM = f"{SEALED}2:"  # by AES-GCM; without the number by Fernet, which costs ten times as much and is only read
NONCE_BYTES = 12


class Vault:
    """Seals and reveals reversible secrets, hashes and verifies passwords.

    ``key`` is any secret text of at least 16 characters; ``hasher`` decides what a password hash costs.
    """

    def __init__(self, key: str, hasher: PasswordHasher | None = None) -> None:
        if len(key) < 16:
            raise DeskError("The secret key is too short: give at least 16 characters")
        digest = hashlib.sha256(b"interdesk secrets" + key.encode()).digest()
        self._gcm = AESGCM(hashlib.sha256(b"interdesk sealed texts" + key.encode()).digest())
        self._fernet = Fernet(base64.urlsafe_b64encode(digest))
        self._mac_key = hashlib.sha256(b"interdesk verified credentials" + key.encode()).digest()
        self._hasher = hasher or PasswordHasher()
        self.decoy = self._hasher.hash(key)  # verified for unknown logins, so that they take as long

    def seal(self, text: str) -> str:
        """The text as it is stored; the empty text stays empty."""
        if not text:
            return ""
        nonce = os.urandom(NONCE_BYTES)
        return GCM + base64.b64encode(nonce + self._gcm.encrypt(nonce, text.encode(), None)).decode()

    def reveal(self, stored: str | None) -> str:
        """The clear text. Raises DeskError when the desk's key is not the one that sealed it."""
        if not stored or not stored.startswith(SEALED):
            return stored or ""
        try:
            if not stored.startswith(GCM):
                return self._fernet.decrypt(stored[len(SEALED) :].encode()).decode()
            sealed = base64.b64decode(stored[len(GCM) :], validate=True)
            return self._gcm.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], None).decode()
        except (InvalidToken, InvalidTag, ValueError):
            raise DeskError("A stored secret was sealed with another key: restore the desk's secret.key") from None

    def hash(self, password: str) -> str:
        return self._hasher.hash(password) if password else ""

    def verify(self, stored: str, password: str) -> bool:
        """True when the password is the one that was hashed. Costs an argon2 run."""
        if not stored:
            return False
        try:
            return self._hasher.verify(stored, password)
        except (VerificationError, InvalidHashError):
            return False

    def fingerprint(self, *parts: str) -> bytes:
        """A keyed digest, for remembering credentials without keeping them."""
        text = "\x00".join(f"{len(part)}:{part}" for part in parts)
        return hmac.new(self._mac_key, text.encode(), hashlib.sha256).digest()


def key_from_file(path: Path) -> str:
    """The key in the file, made first if there is none; readable by the owner alone."""
    try:
        return path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        key = base64.urlsafe_b64encode(os.urandom(32)).decode()
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:  # another process was faster
            return path.read_text(encoding="ascii").strip()
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(key + "\n")
        return key
