"""Life cycles as drawings: a known one letter by letter, and what holds for every life cycle of the bundled design."""

from __future__ import annotations

import functools
import itertools
import xml.etree.ElementTree as ET

import pytest

from interdesk.model import LifeCycle, Model, State, Stimulus, Transition
from interdesk.model.design import bundled, load
from interdesk.model.drawing import Layout, as_svg, as_text

SVG = "{http://www.w3.org/2000/svg}"


def cycle(first: str, *ways: tuple[str, str, str], labels: dict[str, str] | None = None) -> LifeCycle:
    """A life cycle of (state, stimulus, target) triples; states in the order in which they are named."""
    codes = dict.fromkeys(itertools.chain([first], *((source, target) for source, _, target in ways)))
    return LifeCycle(
        attribute="status",
        initial_state=first,
        states={code: State(code, (labels or {}).get(code, code), {}) for code in codes},
        stimuli={name: Stimulus(name, "StimulusUserAction", name) for _, name, _ in ways},
        transitions={(source, name): Transition(source, name, target) for source, name, target in ways},
    )


@functools.cache
def model() -> Model:
    return load(bundled())


def cycles() -> list[str]:
    return [cls.name for cls in model().classes.values() if cls.lifecycle is not None]


DOOR = cycle(
    "open",
    ("open", "close", "closed"),
    ("closed", "open", "open"),
    ("closed", "lock", "locked"),
    ("locked", "shake", "locked"),
    ("locked", "force", "open"),
    labels={"closed": "Shut"},
)


def test_text() -> None:
    assert as_text(Layout(DOOR)).splitlines() == [
        "      ┌──────────────────┐",
        "  ┌──►│ ● open           │",
        "  │   │   close → closed ├─┐",
        "  │   └──────────────────┘ │",
        "  │   ┌──────────────────┐ │",
        "  │   │ closed: Shut     │◄┘",
        "  ├───┤   open → open    │",
        "  │   │   lock → locked  ├─┐",
        "  │   └──────────────────┘ │",
        "  │   ┌──────────────────┐ │",
        "  │ ┌►│ locked           │◄┘",
        "  │ └─┤   shake → locked │",
        "  └───┤   force → open   │",
        "      └──────────────────┘",
    ]


def test_plain_text_is_ascii() -> None:
    text = as_text(Layout(DOOR), plain=True)
    assert text.isascii()
    assert len(text.splitlines()) == len(as_text(Layout(DOOR)).splitlines())


def test_a_state_that_nothing_leads_to_is_drawn_too() -> None:
    layout = Layout(cycle("a", ("b", "go", "a")))
    assert [box.state.code for box in layout.boxes] == ["a", "b"]


def test_texts_are_escaped() -> None:
    svg = as_svg(Layout(cycle("a", ("a", "<go>", "a"), labels={"a": 'A & "B"'})), '"Title" & <more>')
    texts = [node.text for node in ET.fromstring(svg).iter(f"{SVG}text")]
    assert texts == ['"Title" & <more>', '● a: A & "B"', "<go> → a"]


@pytest.mark.parametrize("name", cycles())
def test_every_state_and_transition_is_in_the_drawings(name: str) -> None:
    cls = model().cls(name)
    assert cls.lifecycle is not None
    layout = Layout(cls.lifecycle)
    assert sorted(box.state.code for box in layout.boxes) == sorted(cls.lifecycle.states)
    svg = [node.text or "" for node in ET.fromstring(as_svg(layout, name)).iter(f"{SVG}text")]
    text = as_text(layout)
    for transition in cls.lifecycle.transitions.values():
        line = f"{transition.stimulus} → {transition.target}"
        assert line in svg and line in text


@pytest.mark.parametrize("name", cycles())
def test_lanes_that_touch_stand_side_by_side(name: str) -> None:
    cycle = model().cls(name).lifecycle
    assert cycle is not None
    layout = Layout(cycle)
    for one, other in itertools.combinations(layout.lanes, 2):
        if one.side == other.side and one.place == other.place:
            assert one.bottom < other.top or other.bottom < one.top
    assert sum(len(lane.sources) for lane in layout.lanes) == len(cycle.transitions)
