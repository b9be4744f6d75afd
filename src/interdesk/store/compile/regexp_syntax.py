"""The patterns of REGEXP: extended regular expressions without anything that takes more than linear time.

Known are characters, ``.``, classes, POSIX classes, ``\\d \\w \\s \\b`` and their opposites, groups, ``|``, ``^``,
``$`` and the quantifiers. There are no references to groups and no look-around. Case and accents do not matter, and
letters, digits and blanks of classes are those of ASCII.
"""

from __future__ import annotations

from dataclasses import dataclass

from interdesk.errors import BadPattern
from interdesk.store.compile.fold import plain

LONGEST = 1_000  # characters of a pattern
MOST_REPEATS = 255  # of a counted quantifier, as in PostgreSQL
LARGEST = 5_000  # states, with counted repeats written out
DEEPEST = 50  # groups within each other

Ranges = tuple[tuple[str, str], ...]

_DIGITS: Ranges = (("0", "9"),)
_LETTERS: Ranges = (("a", "z"), ("A", "Z"))
_BLANKS: Ranges = (("\t", "\r"), (" ", " "))
_POSIX: dict[str, Ranges] = {
    "alpha": _LETTERS,
    "digit": _DIGITS,
    "alnum": _LETTERS + _DIGITS,
    "lower": _LETTERS,
    "upper": _LETTERS,
    "space": _BLANKS,
    "blank": ((" ", " "), ("\t", "\t")),
    "punct": (("!", "/"), (":", "@"), ("[", "`"), ("{", "~")),
    "xdigit": (("0", "9"), ("a", "f"), ("A", "F")),
}
_LETTER_CLASSES: dict[str, Ranges] = {"d": _DIGITS, "w": _LETTERS + _DIGITS + (("_", "_"),), "s": _BLANKS}
_CONTROLS = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\v"}


@dataclass(frozen=True, slots=True)
class Chars:
    """One character of ``ranges``, or one that is not."""

    ranges: Ranges
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """``^``, ``$``, ``b`` (between a word and something else) or ``B`` (not so): matches no character."""

    sign: str


