"""Markup of placeholders: addresses, hyperlinks and ``html(code)``. Source: scenarios 09 and 18."""

from __future__ import annotations

import html
from dataclasses import dataclass

from interdesk.desk.logs import render
from interdesk.events.subjects import Subject
from interdesk.events.values import Seen, Value, enum_label, label, plain, textual
from interdesk.model.attributes import CaseLog, EmailAddress, Enum, ExternalKey, LinkedSet, PhoneNumber, TagSet, Text

PORTALS = {"portal": "itop-portal", "itop-portal": "itop-portal"}
TOOLTIP = (
    'data-tooltip-content="{root}pages/UI.php?route=object.summary&obj_class={cls}&obj_key={key}" \n'
    'data-tooltip-interaction-enabled="true" \ndata-tooltip-is-async="true" \ndata-tooltip-html-enabled="true" \n'
    'data-tooltip-sanitizer-skipped="false" \ndata-tooltip-show-delay="800" \ndata-tooltip-hide-delay="500" \n'
    'data-tooltip-max-width="600px" \ndata-tooltip-theme="object-summary" \ndata-tooltip-append-to="body"'
)


@dataclass(frozen=True, slots=True)
class Addresses:
    """``root`` is the address of the application as its users know it, with a slash at the end."""

    root: str

    def of(self, subject: Subject, portal: str = "") -> str | None:
        """The page of an object, None when there is no such portal."""
        name, key = subject.cls.name, subject.key
        if not portal:
            return f"{self.root}pages/UI.php?operation=details&class={name}&id={key}"
        if portal not in PORTALS:
            return None
        page = "exec_module=itop-portal-base&exec_page=index.php&exec_env=production"
        return f"{self.root}pages/exec.php/object/edit/{name}/{key}?{page}&portal_id={PORTALS[portal]}"

    def link(self, subject: Subject, portal: str = "", suffix: str = "") -> str | None:
        """A hyperlink to the page of an object."""
        address = self.of(subject, portal)
        if address is None:
            return None
        cls = subject.cls
        tooltip = TOOLTIP.format(root=self.root, cls=cls.name, key=subject.key) if _has_summary(subject) else ""
        return (
            f'<span class="object-ref " {tooltip} title="{html.escape(cls.label)}::{subject.key}">'
            f'<a class="object-ref-link" href="{address}{suffix}">{escaped(subject.name)}</a></span>'
        )


def _has_summary(subject: Subject) -> bool:
    return subject.cls.name != "Organization"


def escaped(text: str) -> str:
    return html.escape(text).replace("&#x27;", "&apos;")


def marked_up(shown: Seen, addresses: Addresses) -> Value | None:
    """``$this->html(code)$``."""
    match attribute := shown.attribute:
        case CaseLog():
            return textual(_log(shown))
        case LinkedSet():
            return textual(_list(shown.subject.members(attribute)))
        case TagSet() if not shown.foreign:
            return textual(_list(shown.subject.tags(attribute)))
        case Enum() if not shown.foreign:
            return textual(f"<span>{escaped(enum_label(shown, attribute)) or 'Undefined'}</span>")
        case ExternalKey() if not shown.foreign:
            target = shown.subject.hop(shown.code)
            link = addresses.link(target, suffix="&") if target else None
            return textual(link or "<em>undefined</em>")
        case Text(format="html"):
            return textual(f'<div class="HTML ibo-is-html-content" >{shown.stored or ""}</div>')
        case Text():
            lines = escaped(str(shown.stored or "")).replace("\n", "<br />\n")
            return textual(f"<div >{lines}</div>")
    return _linked(shown)


def _linked(shown: Seen) -> Value | None:
    value = plain(shown) or label(shown)
    if value is None:
        return None
    text = escaped(value.text)
    match shown.attribute:
        case EmailAddress() if text:
            icon = '<span class="text_decoration fas fa-envelope"></span>'
            return textual(f'<a class="mailto" href="mailto:{text}">{icon}{text}</a>')
        case PhoneNumber() if text:
            icon = '<span class="text_decoration fas fa-phone"></span>'
            return textual(f'<a class="tel" href="tel:{text}">{icon}{text}</a>')
    return textual(text)


def _list(names: list[str]) -> str:
    return "<ul><li>" + "</li><li>".join(escaped(name) for name in names) + "</li></ul>"


def _log(shown: Seen) -> str:
    entries = "".join(
        f'<div class="caselog_header" style=""><span class="caselog_header_date">{entry.date}</span> - '
        f'<span class="caselog_header_user">{escaped(entry.author)}</span>:</div>'
        f'<div class="caselog_entry_html" style="">{render(entry)[1] or escaped(entry.message)}</div>'
        for entry in reversed(shown.subject.log(shown.code))
    )
    return f'<table style="width:100%;table-layout:fixed"><tr><td>{entries}</td></tr></table>'
