"""Coverage windows: an interval of hours ends after it begins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interdesk.desk.drafts import Draft
from interdesk.desk.methods import CHECK, method
from interdesk.model import Issue

if TYPE_CHECKING:
    from interdesk.desk.transaction import Transaction


@method("CoverageInterval", CHECK)
def ends_after_it_begins(draft: Draft, tx: Transaction) -> list[Issue]:
    begin, end = draft.values.get("start_time") or "", draft.values.get("end_time") or ""
    if begin and end and end <= begin:
        return [
            Issue("coverage", f"The hours end at {end}, which is not after {begin}: split those over midnight in two")
        ]
    return []
