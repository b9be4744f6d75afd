"""Filling in a form: required fields, choices, types, patterns, tables. Pure. Source of the texts: facts 2 and 3.1."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from typing import Any

from interdesk.approvals import conditions
from interdesk.approvals.conditions import names
from interdesk.approvals.flow import Field, Flow, Json, Node
from interdesk.approvals.refusals import BadForm, MissingFields

ONE_OF = frozenset({"SELECT", "RADIO"})
SOME_OF = frozenset({"MULTISELECT", "CHECKBOX"})
TABLES = frozenset({"TABLE", "CUSTOMTABLE"})
NO_SUCH_FIELD = "【{0}】字段不存在，请联系管理员"
REQUIRED = "【{0}】为必填项"
NO_CHOICES = "【{0}】选项不存在，请联系管理员"
OTHER_CHOICE = "【{0}】选项不匹配，请重新选择"
CELL_REQUIRED = "表格字段【{0}】的第【{1}】行【{2}】为必填项"
WRONG_FORMAT = "【{0}】格式不正确: {1}"
LONGEST_PATTERN_INPUT = 10_000
MOMENTS = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d")

PATTERNS: dict[str, str] = {
    "NUM": r"-?\d+(\.\d+)?",
    "NUMWITHOUTZERO": r"[1-9]\d*",
    "FLOAT": r"-?\d+\.\d+",
    "NON_NEGATIVE": r"\d+(\.\d+)?",
    "GTE_ZERO": r"\d+",
    "NON_POSITIVE": r"-\d+(\.\d+)?|0+(\.0+)?",
    "LTE_ZERO": r"-\d+|0+",
    "LOWER_EN": r"[a-z]+",
    "UPPER_EN": r"[A-Z]+",
    "EN": r"[A-Za-z]+",
    "EN_NUM": r"[A-Za-z0-9]+",
    "CH": r"[\u4e00-\u9fa5]+",
    "EN_CH": r"[A-Za-z\u4e00-\u9fa5]+",
    "EN_CH_NUM": r"[A-Za-z0-9\u4e00-\u9fa5]+",
    "START_EN": r"[A-Za-z].*",
    "EMAIL": r"[^@\s]+@[^@\s]+\.[^@\s]+",
    "PHONE_NUM": r"\+?[\d\- ]{5,20}",
    "ID_CARD": r"\d{15}|\d{17}[\dXx]",
    "QQ": r"[1-9]\d{4,10}",
    "IP": r"((25[0-5]|2[0-4]\d|1?\d?\d)(\.(?!$)|$)){4}",
}


def values_of(given: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The values of a list of ``{key, value}``; of a key that comes twice the last counts."""
    return {str(one["key"]): one.get("value") for one in given}


def check(flow: Flow, node: Node, given: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a node's form as they are kept. ``known``: the values of the ticket so far.

    Keys of required fields must be there even when the field is hidden, as recorded.
    Raises MissingFields, BadForm.
    """
    form = flow.form(node)
    missing = [field.key for field in form if field.required and field.key not in given]
    if missing:
        raise MissingFields(missing)
    by_key = {field.key: field for field in form}
    for key in given:
        if key not in by_key:
            raise BadForm(NO_SUCH_FIELD.format(key))
    seen = {**known, **given}
    return {key: _checked(by_key[key], value, seen) for key, value in given.items()}


def is_hidden(field: Field, values: Mapping[str, Any]) -> bool:
    """True when the field's condition for hiding holds; not when it asks for a value that is not there."""
    condition = field.hidden_when
    if not condition.get("expressions"):
        return False
    try:
        return conditions.holds(condition, values)
    except conditions.NoValue:
        return False


def is_empty(value: Any) -> bool:
    """True for what counts as not filled in: None, an empty text, list or mapping; 0 and False are values."""
    return value is None or value == "" or value == [] or value == {}


def shown(field: Field, value: Any) -> str:
    """A value as people read it: the names of choices, else the text."""
    if is_empty(value):
        return ""
    by_key = {str(one.get("key")): str(one.get("name")) for one in field.choices}
    if field.type in ONE_OF | SOME_OF and by_key:
        return ",".join(by_key.get(name, name) for name in names(value))
    return value if isinstance(value, str) else str(value)


def _checked(field: Field, value: Any, seen: Mapping[str, Any]) -> Any:
    if is_empty(value):
        if field.required and not is_hidden(field, seen):
            raise BadForm(REQUIRED.format(field.name))
        return value
    if field.type in ONE_OF | SOME_OF:
        _choice(field, value)
    elif field.type in TABLES:
        _table(field, value)
    elif field.type == "INT":
        return _integer(field, value)
    elif field.type in ("DATE", "DATETIME"):
        _moment(field, value)
    if isinstance(value, str):
        _pattern(field, value)
    return value


def _choice(field: Field, value: Any) -> None:
    if field.raw.get("source_type") not in (None, "", "CUSTOM"):
        return  # the choices are elsewhere
    keys = {str(one.get("key")) for one in field.choices}
    if not keys:
        raise BadForm(NO_CHOICES.format(field.key))
    if isinstance(value, (bool, dict)):
        raise BadForm(OTHER_CHOICE.format(field.name))
    chosen = names(value) if field.type in SOME_OF else [str(value)]
    if not set(chosen) <= keys:
        raise BadForm(OTHER_CHOICE.format(field.name))


def _integer(field: Field, value: Any) -> Any:
    """A number, given as one or as a text, as it was given."""
    whole = isinstance(value, int) and not isinstance(value, bool)
    if not whole and not (isinstance(value, str) and re.fullmatch(r"\s*[+-]?[0-9]{1,18}\s*", value)):
        raise BadForm(WRONG_FORMAT.format(field.name, "INT"))
    return value


def _moment(field: Field, value: Any) -> None:
    formats = MOMENTS[-1:] if field.type == "DATE" else MOMENTS
    for form in formats:
        try:
            dt.datetime.strptime(str(value), form)
            return
        except ValueError:
            continue
    wanted = "YYYY-MM-DD" if field.type == "DATE" else "YYYY-MM-DD HH:MM:SS"
    raise BadForm(WRONG_FORMAT.format(field.name, wanted))


def _pattern(field: Field, value: str) -> None:
    name = str(field.raw.get("regex") or "EMPTY")
    own = str(field.raw.get("custom_regex") or "") if name in ("CUSTOM", "EMPTY") else ""
    if own:
        if len(value) > LONGEST_PATTERN_INPUT or not re.match(own, value):
            raise BadForm(WRONG_FORMAT.format(field.name, own))
    elif name in PATTERNS and not re.fullmatch(PATTERNS[name], value):
        raise BadForm(WRONG_FORMAT.format(field.name, name))


def _table(field: Field, value: Any) -> None:
    if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
        raise BadForm(WRONG_FORMAT.format(field.name, field.type))
    for number, row in enumerate(value, 1):
        for column in _columns(field):
            if column.get("required") and is_empty(row.get(str(column.get("key")))):
                raise BadForm(CELL_REQUIRED.format(field.name, number, column.get("name") or column.get("key")))


def _columns(field: Field) -> list[Json]:
    """The columns of a table: in ``meta.columns``, or the choices of a plain one."""
    found = (field.raw.get("meta") or {}).get("columns")
    return [one for one in (found if isinstance(found, list) else field.choices) if isinstance(one, dict)]
