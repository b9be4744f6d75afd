"""Texts that people chose, as they may stand in a file which a program obeys.

Whatever could end a line, a value or an argument never gets there: names and numbers are of a narrow alphabet or are
left out, free texts lose what has a meaning.
"""

from __future__ import annotations

import re

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.+-]{0,79}")
DIALLED = re.compile(r"[0-9*#+]{1,40}")
DIGITS = re.compile(r"[0-9]{1,40}")
EMAIL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*@[A-Za-z0-9][A-Za-z0-9.-]*")
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
CALLER_ID = re.compile(r'\s*"?(?P<name>[^"<>]*?)"?\s*(?:<(?P<number>[0-9*#+]{1,40})>)?\s*')
SPECIAL = ("general", "globals", "zonemessages", "global", "system")  # sections that are no contexts


class LeftOut(ValueError):
    """An object that cannot stand in a file; the text says why."""


def name(text: str, what: str) -> str:
    """A name of a section. Raises LeftOut."""
    if not NAME.fullmatch(text) or text.lower() in SPECIAL:
        raise LeftOut(f"{what} {text[:80]!r} is no name that a call server takes")
    return text


def digits(text: str, what: str) -> str:
    """Raises LeftOut."""
    if not DIGITS.fullmatch(text):
        raise LeftOut(f"{what} {text[:80]!r} is no number")
    return text


def plain(text: str) -> str:
    """A text on one line, without blanks around it."""
    return CONTROL.sub(" ", text).strip()


def secret(text: str, what: str) -> str:
    """A password as it is. Raises LeftOut where a line could not hold it."""
    if not text or text != plain(text):
        raise LeftOut(f"{what} is empty, or has characters that a file of settings cannot hold")
    return text


def value(text: str) -> str:
    """Behind ``=`` in a file of Asterisk: a semicolon would begin a comment."""
    return plain(text).replace(";", r"\;")


def caller_id(text: str) -> tuple[str, str]:
    """(name, number) of ``"name" <number>``; what is neither is dropped."""
    one_line = plain(text).replace("\\", "")
    found = CALLER_ID.fullmatch(one_line)
    if found is None:
        return re.sub(r'["<>]', "", one_line).strip(), ""
    return found["name"].strip(), found["number"] or ""
