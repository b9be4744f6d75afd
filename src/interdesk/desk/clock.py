"""The desk's clock: always injected, so that tests and recomputations choose the time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from interdesk.model.attributes.dates import DATETIME_FORMAT

Clock = Callable[[], dt.datetime]


def system_clock() -> dt.datetime:
    """The server's local time, to the second, as the design's dates have it."""
    return dt.datetime.now().replace(microsecond=0)


def as_text(moment: dt.datetime) -> str:
    return moment.strftime(DATETIME_FORMAT)
