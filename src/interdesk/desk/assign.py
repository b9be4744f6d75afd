"""Taking a native value for one attribute of a draft: what kind of value it must be, and what is stored for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from interdesk.desk.drafts import Draft
from interdesk.desk.html import clean
from interdesk.desk.values import Document, Hashed, LinkChange, LogChange, NewEntry
from interdesk.errors import BadValue, LimitExceeded, ReadOnly, UnknownAttribute
from interdesk.model import WrongValue
from interdesk.model.attributes import (
    Attribute,
    Blob,
    BlobValue,
    CaseLog,
    FinalClass,
    Html,
    LinkedSet,
    OneWayPassword,
    Secret,
    StopWatch,
    Text,
)

if TYPE_CHECKING:
    from interdesk.desk.transaction import Transaction


def assign(draft: Draft, code: str, value: Any, tx: Transaction) -> None:
    """Sets one attribute. Raises UnknownAttribute, ReadOnly, BadValue, LimitExceeded.

    The final class and stop watches take any value and keep their own, as recorded (scenario 14).
    """
    attribute = draft.cls.attributes.get(code)
    if attribute is None:
        raise UnknownAttribute(draft.cls.name, code)
    if isinstance(attribute, (FinalClass, StopWatch)):
        return
    if not attribute.writable:
        raise ReadOnly(draft.cls.name, code)
    draft.given.add(code)
    match attribute:
        case CaseLog():
            draft.logs[code] = _log_change(code, value)
        case LinkedSet():
            draft.links[code] = _link_change(code, value)
        case Blob():
            draft.values[code] = _document(draft, code, value, tx)
        case OneWayPassword():
            draft.values[code] = _password(draft, attribute, value, tx)
        case _:
            draft.values[code] = _scalar(draft, attribute, value, tx)


def _scalar(draft: Draft, attribute: Attribute, value: Any, tx: Transaction) -> Any:
    stored = _normalised(attribute, value)
    match attribute:
        case Html() | Text(format="html") if stored:
            return clean(stored)
        case Secret():
            draft.clear[attribute.code] = stored
            return _sealed(draft, attribute.code, stored, tx)
    return stored


def _password(draft: Draft, attribute: OneWayPassword, value: Any, tx: Transaction) -> str:
    """Hashing takes long: whoever writes where others wait gives the password hashed."""
    clear = value.clear if isinstance(value, Hashed) else value
    draft.clear[attribute.code] = _normalised(attribute, clear)
    return value.stored if isinstance(value, Hashed) else tx.desk.vault.hash(draft.clear[attribute.code])


def _normalised(attribute: Attribute, value: Any) -> Any:
    try:
        return attribute.normalise(value)
    except WrongValue as problem:
        raise BadValue(attribute.code, str(problem)) from problem


def _sealed(draft: Draft, code: str, clear: str, tx: Transaction) -> str:
    """Sealed anew only when it changes: two seals of one text differ."""
    before = draft.before.get(code)
    return before if before and tx.desk.vault.reveal(before) == clear else tx.desk.vault.seal(clear)


def _document(draft: Draft, code: str, value: Any, tx: Transaction) -> BlobValue:
    if value is None:
        return BlobValue()
    if not isinstance(value, Document):
        raise BadValue(code, "a document is needed")
    if value.data is None:
        return BlobValue()
    limit = tx.desk.limits.blob_bytes
    if len(value.data) > limit:
        raise LimitExceeded(f"{code}: the document has {len(value.data)} bytes, the limit is {limit} (blob_bytes)")
    return BlobValue(tx.session.put_blob(value.data), value.mimetype, value.filename, 0)


def _log_change(code: str, value: Any) -> LogChange:
    if isinstance(value, str):
        return LogChange((NewEntry(value),) if value else ())
    if isinstance(value, LogChange):
        return value
    raise BadValue(code, "a text or a change of the log is needed")


def _link_change(code: str, value: Any) -> LinkChange:
    if isinstance(value, LinkChange):
        return value
    raise BadValue(code, "a change of the link set is needed")
