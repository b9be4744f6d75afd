"""How the value of an attribute reads in a text: as it is, as people know it, plain. Source: scenarios 07, 08, 10."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from interdesk.desk.html import to_text
from interdesk.desk.logs import render, transcript
from interdesk.events.subjects import Subject
from interdesk.model.attributes import (
    Attribute,
    Blob,
    Boolean,
    CaseLog,
    Dashboard,
    Date,
    DateTime,
    Decimal,
    Duration,
    Enum,
    EnumSet,
    ExternalField,
    ExternalKey,
    FinalClass,
    Integer,
    LinkedSet,
    ObsolescenceFlag,
    OneWayPassword,
    Secret,
    StopWatch,
    SubItem,
    TagSet,
    Text,
)
from interdesk.model.hops import end_of

MASK = "*****"
LANGUAGE = "EN US"


@dataclass(frozen=True, slots=True)
class Value:
    """``text`` is what stands in a text, ``literal`` what stands in JSON outside of a text."""

    text: str
    literal: str


def textual(text: str) -> Value:
    return Value(text, json.dumps(text, ensure_ascii=False))


def number(text: str) -> Value:
    return Value(text, text or "null")


def flag(text: str, value: Any) -> Value:
    return Value(text, "true" if value else "false")


@dataclass(frozen=True, slots=True)
class Seen:
    """An attribute as a subject shows it: through an external field, the attribute at its end."""

    subject: Subject
    code: str
    attribute: Attribute
    foreign: bool
    language: str = LANGUAGE

    @property
    def stored(self) -> Any:
        return self.subject.value(self.code)


def seen(subject: Subject, code: str, language: str) -> Seen | None:
    """None when there is no such attribute."""
    attribute = subject.cls.attributes.get(code)
    if attribute is None:
        return None
    if isinstance(attribute, ExternalField):
        end, _ = end_of(attribute, subject.cls.name, subject.tx.desk.model)
        return Seen(subject, code, end, True, language)
    return Seen(subject, code, attribute, False, language)


def raw(shown: Seen) -> Value | None:
    """``$this->code$``."""
    attribute = shown.attribute
    match attribute:
        case CaseLog():
            return textual(transcript(shown.subject.log(shown.code)))
        case LinkedSet():
            return textual("\n".join(shown.subject.members(attribute)))
        case TagSet() if not shown.foreign:
            return textual(", ".join(shown.subject.tags(attribute)))
        case EnumSet():
            return textual(" ".join(str(shown.stored or "").split(",")) or " ")
        case Secret() | OneWayPassword():
            return textual(MASK)
        case Dashboard():
            return textual("")
        case Blob():
            return textual(_contents(shown))
        case ObsolescenceFlag() | Boolean():
            return flag("1" if shown.stored else "", shown.stored)
        case SubItem():
            return _item(shown)
    return _scalar(shown)


def _scalar(shown: Seen) -> Value:
    stored = shown.stored
    match shown.attribute:
        case ExternalKey():
            return number(str(stored or 0))
        case StopWatch():
            return number(str(stored[0] or 0))
        case Decimal(decimals=decimals):
            return number("" if stored is None else f"{stored:.{decimals}f}")
        case Integer() | Duration():
            return number("" if stored is None else str(stored))
    return textual("" if stored is None else str(stored))


def label(shown: Seen) -> Value | None:
    """``$this->label(code)$``: None for what has no label (logs and sets)."""
    model = shown.subject.tx.desk.model
    match attribute := shown.attribute:
        case CaseLog() | LinkedSet() | TagSet():
            return None
        case Enum():
            return textual(enum_label(shown, attribute))
        case FinalClass():
            name = str(shown.stored or "")
            default = model.classes[name].label if name in model.classes else name
            return textual(model.text(f"Class:{name}", default, shown.language))
        case ObsolescenceFlag() if not shown.foreign:
            return textual("Yes" if shown.stored else "No")
        case Blob():
            return textual("")
        case SubItem(item=item) if _is_verdict(item):
            return textual("yes" if shown.stored else "no")
    return raw(shown)


def enum_label(shown: Seen, attribute: Enum) -> str:
    code = shown.stored
    if code is None or code == "":
        return ""
    key = f"Class:{attribute.defined_in}/Attribute:{attribute.code}/Value:{code}"
    return shown.subject.tx.desk.model.text(key, attribute.values.get(code, str(code)), shown.language)


def plain(shown: Seen) -> Value | None:
    """``$this->text(code)$``: as people know it, without markup."""
    match attribute := shown.attribute:
        case Text(format="html"):
            return textual(to_text(str(shown.stored or "")))
        case SubItem(item=item) if item.endswith("overrun"):
            return textual(duration(shown.stored))
        case Duration() if shown.stored is not None:
            return textual(duration(shown.stored))
        case _ if attribute:
            return label(shown)
    return None


def date(shown: Seen) -> Value | None:
    """``$this->raw(code)$``: dates only."""
    return raw(shown) if isinstance(shown.attribute, (Date, DateTime)) else None


def head(shown: Seen) -> Value | None:
    """``$this->head(log)$``: the latest entry as plain text."""
    if not isinstance(shown.attribute, CaseLog):
        return None
    entries = shown.subject.log(shown.code)
    return textual(render(entries[-1])[0] if entries else "")


def head_html(shown: Seen) -> Value | None:
    """``$this->head_html(log)$``: the latest entry as markup."""
    if not isinstance(shown.attribute, CaseLog):
        return None
    entries = shown.subject.log(shown.code)
    return textual(render(entries[-1])[1] or "" if entries else "")


def duration(seconds: Any) -> str:
    """``1d 2h 3min 4s``, from the largest unit that counts."""
    left = int(seconds or 0)
    parts: list[str] = []
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if left >= size or parts:
            parts.append(f"{left // size}{unit}")
            left %= size
    return " ".join([*parts, f"{left}s"])


def _is_verdict(item: str) -> bool:
    return item.rpartition("_")[2] in ("passed", "triggered")


def _item(shown: Seen) -> Value:
    """An item of a stop watch, empty while there is nothing to tell."""
    item = getattr(shown.attribute, "item", "")
    if _is_verdict(item):
        return flag("1" if shown.stored else "", shown.stored)
    text = "" if shown.stored is None else str(shown.stored)
    return number(text) if item.rpartition("_")[2] in ("overrun", "timespent") else textual(text)


def _contents(shown: Seen) -> str:
    digest = (shown.stored or ("",))[0]
    return shown.subject.tx.session.blob(digest).decode("utf-8", "replace") if digest else ""


FORMS: dict[str, Callable[[Seen], Value | None]] = {
    "label": label,
    "text": plain,
    "raw": date,
    "head": head,
    "head_html": head_html,
}
