"""What operations of extensions ask: objects that an OQL query finds and the caller may see."""

from __future__ import annotations

from typing import Any

from interdesk import oql
from interdesk.dialects.itop.operations import Call
from interdesk.dialects.itop.output import parsed
from interdesk.dialects.itop.replies import objects_of
from interdesk.store import overlaid


def objects(
    call: Call, query: str, output_fields: str = "id, friendlyname", /, **placeholders: Any
) -> dict[str, Any] | None:
    """``objects`` of an answer, as core/get gives them; None when nothing was found.

    ``placeholders`` are values for the names that the query writes as ``:name``. Raises OqlError, MissingArgument,
    and RestError for a field that the class does not have or a class that the caller may not read.
    """
    resolved = oql.query(query, call.desk.model)
    call.require(resolved.cls, ("read", "reading"), ("bulk read", "exporting"))
    output = parsed(resolved.cls, output_fields)
    with call.desk.reading(call.actor) as reader:
        args = overlaid(placeholders, call.desk.arguments(call.actor, reader))
        visible = call.desk.visible(call.actor, resolved)
        if output.uniform(call.desk.model, resolved.cls):
            page = reader.page(visible, output.fields, args)
        else:
            page = reader.mixed(visible, output.choose(call.desk.model), args)
        return objects_of(page, call.encoder)


def rows(call: Call, query: str, /, *codes: str, **placeholders: Any) -> list[dict[str, Any]]:
    """The stored values of some scalar attributes, with ``id`` and ``finalclass``, of each object found.

    Raises as ``objects`` does, and UnknownAttribute.
    """
    resolved = oql.query(query, call.desk.model)
    call.require(resolved.cls, ("read", "reading"), ("bulk read", "exporting"))
    with call.desk.reading() as reader:
        args = overlaid(placeholders, call.desk.arguments(call.actor, reader))
        (table,) = reader.page(call.desk.visible(call.actor, resolved), codes, args).tables
    places = {code: table.positions[code][0] for code in codes}
    return [
        {"id": row[0], "finalclass": row[1] or table.cls.name, **{code: row[at] for code, at in places.items()}}
        for row in table.rows
    ]
