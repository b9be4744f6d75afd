"""Operations on what is connected with what. Source: facts ``xivo_confd_api.md`` 6 and 8."""

from __future__ import annotations

from typing import Any

from interdesk.desk import Transaction
from interdesk.dialects.confd.answers import Answer, Item, everything, linked
from interdesk.dialects.confd.call import Call
from interdesk.telephony import associations
from interdesk.telephony.checks import checked
from interdesk.telephony.table import (
    CTI_OF_USER,
    DEVICES,
    EXTENSION_OF_LINE,
    EXTENSIONS,
    LINE_OF_USER,
    LINES,
    USERS,
    VOICEMAIL_OF_USER,
    VOICEMAILS,
    Field,
    Resource,
)

DONE = Answer(204)


def _given(call: Call, resource: Resource, fields: tuple[Field, ...]) -> dict[str, Any]:
    """The checked body, once it is known that what the URL names is there."""
    with call.look() as look:
        call.exists(look, resource, call.ids[0])
    return checked(fields, call.json())


# -- users and lines


def _user_line(call: Call, pair: Item) -> Item:
    return linked(call.base, pair, ("lines", pair["line_id"]), ("users", pair["user_id"]))


def lines_of_user(call: Call) -> Answer:
    with call.look() as look:
        user = call.exists(look, USERS, call.ids[0])
        return everything([_user_line(call, pair) for pair in associations.line_of_user(look, user)])


def users_of_line(call: Call) -> Answer:
    with call.look() as look:
        line = call.exists(look, LINES, call.ids[0])
        return everything([_user_line(call, pair) for pair in associations.users_of_line(look, line)])


def post_line(call: Call) -> Answer:
    given = _given(call, USERS, LINE_OF_USER)
    user = call.ids[0]

    def work(tx: Transaction) -> Item:
        line = associations.known(tx, LINES.cls, given["line_id"], "line_id", "Line")
        return associations.add_line(tx, user, line)

    return Answer(201, _user_line(call, call.write(work)), f"{call.base}/users/{user}/lines")


def put_line(call: Call) -> Answer:
    def work(tx: Transaction) -> None:
        user, line = call.exists(tx, USERS, call.ids[0]), call.exists(tx, LINES, call.ids[1])
        associations.add_line(tx, user, line, again=True)

    call.write(work)
    return DONE


def delete_line(call: Call) -> Answer:
    def work(tx: Transaction) -> None:
        user, line = call.exists(tx, USERS, call.ids[0]), call.exists(tx, LINES, call.ids[1])
        associations.remove_line(tx, user, line)

    call.write(work)
    return DONE


# -- lines and extensions


def _line_extension(call: Call, pair: Item) -> Item:
    return linked(call.base, pair, ("extensions", pair["extension_id"]), ("lines", pair["line_id"]))


def extensions_of_line(call: Call) -> Answer:
    with call.look() as look:
        line = call.exists(look, LINES, call.ids[0])
        return everything([_line_extension(call, pair) for pair in associations.extensions_of_line(look, line)])


def extension_of_line(call: Call) -> Answer:
    with call.look() as look:
        line = call.exists(look, LINES, call.ids[0])
        return Answer(200, _line_extension(call, associations.internal_of_line(look, line)))


def line_of_extension(call: Call) -> Answer:
    with call.look() as look:
        extension = call.exists(look, EXTENSIONS, call.ids[0])
        return Answer(200, _line_extension(call, associations.line_of_extension(look, extension)))


def lines_of_extension(call: Call) -> Answer:
    with call.look() as look:
        extension = call.exists(look, EXTENSIONS, call.ids[0])
        pairs = associations.lines_of_extension(look, extension)
        return everything([_line_extension(call, pair) for pair in pairs])


def post_extension(call: Call) -> Answer:
    return _post_extension(call, "extensions")


def post_single_extension(call: Call) -> Answer:
    return _post_extension(call, "extension")


def _post_extension(call: Call, end: str) -> Answer:
    given = _given(call, LINES, EXTENSION_OF_LINE)
    line = call.ids[0]

    def work(tx: Transaction) -> Item:
        extension = associations.known(tx, EXTENSIONS.cls, given["extension_id"], "extension_id", "Extension")
        return associations.add_extension(tx, line, extension)

    return Answer(201, _line_extension(call, call.write(work)), f"{call.base}/lines/{line}/{end}")


