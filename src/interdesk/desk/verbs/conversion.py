"""Values between attributes of different kinds, for verbs that set and copy them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from interdesk.desk.assign import assign
from interdesk.desk.html import text_to_html, to_text
from interdesk.desk.logs import transcript
from interdesk.model.attributes import Attribute, CaseLog, ExternalField, Html, LinkedSet, Text

if TYPE_CHECKING:
    from interdesk.desk.verbs import Call


def is_html(attribute: Attribute | None) -> bool:
    """True for attributes that hold markup."""
    return isinstance(attribute, (Html, CaseLog)) or (isinstance(attribute, Text) and attribute.format == "html")


def put(call: Call, code: str, value: Any, source: str | None = None) -> None:
    """Sets an attribute as a caller would; ``source`` names the attribute that the value was read from.

    The caller's own values stay known as such. Raises what ``assign`` raises.
    """
    draft = call.draft
    attribute = draft.cls.attribute(code)
    origin = draft.cls.attributes.get(source) if source else None
    if isinstance(value, tuple) and origin is not None and origin.columns() == attribute.columns():
        draft.values[code] = value  # documents and the like, between attributes of one kind
        return
    if isinstance(value, str) and value:
        if is_html(attribute) and not is_html(origin):
            value = text_to_html(value)
        elif is_html(origin) and not isinstance(origin, CaseLog) and not is_html(attribute):
            value = to_text(value)
    given = set(draft.given)
    assign(draft, code, value, call.tx)
    draft.given = given


def source_value(call: Call, code: str) -> Any:
    """The value of any attribute of the draft as it is now: stored, seen through a key, or a whole log as text."""
    draft, tx = call.draft, call.tx
    attribute = draft.cls.attribute(code)
    if code in draft.values:
        return draft.values[code]
    if isinstance(attribute, CaseLog):
        return transcript(tx.session.logs(draft.cls.root, code, [draft.key]).get(draft.key, []))
    if isinstance(attribute, LinkedSet):
        return None
    if isinstance(attribute, ExternalField):
        key = draft.values.get(attribute.ext_key)
        pointing = draft.cls.attributes[attribute.ext_key]
        owner, at, wanted = getattr(pointing, "target_class", ""), key, attribute.target_attribute
    else:
        owner, at, wanted = draft.cls.name, 0 if draft.is_new else draft.key, code
    if not at:
        return None
    table = tx.reader.one(tx.desk.model.cls(owner), at, (wanted,))
    if not table.rows or wanted not in table.positions:
        return None
    start, width = table.positions[wanted]
    row = table.rows[0]
    return row[start] if width == 1 else row[start : start + width]


def is_empty(call: Call, code: str) -> bool:
    """True when an attribute of the draft has no value; a key that is unset has none."""
    attribute = call.draft.cls.attribute(code)
    value = source_value(call, code)
    return value in (None, "") or attribute.is_empty(value)