@dataclass(frozen=True, slots=True)
class Sequence:
    """Patterns one after the other."""

    parts: tuple[Pattern, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several patterns."""

    branches: tuple[Pattern, ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """``most`` None: without limit."""

    part: Pattern
    least: int
    most: int | None


Pattern = Chars | Place | Sequence | Choice | Repeat

ANY = Chars((("\n", "\n"),), negated=True)


def parse(text: str) -> Pattern:
    """Raises BadPattern."""
    if len(text) > LONGEST:
        raise BadPattern(text, f"it is longer than {LONGEST} characters")
    parser = _Parser(text)
    found = parser.choice(0)
    if parser.at < len(text):
        raise BadPattern(text, "a ) closes nothing")
    if size(found) > LARGEST:
        raise BadPattern(text, "its counted repeats make it too large")
    return found


def size(pattern: Pattern) -> int:
    """How many states the pattern needs."""
    if isinstance(pattern, Sequence):
        return sum(size(part) for part in pattern.parts) + 1
    if isinstance(pattern, Choice):
        return sum(size(branch) for branch in pattern.branches) + 1
    if isinstance(pattern, Repeat):
        return size(pattern.part) * max(1, pattern.least, pattern.most or 0) + 1
    return 1


class _Parser:
    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0

    def fail(self, reason: str) -> BadPattern:
        return BadPattern(self.text, reason)

    def peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def take(self) -> str:
        if self.at >= len(self.text):
            raise self.fail("it ends too early")
        self.at += 1
        return self.text[self.at - 1]

    def skip(self, wanted: str) -> bool:
        if self.text.startswith(wanted, self.at):
            self.at += len(wanted)
            return True
        return False

    def choice(self, depth: int) -> Pattern:
        if depth > DEEPEST:
            raise self.fail(f"its groups lie more than {DEEPEST} deep")
        branches = [self.sequence(depth)]
        while self.skip("|"):
            branches.append(self.sequence(depth))
        return branches[0] if len(branches) == 1 else Choice(tuple(branches))

    def sequence(self, depth: int) -> Pattern:
        parts: list[Pattern] = []
        while self.peek() not in ("", "|", ")"):
            parts.append(self.quantified(self.atom(depth)))
        return parts[0] if len(parts) == 1 else Sequence(tuple(parts))

    def quantified(self, part: Pattern) -> Pattern:
        bounds = self.quantifier()
        if bounds is None:
            return part
        if isinstance(part, Place):
            raise self.fail("a place cannot be repeated")
        self.skip("?")  # a reluctant quantifier finds a match where the other does
        if self.quantifier() is not None:
            raise self.fail("a quantifier follows a quantifier")
        return Repeat(part, *bounds)

    def quantifier(self) -> tuple[int, int | None] | None:
        sign = self.peek()
        if sign and sign in "*+?":
            self.at += 1
            return {"*": (0, None), "+": (1, None), "?": (0, 1)}[sign]
        if sign != "{":
            return None
        self.at += 1
        least = self.count()
        most: int | None = least
        if self.skip(","):
            most = None if self.peek() == "}" else self.count()
        if not self.skip("}") or (most is not None and most < least):
            raise self.fail("a counted quantifier is like {2}, {2,} or {2,5}")
        return least, most

    def count(self) -> int:
        start = self.at
        while self.peek() in tuple("0123456789"):
            self.at += 1
        digits = self.text[start : self.at]
        if not digits or len(digits) > 3 or int(digits) > MOST_REPEATS:
            raise self.fail(f"a counted quantifier has numbers from 0 to {MOST_REPEATS}")
        return int(digits)

    def atom(self, depth: int) -> Pattern:
        sign = self.take()
        if sign == "(":
            if self.skip("?") and not self.skip(":"):
                raise self.fail("groups that begin with (? are not known, but for (?:")
            inner = self.choice(depth + 1)
            if not self.skip(")"):
                raise self.fail("a ( is not closed")
            return inner
        if sign == "[":
            return self.bracket()
        if sign in "*+?{":
            raise self.fail("a quantifier follows nothing")
        if sign in "^$":
            return Place(sign)
        if sign == ".":
            return ANY
        return self.escape() if sign == "\\" else letters(sign)

    def escape(self) -> Pattern:
        letter = self.take()
        if letter in "bB":
            return Place(letter)
        if letter.lower() in _LETTER_CLASSES:
            return Chars(_LETTER_CLASSES[letter.lower()], negated=letter.isupper())
        if letter in _CONTROLS:
            return letters(_CONTROLS[letter])
        if letter.isalnum():
            raise self.fail(f"\\{letter} is not known")
        return letters(letter)

    def bracket(self) -> Pattern:
        negated = self.skip("^")
        ranges: list[tuple[str, str]] = []
        first = True
        while first or self.peek() != "]":
            first = False
            if self.skip("[:"):
                ranges += self.posix()
                continue
            low = self.member()
            if isinstance(low, tuple):
                ranges += low
            elif self.peek() == "-" and self.text[self.at + 1 : self.at + 2] not in ("]", ""):
                self.at += 1
                high = self.member()
                if isinstance(high, tuple) or high < low:
                    raise self.fail("a range in [] goes from a lower to a higher character")
                ranges.append((low, high))
            else:
                ranges.append((low, low))
        self.at += 1
        return Chars(tuple(ranges), negated)

    def posix(self) -> Ranges:
        end = self.text.find(":]", self.at)
        name = self.text[self.at : end]
        if end < 0 or name not in _POSIX:
            raise self.fail(f"[:{name[:20]}:] is not known")
        self.at = end + 2
        return _POSIX[name]

    def member(self) -> str | Ranges:
        """One character of a class without accent, or what ``\\d`` and its like stand for."""
        sign = self.take()
        if sign == "\\":
            letter = self.take()
            if letter in _LETTER_CLASSES:
                return _LETTER_CLASSES[letter]
            if letter.isalnum() and letter not in _CONTROLS:
                raise self.fail(f"\\{letter} is not known in []")
            sign = _CONTROLS.get(letter, letter)
        return plain(sign)[:1] or sign


def letters(sign: str) -> Pattern:
    """One character of a pattern, folded as texts are: it may become several."""
    parts = tuple(Chars(((letter, letter),)) for letter in plain(sign).lower())
    return parts[0] if len(parts) == 1 else Sequence(parts)
