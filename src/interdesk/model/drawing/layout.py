"""Where the states and transitions of a life cycle are drawn.

States stand below each other, each a box with a title and a line for every transition that leaves it. A transition
leaves its line to the right when it leads down, to the left when it leads up or back to its own state. It then follows
a lane to the title of its target; all transitions to a target share one lane on each side. Lanes that would touch stand
side by side, short ones nearer to the boxes.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property

from interdesk.model.lifecycle import LifeCycle, State, Transition

LEFT, RIGHT = -1, 1


@dataclass(frozen=True, slots=True)
class Box:
    """A state. ``title`` is the number of its line; its transitions have the lines below, in order."""

    state: State
    title: int
    transitions: tuple[Transition, ...]
    first: bool

    @property
    def last(self) -> int:
        return self.title + len(self.transitions)


@dataclass(frozen=True, slots=True)
class Lane:
    """The way to one target on one side. ``place`` counts from the boxes outwards; ``sources`` are lines."""

    target: str
    side: int
    place: int
    title: int
    sources: tuple[int, ...]

    @property
    def top(self) -> int:
        return min(self.title, *self.sources)

    @property
    def bottom(self) -> int:
        return max(self.title, *self.sources)


class Layout:
    """The drawing of one life cycle, in lines and lanes. ``gap``: free lines between two boxes."""

    def __init__(self, cycle: LifeCycle, gap: int = 3) -> None:
        self._cycle = cycle
        boxes: list[Box] = []
        line = 1
        for code in _order(cycle):
            leaving = tuple(found for found in cycle.transitions.values() if found.source == code)
            boxes.append(Box(cycle.states[code], line, leaving, code == cycle.initial_state))
            line = boxes[-1].last + gap
        self.boxes = tuple(boxes)

    @property
    def lines(self) -> int:
        """How many lines there are, the one above the first title and the one below the last box included."""
        return self.boxes[-1].last + 2 if self.boxes else 0

    @cached_property
    def lanes(self) -> tuple[Lane, ...]:
        titles = {box.state.code: box.title for box in self.boxes}
        sources: dict[tuple[int, str], list[int]] = defaultdict(list)
        for box in self.boxes:
            for line, transition in enumerate(box.transitions, box.title + 1):
                side = RIGHT if titles[transition.target] > line else LEFT
                sources[side, transition.target].append(line)
        found = [Lane(target, side, 0, titles[target], tuple(lines)) for (side, target), lines in sources.items()]
        return tuple(lane for side in (LEFT, RIGHT) for lane in _placed([one for one in found if one.side == side]))

    def width(self, side: int) -> int:
        """How many lanes stand side by side."""
        return max((lane.place + 1 for lane in self.lanes if lane.side == side), default=0)


def title_of(box: Box) -> str:
    """The code, with the label where that says more."""
    plain = box.state.code.replace("_", " ").casefold()
    return box.state.code if box.state.label.casefold() in ("", plain) else f"{box.state.code}: {box.state.label}"


def line_of(transition: Transition, arrow: str) -> str:
    return f"{transition.stimulus} {arrow} {transition.target}"


def _order(cycle: LifeCycle) -> list[str]:
    """States so that most transitions lead down: those behind a state come after it, but for ways back."""
    following: dict[str, list[str]] = {code: [] for code in cycle.states}
    for transition in cycle.transitions.values():
        following[transition.source].append(transition.target)
    finished: list[str] = []
    seen: set[str] = set()
    for start in (cycle.initial_state, *cycle.states):
        if start in seen or start not in following:
            continue
        ways = [(start, iter(following[start]))]
        seen.add(start)
        reached: list[str] = []
        while ways:
            code, left = ways[-1]
            onward = next((target for target in left if target not in seen), None)
            if onward is None:
                reached.append(code)
                ways.pop()
            else:
                seen.add(onward)
                ways.append((onward, iter(following[onward])))
        finished += reversed(reached)
    return finished


def _placed(lanes: list[Lane]) -> list[Lane]:
    placed: list[Lane] = []
    for lane in sorted(lanes, key=lambda one: (one.bottom - one.top, one.top)):
        taken = {other.place for other in placed if other.top <= lane.bottom and lane.top <= other.bottom}
        place = next(number for number in range(len(lanes)) if number not in taken)
        placed.append(Lane(lane.target, lane.side, place, lane.title, lane.sources))
    return placed
