"""Placeholders: found in a text once, then valued for each event. Source: facts ``itop_events.md`` 3, scenarios 07-10.

``$this->caller_id->org_id->name$``: the name of an object of the scene, keys to follow, at the end an attribute, a
form of one (``label(status)``) or a word about the object (``url()``). The arrow may be ``->``, ``-&gt;`` or ``→``.
Whatever has no value stays in the text as it is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from interdesk.events import attachments
from interdesk.events.markup import Addresses, marked_up
from interdesk.events.subjects import Subject
from interdesk.events.values import FORMS, Value, flag, number, raw, seen, textual
from interdesk.model.attributes import ExternalKey

ARROW = r"(?:->|-&gt;|→)"
_BODY = rf"(?P<{{0}}>\w+(?:{ARROW}(?:{ARROW}|[\w ().:-])*)?)"
PATTERN = re.compile(rf"\${_BODY.format('plain')}\$|%24{_BODY.format('encoded')}%24")
_ARROW = re.compile(ARROW)
_FORM = re.compile(r"(\w+)\(([\w.:-]*)\)\Z")
UNDEFINED = textual("undefined")
VARIABLES = "variables"  # names plain values, not an object
SCALARS = frozenset({"APP_URL", "MODULES_URL", "current_contact_id"})
REMEMBERED = 2_048


@dataclass(frozen=True, slots=True)
class Placeholder:
    """``path`` has the steps after the name, none for a scalar of the scene."""

    text: str
    name: str
    path: tuple[str, ...]

    def attribute(self) -> str:
        """The attribute of the named object itself that the value is made of, '' when there is none."""
        if not self.path:
            return ""
        form = _FORM.match(self.path[0])
        return form[2] if form and form[1] in (*FORMS, "html") else self.path[0]


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a template: text as it is, or a placeholder."""

    text: str
    placeholder: Placeholder | None = None


@lru_cache(maxsize=REMEMBERED)
def split(template: str) -> tuple[Piece, ...]:
    """The template as stretches of text and placeholders, in order."""
    pieces, end = [], 0
    for found in _found(template):
        if found.start() > end:
            pieces.append(Piece(template[end : found.start()]))
        pieces.append(Piece(found[0], _placeholder(found)))
        end = found.end()
    if end < len(template):
        pieces.append(Piece(template[end:]))
    return tuple(pieces)


def _found(template: str) -> Iterator[re.Match[str]]:
    """Matches that are placeholders in shape. What is none may share its last sign with the next one."""
    at = 0
    while found := PATTERN.search(template, at):
        body = found["plain"] or found["encoded"] or ""
        if _ARROW.search(body) or body in SCALARS:
            yield found
            at = found.end()
        else:
            at = found.start() + 1


def _placeholder(found: re.Match[str]) -> Placeholder:
    name, *path = _ARROW.split(found["plain"] or found["encoded"] or "")
    return Placeholder(found[0], name, tuple(path))


def placeholders(template: str) -> list[Placeholder]:
    """Each different placeholder once, in the order in which they are replaced: those within %24 come last."""
    every = {piece.placeholder.text: piece.placeholder for piece in split(template) if piece.placeholder}
    return sorted(every.values(), key=lambda one: one.text.startswith("%24"))


