"""Plain texts of markup, kept for the next reader: rendering a long log entry takes far longer than finding it."""

from __future__ import annotations

import hashlib
import sys
import threading
from collections import OrderedDict

from interdesk.desk.html import to_text

SHORT = 500  # characters of markup that are rendered as quickly as they are looked up
KEPT_BYTES = 16 * 1024 * 1024
ENTRY_BYTES = 200  # of memory that a text takes beside its own


class Texts:
    """The texts rendered last, as many as fit into ``most`` bytes; known by a digest of their markup. Thread-safe."""

    def __init__(self, most: int = KEPT_BYTES) -> None:
        self._most, self.size = most, 0
        self._texts: OrderedDict[bytes, str] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._texts)

    def text(self, markup: str) -> str:
        """The plain text of ``markup``."""
        if len(markup) <= SHORT:
            return to_text(markup)
        digest = hashlib.blake2b(markup.encode("utf-8", "surrogatepass"), digest_size=20).digest()
        with self._lock:
            known = self._texts.get(digest)
            if known is not None:
                self._texts.move_to_end(digest)
                return known
        text = to_text(markup)
        with self._lock:
            if digest not in self._texts:
                self._texts[digest] = text
                self.size += _bytes(text)
            while self.size > self._most:
                self.size -= _bytes(self._texts.popitem(last=False)[1])
        return text


def _bytes(text: str) -> int:
    return sys.getsizeof(text) + ENTRY_BYTES
