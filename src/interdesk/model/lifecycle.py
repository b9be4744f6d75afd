"""Life cycles: states with flags on attributes, stimuli, transitions with actions."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field


class Flag(enum.Flag):
    """What a state or a transition says of an attribute. Only MANDATORY is enforced on the wire."""

    NORMAL = 0
    READ_ONLY = enum.auto()
    MANDATORY = enum.auto()
    MUST_PROMPT = enum.auto()
    MUST_CHANGE = enum.auto()
    HIDDEN = enum.auto()


@dataclass(frozen=True, slots=True)
class Param:
    """A parameter of an action: ``kind`` is attcode, string, int, float, bool or reference."""

    kind: str
    value: str


@dataclass(frozen=True, slots=True)
class Action:
    """A verb run in a transition. ``params`` None: declared without, it receives the stimulus code."""

    verb: str
    params: tuple[Param, ...] | None


@dataclass(frozen=True, slots=True)
class Transition:
    """What a stimulus does in a state: the next state, actions on the way, flags while it is asked for."""

    source: str
    stimulus: str
    target: str
    actions: tuple[Action, ...] = ()
    flags: Mapping[str, Flag] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Stimulus:
    """``kind``: StimulusUserAction, StimulusInternal, StimulusAuto or StimulusTriggerExternal."""

    code: str
    kind: str
    label: str


@dataclass(frozen=True, slots=True)
class State:
    """A state of a life cycle: flags of attributes in it, and the way that new objects take to it."""

    code: str
    label: str
    flags: Mapping[str, Flag]
    initial_path: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LifeCycle:
    """``transitions`` is by (state, stimulus)."""

    attribute: str
    initial_state: str
    states: Mapping[str, State]
    stimuli: Mapping[str, Stimulus]
    transitions: Mapping[tuple[str, str], Transition]

    def mandatory(self, state: str) -> tuple[str, ...]:
        """The attributes that must be set to enter a state."""
        return tuple(code for code, flag in self.states[state].flags.items() if Flag.MANDATORY in flag)
