"""Life cycles at work: a stimulus takes a draft from its state to another one, and runs the actions on the way.

Source: facts ``itop_datamodel_xml.md`` 5, ``itop_rest_quirks.md`` 28; scenarios ``itop`` 15 and 16.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from interdesk.desk import verbs
from interdesk.desk.drafts import Draft
from interdesk.desk.verbs import standard  # noqa: F401 - binds the generic verbs
from interdesk.errors import StimulusRefused
from interdesk.model.attributes import CaseLog, ExternalKey
from interdesk.model.lifecycle import Transition

if TYPE_CHECKING:
    from interdesk.desk.transaction import Transaction

LONGEST_CHAIN = 20  # stimuli that actions may apply one from within the other


def apply(draft: Draft, stimulus: str, tx: Transaction) -> None:
    """Takes a draft through a transition on somebody's request; the caller saves it.

    Raises StimulusRefused when the state has no such transition, when attributes that the target state needs are
    empty, or when an action refuses; the draft then has its values back.
    """
    transition = available(draft, stimulus)
    if transition is None:
        name = tx.name_of(draft.cls.name, draft.key)
        raise StimulusRefused(f"Invalid stimulus: '{stimulus}' on the object {name} in state '{state_of(draft)}'")
    missing = missing_attributes(draft, transition.target, tx)
    if missing:
        raise StimulusRefused(f"Missing mandatory attribute(s) for applying the stimulus: {', '.join(missing)}.")
    if not follow(draft, transition, tx):
        raise StimulusRefused(f"An action refused the stimulus '{stimulus}': nothing was changed.")


def state_of(draft: Draft) -> str:
    """The state that the draft is in, '' for classes without states."""
    lifecycle = draft.cls.lifecycle
    return str(draft.values.get(lifecycle.attribute) or "") if lifecycle is not None else ""


def available(draft: Draft, stimulus: str) -> Transition | None:
    """The transition that a stimulus means in the draft's state."""
    lifecycle = draft.cls.lifecycle
    return lifecycle.transitions.get((state_of(draft), stimulus)) if lifecycle is not None else None


def missing_attributes(draft: Draft, state: str, tx: Transaction) -> list[str]:
    """The attributes that a state needs and the draft lacks.

    External keys are never among them: unset, they hold a 0 that counts as a value, as recorded.
    """
    assert draft.cls.lifecycle is not None
    missing = []
    for code in draft.cls.lifecycle.mandatory(state):
        attribute = draft.cls.attributes[code]
        if isinstance(attribute, CaseLog):
            empty = not _has_entries(draft, code, tx)
        elif isinstance(attribute, ExternalKey) or code not in draft.values:
            continue
        else:
            empty = attribute.is_empty(draft.values[code])
        if empty:
            missing.append(code)
    return missing


def _has_entries(draft: Draft, code: str, tx: Transaction) -> bool:
    change = draft.logs.get(code)
    if change is not None and any(entry.message for entry in change.entries):
        return True
    replaced = change is not None and change.replace
    return not replaced and bool(tx.session.logs(draft.cls.root, code, [draft.key]).get(draft.key))


def follow(draft: Draft, transition: Transition, tx: Transaction, depth: int = 0) -> bool:
    """Enters the target state and runs the actions in order. False: one refused, and the draft is as before."""
    lifecycle = draft.cls.lifecycle
    assert lifecycle is not None
    values, logs, links, tasks = dict(draft.values), dict(draft.logs), dict(draft.links), tx.tasks.mark()
    draft.values[lifecycle.attribute] = transition.target
    call = verbs.Call(draft, tx, transition.stimulus, depth)
    done = False
    try:
        done = all(verbs.run(action, call) for action in transition.actions)
    finally:
        if not done:
            draft.values, draft.logs, draft.links = values, logs, links
            tx.tasks.forget(tasks)
    return done


def chained(call: verbs.Call, stimulus: str) -> bool:
    """Applies another stimulus from within an action. False when the new state has no way for it."""
    transition = available(call.draft, stimulus)
    if transition is None:
        return False
    if call.depth >= LONGEST_CHAIN:
        raise StimulusRefused(
            f"The stimulus '{stimulus}' stands at the end of {LONGEST_CHAIN} others that actions applied: "
            "the life cycle runs in a circle."
        )
    return follow(call.draft, transition, call.tx, call.depth + 1)


verbs.generic("ApplyStimulus")(chained)
