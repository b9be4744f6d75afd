"""The operation ``core/apply_stimulus``. Source: facts ``itop_rest_quirks.md`` 4 and 28, scenarios 02, 15 and 16."""

from __future__ import annotations

from typing import Any

from interdesk.desk import Transaction
from interdesk.dialects.itop import keys, php
from interdesk.dialects.itop.fields_in import Incoming
from interdesk.dialects.itop.operations import Call, shown, told
from interdesk.dialects.itop.output import parsed
from interdesk.dialects.itop.replies import answer


def core_apply_stimulus(call: Call) -> dict[str, Any]:
    """Writes fields of exactly one object, then takes it through a transition. Any stimulus may be named.

    The rights of profiles on single stimuli are not asked for: who may write may apply them, as recorded.
    """
    comment, cls, key = call.comment(), call.cls(), call.needed("key")
    fields = call.needed("fields")
    output = parsed(cls, call.data.get("output_fields"))
    stimulus = php.to_text(call.needed("stimulus"))
    call.require(cls, ("write", "modifying"))

    def work(tx: Transaction) -> dict[str, Any]:
        incoming = Incoming(call.desk, call.actor, tx.reader, tx)
        number = keys.single(incoming, cls, key, wrapped=True)
        final = call.desk.model.cls(tx.final_class(cls.name, number) or cls.name)
        tx.apply_stimulus(final.name, number, stimulus, incoming.fields(final, fields))
        return told(tx, answer(None, shown(call, tx, final.name, number, output, fields, "updated")))

    return call.write(work, comment)
