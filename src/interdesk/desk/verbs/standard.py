"""The generic verbs: what an action may do on an object of any class. Source: facts ``itop_datamodel_xml.md`` 5."""

from __future__ import annotations

import datetime as dt
from typing import Any

from interdesk.desk import clocks
from interdesk.desk.clock import as_text
from interdesk.desk.goals import Goals
from interdesk.desk.verbs import Call, generic
from interdesk.desk.verbs.conversion import is_empty, put, source_value
from interdesk.desk.verbs.relative_dates import UnknownModifier, shifted
from interdesk.model.attributes import Date, ExternalKey, StopWatch, TextValue


@generic("SetCurrentDate")
def set_current_date(call: Call, code: str) -> None:
    _put_date(call, code, _now(call))


@generic("SetCurrentDateIfNull")
def set_current_date_if_null(call: Call, code: str) -> None:
    if is_empty(call, code):
        set_current_date(call, code)


@generic("SetComputedDate")
def set_computed_date(call: Call, code: str, modifier: str = "", source: str | None = None) -> None:
    """A date of the object, or now, shifted by a text such as ``+2 days``."""
    start = source_value(call, source) if source else as_text(_now(call))
    try:
        moment = shifted(dt.datetime.fromisoformat(start), modifier) if start else None
    except (UnknownModifier, ValueError, OverflowError):
        call.tell_once("date_modifier", "SetComputedDate", modifier=modifier, effect="the date is left as it is")
        return
    if moment is not None:
        _put_date(call, code, moment)


@generic("SetComputedDateIfNull")
def set_computed_date_if_null(call: Call, code: str, modifier: str = "", source: str | None = None) -> None:
    if is_empty(call, code):
        set_computed_date(call, code, modifier, source)


@generic("SetCurrentUser")
def set_current_user(call: Call, code: str) -> None:
    """Into a key the user's id, into a text the user's friendly name."""
    actor = call.tx.actor
    as_key = isinstance(call.draft.cls.attribute(code), ExternalKey)
    put(call, code, actor.user if as_key else call.tx.name_of("User", actor.user))


@generic("SetCurrentPerson")
def set_current_person(call: Call, code: str) -> None:
    """Into a key the id of the user's contact, into a text the contact's friendly name."""
    actor = call.tx.actor
    as_key = isinstance(call.draft.cls.attribute(code), ExternalKey)
    put(call, code, actor.contact if as_key else call.tx.name_of("Contact", actor.contact))


@generic("SetElapsedTime")
def set_elapsed_time(call: Call, code: str, reference: str, working_time: str = "") -> None:
    """The open seconds between a date of the object and now."""
    start = source_value(call, reference)
    if start:
        goals = Goals(call.draft.cls, call.draft.values, call.tx.reader, call.tx.desk.model)
        put(call, code, goals.hours(working_time).elapsed(dt.datetime.fromisoformat(start), _now(call)))


@generic("Reset")
def reset(call: Call, code: str) -> None:
    """Back to the value of a new object."""
    attribute = call.draft.cls.attribute(code)
    if attribute.columns() and attribute.writable and not isinstance(attribute, StopWatch):
        call.draft.values[code] = attribute.initial(call.draft.now)


@generic("Copy")
def copy(call: Call, code: str, source: str) -> None:
    put(call, code, source_value(call, source), source)


@generic("Set")
def set_value(call: Call, code: str, value: Any) -> None:
    put(call, code, value)


@generic("SetIfNull")
def set_if_null(call: Call, code: str, value: Any) -> None:
    if is_empty(call, code):
        put(call, code, value)


@generic("AddValue")
def add_value(call: Call, code: str, value: Any = 1) -> None:
    """Adds to a number; an empty one counts as 0."""
    attribute = call.draft.cls.attribute(code)
    present = call.draft.values.get(code) or 0
    if isinstance(attribute, TextValue):
        present = _number(present)
    put(call, code, present + _number(value))


def _number(value: Any) -> int | float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return 0
    return int(number) if number.is_integer() else number


@generic("ResetStopWatch")
def reset_stop_watch(call: Call, code: str) -> None:
    """Back to zero; a watch that runs goes on from there. The deadlines follow when the draft is settled."""
    watch = call.draft.cls.attribute(code)
    if isinstance(watch, StopWatch):
        call.draft.values[code] = clocks.reset(watch, call.draft.values[code], call.draft.now)


def _now(call: Call) -> dt.datetime:
    return dt.datetime.fromisoformat(call.draft.now)


def _put_date(call: Call, code: str, moment: dt.datetime) -> None:
    """As the attribute keeps it: with or without the time of day."""
    day_only = isinstance(call.draft.cls.attribute(code), Date)
    put(call, code, moment.strftime("%Y-%m-%d") if day_only else as_text(moment))
