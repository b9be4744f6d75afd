"""Tags: a class of its own for each tag set, whose name tells where its tags belong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interdesk.desk.drafts import Draft
from interdesk.desk.methods import COMPUTE, method

if TYPE_CHECKING:
    from interdesk.desk.transaction import Transaction

PREFIX = "TagSetFieldDataFor_"


@method("TagSetFieldData", COMPUTE)
def home(draft: Draft, tx: Transaction) -> None:
    """``TagSetFieldDataFor_FAQ__domains``: tags of the attribute ``domains`` of class ``FAQ``."""
    owner, _, code = draft.cls.name.removeprefix(PREFIX).partition("__")
    if draft.is_new and code:
        draft.values["obj_class"] = draft.values.get("obj_class") or owner
        draft.values["obj_attcode"] = draft.values.get("obj_attcode") or code
