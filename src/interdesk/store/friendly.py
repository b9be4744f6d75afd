"""What a friendly name is made of, for whoever writes it as SQL: statements and indexes must write it alike."""

from __future__ import annotations

import re

from interdesk.model import Naming

_PLACE = re.compile(r"%([0-9]+)\$s|%%")


def pieces(naming: Naming) -> tuple[str | int, ...]:
    """Fixed texts, and places in ``naming.attributes``. Without attributes there is nothing to tell: ()."""
    count = len(naming.attributes)
    layout = naming.format or " ".join(f"%{place}$s" for place in range(1, count + 1))
    found: list[str | int] = []
    end = 0
    for match in _PLACE.finditer(layout):
        found.append(layout[end : match.start()])
        end = match.end()
        if match[1] is None:
            found.append("%")
        elif 0 < int(match[1]) <= count:
            found.append(int(match[1]) - 1)
    found.append(layout[end:])
    return tuple(piece for piece in found if piece != "") if count else ()
