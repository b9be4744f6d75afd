"""Every OQL text of the bundled design resolves: choosers, neighbours, obsolescence, uniqueness."""

from __future__ import annotations

from interdesk.model import Model
from interdesk.model.design import bundled, check
from interdesk.oql import OqlError, condition, query


def problem(model: Model, cls: str, kind: str, text: str) -> str | None:
    try:
        if kind == "query":
            query(text, model)
        else:
            condition(text, model.cls(cls), model)
    except OqlError as found:
        return str(found)
    return None


def test_every_text_resolves() -> None:
    asked: list[str] = []

    def counted(model: Model, cls: str, kind: str, text: str) -> str | None:
        asked.append(text)
        return problem(model, cls, kind, text)

    assert [str(fault) for fault in check(bundled(), check_oql=counted).faults] == []
    assert len(asked) > 50