def put_extension(call: Call) -> Answer:
    def work(tx: Transaction) -> None:
        line, extension = call.exists(tx, LINES, call.ids[0]), call.exists(tx, EXTENSIONS, call.ids[1])
        associations.add_extension(tx, line, extension, again=True)

    call.write(work)
    return DONE


def delete_extension(call: Call) -> Answer:
    def work(tx: Transaction) -> None:
        line, extension = call.exists(tx, LINES, call.ids[0]), call.exists(tx, EXTENSIONS, call.ids[1])
        associations.remove_extension(tx, line, extension)

    call.write(work)
    return DONE


def delete_single_extension(call: Call) -> Answer:
    def work(tx: Transaction) -> None:
        line = call.exists(tx, LINES, call.ids[0])
        associations.remove_extension(tx, line, associations.internal_of_line(tx, line)["extension_id"])

    call.write(work)
    return DONE


# -- lines and telephones


def put_device(call: Call) -> Answer:
    def work(tx: Transaction) -> None:
        line, device = call.exists(tx, LINES, call.ids[0]), call.exists(tx, DEVICES, call.ids[1])
        associations.add_device(tx, line, device)

    call.write(work)
    return DONE


def delete_device(call: Call) -> Answer:
    def work(tx: Transaction) -> None:
        line, device = call.exists(tx, LINES, call.ids[0]), call.exists(tx, DEVICES, call.ids[1])
        associations.remove_device(tx, line, device)

    call.write(work)
    return DONE


# -- users and voicemails


def _user_voicemail(call: Call, pair: Item) -> Item:
    return linked(call.base, pair, ("voicemails", pair["voicemail_id"]), ("users", pair["user_id"]))


def voicemail_of_user(call: Call) -> Answer:
    with call.look() as look:
        user = call.exists(look, USERS, call.ids[0])
        return Answer(200, _user_voicemail(call, associations.voicemail_of_user(look, user)))


def voicemails_of_user(call: Call) -> Answer:
    with call.look() as look:
        user = call.exists(look, USERS, call.ids[0])
        return everything([_user_voicemail(call, pair) for pair in associations.voicemails_of_user(look, user)])


def users_of_voicemail(call: Call) -> Answer:
    with call.look() as look:
        voicemail = call.exists(look, VOICEMAILS, call.ids[0])
        return everything([_user_voicemail(call, pair) for pair in associations.users_of_voicemail(look, voicemail)])


def post_voicemail(call: Call) -> Answer:
    given = _given(call, USERS, VOICEMAIL_OF_USER)
    user, enabled = call.ids[0], given.get("enabled")

    def work(tx: Transaction) -> Item:
        voicemail = associations.known(tx, VOICEMAILS.cls, given["voicemail_id"], "voicemail_id", "Voicemail")
        return associations.add_voicemail(tx, user, voicemail, enabled=True if enabled is None else enabled)

    return Answer(201, _user_voicemail(call, call.write(work)), f"{call.base}/users/{user}/voicemail")


def put_voicemail(call: Call) -> Answer:
    def work(tx: Transaction) -> None:
        user, voicemail = call.exists(tx, USERS, call.ids[0]), call.exists(tx, VOICEMAILS, call.ids[1])
        associations.add_voicemail(tx, user, voicemail, again=True)

    call.write(work)
    return DONE


def delete_voicemail(call: Call) -> Answer:
    call.write(lambda tx: associations.remove_voicemail(tx, call.exists(tx, USERS, call.ids[0])))
    return DONE


def delete_voicemails(call: Call) -> Answer:
    """The later form: none is left, whether there was one or not."""

    def work(tx: Transaction) -> None:
        user = call.exists(tx, USERS, call.ids[0])
        if associations.voicemails_of_user(tx, user):
            associations.remove_voicemail(tx, user)

    call.write(work)
    return DONE


# -- users and their client


def cti_of_user(call: Call) -> Answer:
    with call.look() as look:
        user = call.exists(look, USERS, call.ids[0])
        pair = associations.cti_of_user(look, user)
    return Answer(200, linked(call.base, pair, ("users", user), ("cti_profiles", pair["cti_profile_id"])))


def put_cti(call: Call) -> Answer:
    given = _given(call, USERS, CTI_OF_USER)
    call.write(lambda tx: associations.edit_cti(tx, call.ids[0], given))
    return DONE
