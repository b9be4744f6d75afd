"""History: every write leaves a change (who, when, why, through what) with one operation for each thing changed.

Shapes as recorded: scenarios ``itop/14_update`` and ``itop_events/15_history``, ``16_history_links_and_special``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from interdesk.desk.drafts import Draft
from interdesk.model.attributes import (
    Attribute,
    Blob,
    BlobValue,
    ExternalKey,
    Html,
    LongText,
    OneWayPassword,
    Secret,
    StopWatch,
    TagSet,
    Text,
    Url,
)

if TYPE_CHECKING:
    from interdesk.desk.transaction import Transaction

SCALAR_SIZE = 255  # the operation's own columns; a longer old or new value is cut in the history


class History:
    """The change of one transaction; its row is written with the first operation, so that idle writes leave none."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx
        self._change = 0

    def created(self, draft: Draft) -> None:
        self._operation("CMDBChangeOpCreate", draft.cls.name, draft.key)

    def deleted(self, cls: str, root: str, key: int, name: str) -> None:
        """The operations of the object go; one that tells of its deletion stays, under the root class."""
        self._tx.forget_history(cls, key)
        self._operation("CMDBChangeOpDelete", root, key, fclass=cls, fname=name[:SCALAR_SIZE])

    def updated(self, draft: Draft, codes: list[str]) -> None:
        for code in codes:
            attribute = draft.cls.attributes[code]
            if attribute.tracked and not isinstance(attribute, StopWatch):
                self._attribute(draft, attribute)

    def logged(self, draft: Draft, code: str, last_entry: int) -> None:
        """``last_entry`` is the position of the newest entry, counted from 0."""
        self._operation(
            "CMDBChangeOpSetAttributeCaseLog", draft.cls.name, draft.key, attcode=code, lastentry=last_entry
        )

    def linked(self, host: str, key: int, code: str, item_class: str, item: int, kind: str) -> None:
        """``kind``: added or removed."""
        self._operation(
            "CMDBChangeOpSetAttributeLinksAddRemove",
            host,
            key,
            attcode=code,
            item_class=item_class,
            item_id=item,
            type=kind,
        )

    def link_changed(self, host: str, key: int, code: str, item_class: str, item: int, link: int) -> None:
        """A link between the object and an item was changed in its own attributes."""
        self._operation(
            "CMDBChangeOpSetAttributeLinksTune",
            host,
            key,
            attcode=code,
            item_class=item_class,
            item_id=item,
            link_id=link,
        )

    def _attribute(self, draft: Draft, attribute: Attribute) -> None:
        code, old, new = attribute.code, draft.before.get(attribute.code), draft.values.get(attribute.code)
        name, values = _operation_of(attribute, old, new)
        self._operation(name, draft.cls.name, draft.key, attcode=code, **values)

    def _operation(self, name: str, objclass: str, objkey: int, **values: Any) -> None:
        tx = self._tx
        if not self._change:
            self._change = tx.session.insert(
                "CMDBChange",
                {
                    "date": tx.now,
                    "userinfo": (tx.comment or tx.actor.name)[:SCALAR_SIZE],
                    "user_id": tx.actor.user,
                    "origin": tx.origin,
                },
            )
        tx.session.insert(name, {"change": self._change, "objclass": objclass, "objkey": objkey, **values})


def _operation_of(attribute: Attribute, old: Any, new: Any) -> tuple[str, dict[str, Any]]:
    """The class of the operation and its own values; secrets leave no value."""
    match attribute:
        case OneWayPassword():
            return "CMDBChangeOpSetAttributeOneWayPassword", {}
        case Secret():
            return "CMDBChangeOpSetAttributeEncrypted", {}
        case Blob():
            return "CMDBChangeOpSetAttributeBlob", {"prevdata": old or BlobValue()}
        case TagSet():
            return "CMDBChangeOpSetAttributeTagSet", {"oldvalue": old or "", "newvalue": new or ""}
        case Url():
            return "CMDBChangeOpSetAttributeURL", {"oldvalue": old or "", "newvalue": new or ""}
        case Html():
            return "CMDBChangeOpSetAttributeHTML", {"prevdata": old or ""}
        case Text(format="html"):
            return "CMDBChangeOpSetAttributeHTML", {"prevdata": old or ""}
        case LongText():
            return "CMDBChangeOpSetAttributeLongText", {"prevdata": old or ""}
        case Text():
            return "CMDBChangeOpSetAttributeText", {"prevdata": old or ""}
    return "CMDBChangeOpSetAttributeScalar", {
        "oldvalue": scalar_text(attribute, old),
        "newvalue": scalar_text(attribute, new),
    }


def scalar_text(attribute: Attribute, value: Any) -> str:
    """A scalar as the history keeps it."""
    if value is None:
        return "0" if isinstance(attribute, ExternalKey) else ""
    return str(value)[:SCALAR_SIZE]
