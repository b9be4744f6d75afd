"""Life cycles: states with flags, stimuli, transitions with actions, inherited from class to class."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from interdesk.model.attributes import Enum, StopWatch
from interdesk.model.design.faults import Findings
from interdesk.model.design.labels import Labels
from interdesk.model.design.node import Node
from interdesk.model.design.rules import cure_for, unknown_attribute
from interdesk.model.design.tree import Draft
from interdesk.model.lifecycle import Action, Flag, LifeCycle, Param, State, Stimulus, Transition

STIMULI = ("StimulusUserAction", "StimulusInternal", "StimulusTriggerExternal", "StimulusAuto")
PARAMS = ("attcode", "string", "int", "float", "bool", "reference")
FLAGS = {
    "read_only": Flag.READ_ONLY,
    "mandatory": Flag.MANDATORY,
    "must_prompt": Flag.MUST_PROMPT,
    "must_change": Flag.MUST_CHANGE,
    "hidden": Flag.HIDDEN,
}


def state_attribute(draft: Draft) -> str | None:
    """The attribute that holds the state: of the class, or of its nearest ancestor that names one."""
    for owner in draft.line:
        if code := owner.node.content("properties/fields_semantic/state_attribute"):
            return code
    return None


class LifeCycles:
    """Reads the life cycles of all classes, parents first."""

    def __init__(self, drafts: Mapping[str, Draft], labels: Labels, findings: Findings) -> None:
        self.drafts, self.labels, self.findings = drafts, labels, findings
        self.read: dict[str, LifeCycle | None] = {}
        for draft in drafts.values():
            self.read[draft.name] = self._read(draft)

    def _read(self, draft: Draft) -> LifeCycle | None:
        node = draft.node.at("lifecycle")
        code = state_attribute(draft)
        if code is None:
            if node is not None and node.all("states/state"):
                self.findings.fault(
                    node,
                    f"class {draft.name} has a life cycle and no state attribute",
                    "name it in <properties>, as <fields_semantic><state_attribute>status</state_attribute>",
                )
            return None
        place = draft.node.at("properties/fields_semantic/state_attribute") or draft.node
        attribute = draft.attributes.get(code)
        if attribute is None:
            unknown_attribute(place, draft, code, "the state attribute", self.findings)
            return None
        above = self.read[draft.parent.name] if draft.parent is not None else None
        if above is not None and not above.transitions and node is not None:
            above = None  # the states of a plain enumeration are no life cycle to extend
        states = self._states(draft, node, above)
        if not states:
            values = attribute.values if isinstance(attribute, Enum) else {}
            states = {value: State(value, label, MappingProxyType({})) for value, label in values.items()}
        stimuli = self._stimuli(draft, node, above)
        transitions = self._transitions(draft, node, above, states, stimuli)
        self._check_states(draft, node, attribute, states)
        return LifeCycle(
            attribute=code,
            initial_state=str(attribute.default or ""),
            states=MappingProxyType(states),
            stimuli=MappingProxyType(stimuli),
            transitions=MappingProxyType(transitions),
        )

    def _check_states(self, draft: Draft, node: Node | None, attribute: object, states: Mapping[str, State]) -> None:
        if node is None or not node.all("states/state") or not isinstance(attribute, Enum):
            return
        for state in node.all("states/state"):
            if state.id not in attribute.values:
                self.findings.fault(
                    state,
                    f"state {state.id!r} is no value of attribute {attribute.code!r}",
                    cure_for(state.id, attribute.values),
                )
        if attribute.default not in states:
            self.findings.fault(
                node,
                f"no state is the first one: the default value of {attribute.code!r} is {attribute.default or ''!r}",
                f"give it a default among {', '.join(states)}",
            )

    # -- states -----------------------------------------------------------------------------------------------

    def _states(self, draft: Draft, node: Node | None, above: LifeCycle | None) -> dict[str, State]:
        nodes = {state.id: state for state in node.all("states/state")} if node is not None else {}
        inherited = dict(above.states) if above is not None else {}
        codes = dict.fromkeys((*inherited, *nodes))
        states = {}
        for code in codes:
            flags = self._flags(draft, code, nodes, inherited, ())
            own = nodes.get(code)
            path = tuple(entry.value or entry.id for entry in own.all("initial_state_path/state_ref")) if own else ()
            for named in path:
                if own is not None and named not in codes:
                    self.findings.fault(own, f"the initial path names unknown state {named!r}", cure_for(named, codes))
            if own is None and code in inherited:
                path = inherited[code].initial_path
            shown = {name: flag for name, flag in flags.items() if flag}
            label = self.labels.value(draft, state_attribute(draft) or "", code)
            states[code] = State(code, label, MappingProxyType(shown), path)
        return states

    def _flags(
        self,
        draft: Draft,
        code: str,
        nodes: Mapping[str, Node],
        inherited: Mapping[str, State],
        seen: tuple[str, ...],
    ) -> dict[str, Flag]:
        """The flags of a state, on top of those of the state it inherits from."""
        node = nodes.get(code)
        if node is None:
            return dict(inherited[code].flags) if code in inherited else {}
        flags: dict[str, Flag] = {}
        place = node.at("inherit_flags_from")
        if place is not None and place.value:
            source = place.value
            if source in (*seen, code):
                self.findings.fault(place, f"state {code!r} inherits its flags from itself", "break the circle")
            elif source not in nodes and source not in inherited:
                self.findings.fault(place, f"unknown state {source!r}", cure_for(source, {**inherited, **nodes}))
            else:
                flags = self._flags(draft, source, nodes, inherited, (*seen, code))
        flags.update(self._flag_set(draft, node.at("flags")))
        return flags

    def _flag_set(self, draft: Draft, holder: Node | None) -> dict[str, Flag]:
        flags: dict[str, Flag] = {}
        for entry in holder.all("attribute") if holder is not None else []:
            if entry.id not in draft.attributes:
                unknown_attribute(entry, draft, entry.id, "a flag", self.findings)
                continue
            flags[entry.id] = Flag.NORMAL
            for flag in entry:
                if flag.tag in FLAGS:
                    flags[entry.id] |= FLAGS[flag.tag]
                elif flag.tag not in ("normal", "slave"):
                    self.findings.fault(flag, f"unknown flag <{flag.tag}>", f"write one of {', '.join(FLAGS)}")
        return flags

    # -- stimuli and transitions ------------------------------------------------------------------------------

    def _stimuli(self, draft: Draft, node: Node | None, above: LifeCycle | None) -> dict[str, Stimulus]:
        kinds = {code: stimulus.kind for code, stimulus in above.stimuli.items()} if above is not None else {}
        for stimulus in node.all("stimuli/stimulus") if node is not None else []:
            if stimulus.type not in STIMULI:
                self.findings.fault(
                    stimulus, f"unknown kind of stimulus {stimulus.type!r}", f"write one of {', '.join(STIMULI)}"
                )
                continue
            kinds[stimulus.id] = stimulus.type
        return {code: Stimulus(code, kind, self.labels.stimulus(draft, code)) for code, kind in kinds.items()}

    def _transitions(
        self,
        draft: Draft,
        node: Node | None,
        above: LifeCycle | None,
        states: Mapping[str, State],
        stimuli: Mapping[str, Stimulus],
    ) -> dict[tuple[str, str], Transition]:
        transitions = dict(above.transitions) if above is not None else {}
        for state in node.all("states/state") if node is not None else []:
            for entry in state.all("transitions/transition"):
                stimulus = entry.id or entry.content("stimulus")
                if stimulus not in stimuli:
                    self.findings.fault(entry, f"unknown stimulus {stimulus!r}", cure_for(stimulus, stimuli))
                target = entry.content("target")
                if target not in states:
                    place = entry.at("target") or entry
                    self.findings.fault(place, f"unknown target state {target!r}", cure_for(target, states))
                transitions[state.id, stimulus] = Transition(
                    source=state.id,
                    stimulus=stimulus,
                    target=target,
                    actions=tuple(self._action(draft, action) for action in entry.all("actions/action")),
                    flags=MappingProxyType(self._flag_set(draft, entry.at("flags"))),
                )
        return transitions

    def _action(self, draft: Draft, node: Node) -> Action:
        verb = node.content("verb") or node.id or node.value
        if not verb:
            self.findings.fault(node, "an action has no verb", "write <verb>SetCurrentDate</verb>, or another")
        holder = node.at("params")
        if holder is None:
            return Action(verb, None)
        params = []
        for param in holder.all("param"):
            kind = param.type or "string"
            if kind not in PARAMS:
                self.findings.fault(param, f"unknown kind of parameter {kind!r}", f"write one of {', '.join(PARAMS)}")
            if kind == "attcode" and param.value not in draft.attributes:
                unknown_attribute(param, draft, param.value, f"the action {verb}", self.findings)
            params.append(Param(kind, param.value))
        return Action(verb, tuple(params))


def check_watches(draft: Draft, lifecycle: LifeCycle | None, findings: Findings) -> None:
    """A stop watch runs in states that the class has."""
    for code, attribute in draft.own.items():
        if not isinstance(attribute, StopWatch):
            continue
        for state in draft.places[code].all("states/state"):
            name = state.id or state.value
            if lifecycle is None or name not in lifecycle.states:
                known = lifecycle.states if lifecycle is not None else {}
                findings.fault(state, f"the stop watch {code!r} runs in unknown state {name!r}", cure_for(name, known))
