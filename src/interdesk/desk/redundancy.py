"""Redundancy: an object that needs only some of what stands above it is not reached while enough of that is up."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from interdesk.desk.neighbours import Way
from interdesk.desk.walk import Trail
from interdesk.model.attributes import RedundancySettings

DISABLED = "disabled"
USER = "user"  # objects decide, not the design
LEADING = re.compile(r"\s*(\d*)")

# Objects go by their numbers here.
End = tuple[Way, int]  # a way into an object
Link = tuple[Way, int, int]  # the second impacts the third


@dataclass(frozen=True, slots=True)
class Rule:
    """How many of the objects above must be up, or (``percent``) which share of them."""

    min_up: int
    percent: bool

    def fails(self, down: int, total: int) -> bool:
        """True when with ``down`` of ``total`` objects down too few remain. Source: facts ``…deletion.md`` 9."""
        if self.percent:
            return 100 * down > max(0, (100 - self.min_up) * total)
        return down > max(0, total - self.min_up)


@dataclass(frozen=True, slots=True, eq=False)
class Support:
    """All objects above one object on one way, and how many of them it needs."""

    way: Way
    lower: int
    rule: Rule
    uppers: set[int]


def rule_of(settings: RedundancySettings, value: str | None) -> Rule | None:
    """The rule of an object whose attribute holds ``value``; None when redundancy is off for it.

    What the design fixes is taken from the design; an empty value too leaves all to it.
    """
    enabled = value != DISABLED if settings.enabled_mode == USER and value else settings.enabled
    if not enabled:
        return None
    if settings.min_up_mode == USER and value and value != DISABLED:
        leading = LEADING.match(value)
        return Rule(int((leading and leading[1]) or 0), value.rstrip().endswith("%"))
    return Rule(settings.min_up, settings.min_up_type == "percent")


def reached(scope: Iterable[int], trail: Trail, links: Iterable[Link], supports: Iterable[Support]) -> Trail:
    """The part of a trail with these links that is impacted, when everything in the scope is down."""
    by_end = {(found.way, found.lower): found for found in supports}
    every = dict.fromkeys(links)
    for way, upper, lower in every:
        if (way, lower) in by_end:
            by_end[way, lower].uppers.add(upper)
    for (way, lower), support in by_end.items():
        every.update(dict.fromkeys((way, upper, lower) for upper in sorted(support.uppers)))
    hit, failed = _spread(scope, every, by_end)
    edges: dict[int, dict[int, None]] = {}
    for way, upper, lower in every:
        if upper in hit and ((way, lower) not in by_end or (way, lower) in failed):
            edges.setdefault(upper, {})[lower] = None
    return Trail(
        dict.fromkeys(place for place in trail.objects if place in hit),
        {upper: list(lowers) for upper, lowers in edges.items()},
    )


def _spread(scope: Iterable[int], links: Iterable[Link], by_end: Mapping[End, Support]) -> tuple[set[int], set[End]]:
    """The objects that go down with the scope, and the supports that fail by it."""
    onward: dict[int, list[Link]] = {}
    for link in links:
        onward.setdefault(link[1], []).append(link)
    hit, failed = set(scope), set[End]()
    waiting, counts = list(hit), Counter[End]()
    while waiting:
        for way, _, lower in onward.get(waiting.pop(), ()):
            end = way, lower
            if (support := by_end.get(end)) is not None:
                counts[end] += 1
                if not support.rule.fails(counts[end], len(support.uppers)):
                    continue
                failed.add(end)
            if lower not in hit:
                hit.add(lower)
                waiting.append(lower)
    return hit, failed
