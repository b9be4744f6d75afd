"""How texts are compared: without regard to case, accents and trailing blanks.

Both databases have the same rule as SQL function ``fold``, so that a value folded here meets a column folded there.
"""

from __future__ import annotations

import unicodedata

MARKS = ((0x0300, 0x036F), (0x1AB0, 0x1AFF), (0x1DC0, 0x1DFF), (0x20D0, 0x20FF), (0xFE20, 0xFE2F))
_WITHOUT_MARKS: dict[int, None] = dict.fromkeys(code for low, high in MARKS for code in range(low, high + 1))


def fold(text: str | None) -> str | None:
    """The form under which texts are equal and sorted; None stays None."""
    return None if text is None else folded(text)


def folded(text: str) -> str:
    """``fold`` of a text."""
    if text.isascii():
        return text.lower().rstrip(" ")
    return plain(text).lower().rstrip(" ")


def plain(text: str) -> str:
    """``text`` without accents, case and blanks kept."""
    return text if text.isascii() else unicodedata.normalize("NFKD", text).translate(_WITHOUT_MARKS)
