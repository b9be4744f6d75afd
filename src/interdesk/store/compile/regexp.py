"""REGEXP in linear time: a pattern becomes an automaton whose states are made as texts need them."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from interdesk.store.compile.regexp_syntax import Chars, Choice, Pattern, Place, Ranges, Repeat, Sequence, parse

MOST_STEPS_KEPT = 10_000  # then the automaton is made anew
_SPECIAL = frozenset("\\^$.[]|()?*+{}-")

Core = frozenset[int]
# What a place may ask of the characters around it.
START, END, WORD, OTHER = "start", "end", "word", "other"


def checked(pattern: str | None) -> str | None:
    """The pattern itself. Raises BadPattern."""
    if pattern is not None:
        parse(pattern)
    return pattern


def found(text: str | None, pattern: str | None) -> int | None:
    """1 when the pattern occurs in a folded text, 0 when it does not."""
    if text is None or pattern is None:
        return None
    return int(automaton(pattern).search(text))


@lru_cache(maxsize=64)
def automaton(pattern: str) -> Automaton:
    """Raises BadPattern."""
    return Automaton(parse(pattern))


class Automaton:
    """State 0 accepts. A state either consumes a character, or leads on without one."""

    def __init__(self, pattern: Pattern) -> None:
        self._consuming: dict[int, tuple[Chars, int]] = {}
        self._leading: dict[int, tuple[int, ...]] = {}
        self._places: dict[int, tuple[str, int]] = {}
        self._count = 1
        self._start: Core = frozenset({self._build(pattern, 0)})
        self._steps: dict[tuple[Core, str, str], tuple[bool, Core]] = {}

    def search(self, text: str) -> bool:
        core, before = self._start, START
        for char in text:
            accepts, core = self._step(core, before, char)
            if accepts:
                return True
            before = _kind(char)
        return self._step(core, before, "")[0]

    def _step(self, core: Core, before: str, char: str) -> tuple[bool, Core]:
        """Whether a match ends before ``char``, and the states after it; a match may begin anywhere."""
        key = (core, before, char)
        step = self._steps.get(key)
        if step is None:
            if len(self._steps) >= MOST_STEPS_KEPT:
                self._steps.clear()
            reached = self._closure(core, before, _kind(char))
            after = (
                target
                for state in reached
                if state in self._consuming
                for chars, target in (self._consuming[state],)
                if _fits(chars, char)
            )
            step = self._steps[key] = (0 in reached, frozenset(after) | self._start if char else frozenset())
        return step

    def _closure(self, core: Core, before: str, after: str) -> set[int]:
        reached: set[int] = set()
        waiting = list(core)
        while waiting:
            state = waiting.pop()
            if state in reached:
                continue
            reached.add(state)
            waiting += self._leading.get(state, ())
            if state in self._places:
                sign, target = self._places[state]
                if _HOLDS[sign](before, after):
                    waiting.append(target)
        return reached

    def _new(self) -> int:
        self._count += 1
        return self._count

    def _build(self, pattern: Pattern, target: int) -> int:
        """The state from which ``pattern`` leads to ``target``."""
        if isinstance(pattern, Sequence):
            for part in reversed(pattern.parts):
                target = self._build(part, target)
            return target
        state = self._new()
        if isinstance(pattern, Chars):
            self._consuming[state] = (pattern, target)
        elif isinstance(pattern, Place):
            self._places[state] = (pattern.sign, target)
        elif isinstance(pattern, Choice):
            self._leading[state] = tuple(self._build(branch, target) for branch in pattern.branches)
        else:
            self._leading[state] = (self._repeated(pattern, target),)
        return state

    def _repeated(self, repeat: Repeat, target: int) -> int:
        if repeat.most is None:
            loop = self._new()
            self._leading[loop] = (self._build(repeat.part, loop), target)
            target = loop
        else:
            end = target
            for _ in range(repeat.most - repeat.least):
                skip = self._new()
                self._leading[skip] = (self._build(repeat.part, target), end)
                target = skip
        for _ in range(repeat.least):
            target = self._build(repeat.part, target)
        return target


_HOLDS: dict[str, Callable[[str, str], bool]] = {
    "^": lambda before, after: before == START,
    "$": lambda before, after: after == END,
    "b": lambda before, after: (before == WORD) is not (after == WORD),
    "B": lambda before, after: (before == WORD) is (after == WORD),
}


def _kind(char: str) -> str:
    if not char:
        return END
    return WORD if char.isascii() and (char.isalnum() or char == "_") else OTHER


def _fits(chars: Chars, char: str) -> bool:
    cases = {char, char.upper()} if len(char.upper()) == 1 else {char}
    inside = any(low <= case <= high for case in cases for low, high in chars.ranges)
    return inside is not chars.negated


def for_postgres(pattern: str | None) -> str | None:
    """The pattern as PostgreSQL writes it, for its operator that ignores case. Raises BadPattern."""
    return None if pattern is None else _written(parse(pattern))


def _written(pattern: Pattern) -> str:
    if isinstance(pattern, Chars):
        return _class(pattern.ranges, pattern.negated)
    if isinstance(pattern, Place):
        return {"b": "\\y", "B": "\\Y"}.get(pattern.sign, pattern.sign)
    if isinstance(pattern, Sequence):
        return "(?:" + "".join(_written(part) for part in pattern.parts) + ")"
    if isinstance(pattern, Choice):
        return "(?:" + "|".join(_written(branch) for branch in pattern.branches) + ")"
    bounds = f"{{{pattern.least},{'' if pattern.most is None else pattern.most}}}"
    return f"(?:{_written(pattern.part)}){bounds}"


def _class(ranges: Ranges, negated: bool) -> str:
    if not negated and len(ranges) == 1 and ranges[0][0] == ranges[0][1]:
        return _escaped(ranges[0][0])
    return f"[{'^' if negated else ''}{''.join(_range(low, high) for low, high in ranges)}]"


def _range(low: str, high: str) -> str:
    return _escaped(low) if low == high else f"{_escaped(low)}-{_escaped(high)}"


def _escaped(char: str) -> str:
    return "\\" + char if char in _SPECIAL else char
