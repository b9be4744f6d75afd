"""Operations on what is connected with what. Source: facts ``xivo_confd_api.md`` 6 and 8."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from interdesk.desk import Transaction
from interdesk.dialects.confd.answers import Answer, Item, everything, linked
from interdesk.dialects.confd.call import Call
from interdesk.dialects.confd.resources import Handler
from interdesk.telephony import associations
from interdesk.telephony.checks import checked
from interdesk.telephony.lookups import Asks
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


def on_both(first: Resource, second: Resource, work: Callable[[Transaction, int, int], object]) -> Handler:
    """An operation on the two objects that the URL names; it answers that it is done."""

    def operate(call: Call) -> Answer:
        call.write(lambda tx: work(tx, call.exists(tx, first, call.ids[0]), call.exists(tx, second, call.ids[1])))
        return DONE

    return operate


Shape = Callable[[Call, Item], Item]


def several(resource: Resource, question: Callable[[Asks, int], list[Item]], shape: Shape) -> Handler:
    """What is connected with the object that the URL names."""

    def read(call: Call) -> Answer:
        with call.look() as look:
            found = question(look, call.exists(look, resource, call.ids[0]))
        return everything([shape(call, pair) for pair in found])

    return read


def single(resource: Resource, question: Callable[[Asks, int], Item], shape: Shape) -> Handler:
    """The one thing that is connected with the object that the URL names."""

    def read(call: Call) -> Answer:
        with call.look() as look:
            found = question(look, call.exists(look, resource, call.ids[0]))
        return Answer(200, shape(call, found))

    return read


# -- users and lines


def _user_line(call: Call, pair: Item) -> Item:
    return linked(call.base, pair, ("lines", pair["line_id"]), ("users", pair["user_id"]))


lines_of_user = several(USERS, associations.line_of_user, _user_line)


users_of_line = several(LINES, associations.users_of_line, _user_line)


def post_line(call: Call) -> Answer:
    given = _given(call, USERS, LINE_OF_USER)
    user = call.ids[0]

    def work(tx: Transaction) -> Item:
        line = associations.known(tx, LINES.cls, given["line_id"], "line_id", "Line")
        return associations.add_line(tx, user, line)

    return Answer(201, _user_line(call, call.write(work)), f"{call.base}/users/{user}/lines")


put_line = on_both(USERS, LINES, partial(associations.add_line, again=True))
delete_line = on_both(USERS, LINES, associations.remove_line)


# -- lines and extensions


def _line_extension(call: Call, pair: Item) -> Item:
    return linked(call.base, pair, ("extensions", pair["extension_id"]), ("lines", pair["line_id"]))


extensions_of_line = several(LINES, associations.extensions_of_line, _line_extension)


extension_of_line = single(LINES, associations.internal_of_line, _line_extension)


line_of_extension = single(EXTENSIONS, associations.line_of_extension, _line_extension)


lines_of_extension = several(EXTENSIONS, associations.lines_of_extension, _line_extension)


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


put_extension = on_both(LINES, EXTENSIONS, partial(associations.add_extension, again=True))
delete_extension = on_both(LINES, EXTENSIONS, associations.remove_extension)


def delete_single_extension(call: Call) -> Answer:
    def work(tx: Transaction) -> None:
        line = call.exists(tx, LINES, call.ids[0])
        associations.remove_extension(tx, line, associations.internal_of_line(tx, line)["extension_id"])

    call.write(work)
    return DONE


# -- lines and telephones


put_device = on_both(LINES, DEVICES, associations.add_device)
delete_device = on_both(LINES, DEVICES, associations.remove_device)


# -- users and voicemails


def _user_voicemail(call: Call, pair: Item) -> Item:
    return linked(call.base, pair, ("voicemails", pair["voicemail_id"]), ("users", pair["user_id"]))


voicemail_of_user = single(USERS, associations.voicemail_of_user, _user_voicemail)


voicemails_of_user = several(USERS, associations.voicemails_of_user, _user_voicemail)


users_of_voicemail = several(VOICEMAILS, associations.users_of_voicemail, _user_voicemail)


def post_voicemail(call: Call) -> Answer:
    given = _given(call, USERS, VOICEMAIL_OF_USER)
    user, enabled = call.ids[0], given.get("enabled")

    def work(tx: Transaction) -> Item:
        voicemail = associations.known(tx, VOICEMAILS.cls, given["voicemail_id"], "voicemail_id", "Voicemail")
        return associations.add_voicemail(tx, user, voicemail, enabled=True if enabled is None else enabled)

    return Answer(201, _user_voicemail(call, call.write(work)), f"{call.base}/users/{user}/voicemail")


put_voicemail = on_both(USERS, VOICEMAILS, partial(associations.add_voicemail, again=True))


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