class Scene:
    """What placeholders can name: subjects (made when first asked for), scalars, and the values of a flow."""

    def __init__(
        self,
        subjects: Mapping[str, Callable[[], Subject | None]],
        scalars: Mapping[str, str],
        addresses: Addresses,
        language: str,
        variables: Mapping[str, Any] | None = None,
    ) -> None:
        self._make, self._scalars, self._variables = subjects, scalars, variables or {}
        self._addresses, self._language = addresses, language
        self._subjects: dict[str, Subject | None] = {}

    def prepare(self, *templates: str) -> None:
        """Reads in one statement for each subject what the templates need of it."""
        wanted: dict[str, set[str]] = {}
        for template in templates:
            for placeholder in placeholders(template):
                if code := placeholder.attribute():
                    wanted.setdefault(placeholder.name, set()).add(code)
                elif placeholder.path:
                    wanted.setdefault(placeholder.name, set()).add("friendlyname")
        for name, codes in wanted.items():
            subject = self.subject(name)
            if subject is not None:
                subject.want(sorted(codes))

    def subject(self, name: str) -> Subject | None:
        if name not in self._subjects:
            make = self._make.get(name)
            self._subjects[name] = make() if make else None
        return self._subjects[name]

    def value(self, placeholder: Placeholder) -> Value | None:
        """None: the placeholder stays."""
        if not placeholder.path:
            text = self._scalars.get(placeholder.name)
            return None if text is None else (number(text) if text.isdigit() else textual(text))
        if placeholder.name == VARIABLES:
            return self._variable("->".join(placeholder.path))
        subject = self.subject(placeholder.name)
        if subject is None:
            return None
        *keys, last = placeholder.path
        if placeholder.name in attachments.NAMES and not keys:
            found = attachments.part(subject, last)
            if found is not None:
                return found
        for code in keys:
            if not isinstance(subject.cls.attributes.get(code), ExternalKey):
                return None
            target = subject.hop(code)
            if target is None:
                return UNDEFINED
            subject = target
        return self._last(subject, last)

    def _variable(self, name: str) -> Value | None:
        if name not in self._variables:
            return None
        value = self._variables[name]
        if isinstance(value, bool):
            return flag("true" if value else "false", value)
        if isinstance(value, (int, float, dict, list)):
            text = json.dumps(value, ensure_ascii=False)
            return Value(text, text)
        return textual("" if value is None else str(value))

    def _last(self, subject: Subject, step: str) -> Value | None:
        form = _FORM.match(step)
        if form is None:
            if step == "id":
                return number(str(subject.key))
            shown = seen(subject, step, self._language)
            return raw(shown) if shown else None
        verb, argument = form[1], form[2]
        if verb in ("name", "url", "hyperlink"):
            return self._about(subject, verb, argument)
        shown = seen(subject, argument, self._language)
        if shown is None:
            return None
        if verb == "html":
            return marked_up(shown, self._addresses)
        return FORMS[verb](shown) if verb in FORMS else None

    def _about(self, subject: Subject, verb: str, argument: str) -> Value | None:
        if verb == "name":
            return None if argument else textual(subject.name)
        text = self._addresses.of(subject, argument) if verb == "url" else self._addresses.link(subject, argument)
        return None if text is None else textual(text)


def expand(template: str, scene: Scene, insert: Callable[[Value], str] = lambda value: value.text) -> str:
    """The template with its placeholders replaced by their values."""
    expansion = Expansion(template, scene)
    return "".join(
        piece.text if piece.placeholder is None else expansion.of(piece.placeholder, insert)
        for piece in split(template)
    )


class Expansion:
    """The values of one template's placeholders.

    A value may itself look like a placeholder that the template also holds and that is replaced later: then that one
    is replaced within it too, as recorded (scenario 09) — but not further, so that values cannot grow without bound.
    """

    def __init__(self, template: str, scene: Scene) -> None:
        self._scene = scene
        self._order = {one.text: place for place, one in enumerate(placeholders(template))}
        self._values: dict[str, Value | None] = {}

    def value(self, placeholder: Placeholder) -> Value | None:
        if placeholder.text not in self._values:
            self._values[placeholder.text] = self._scene.value(placeholder)
        return self._values[placeholder.text]

    def nested(self, placeholder: Placeholder) -> Value | None:
        """The value, with later placeholders of the same template replaced in its text."""
        value = self.value(placeholder)
        if value is None or ("$" not in value.text and "%24" not in value.text):
            return value
        place = self._order[placeholder.text]
        parts = [
            self._later(piece.placeholder, place) if piece.placeholder else piece.text for piece in split(value.text)
        ]
        text = "".join(parts)
        return value if text == value.text else textual(text)

    def _later(self, inner: Placeholder, place: int) -> str:
        found = self.value(inner) if self._order.get(inner.text, -1) > place else None
        return inner.text if found is None else found.text

    def of(self, placeholder: Placeholder, insert: Callable[[Value], str]) -> str:
        value = self.nested(placeholder)
        return placeholder.text if value is None else insert(value)
