"""What holds between users, lines, extensions and telephones, whichever dialect writes."""

from __future__ import annotations

import pytest

from interdesk.desk import SYSTEM, queries
from interdesk.errors import DeletionRefused, Refused
from tests.support.confd import Confd


def number_of(confd: Confd, cls: str, **criteria: object) -> int:
    """The id of the one object with these values."""
    with confd.desk.reading() as reader:
        ((key, _),) = reader.keys(queries.by_criteria(confd.desk.model.cls(cls), criteria), {})
    return key


def update(confd: Confd, cls: str, key: int, **values: object) -> None:
    with confd.desk.transaction(SYSTEM) as tx:
        tx.update(cls, key, values)


def test_numbers_outside_of_the_ranges_are_refused_to_everybody(confd: Confd) -> None:
    context = number_of(confd, "TelephonyContext", name="default")
    told = "Extension '999' is outside of range for context 'default'"
    with pytest.raises(Refused, match=told), confd.desk.transaction(SYSTEM) as tx:
        tx.create("TelephonyExtension", {"exten": "999", "context_id": context})


def test_a_context_without_range_takes_nothing(confd: Confd) -> None:
    with confd.desk.transaction(SYSTEM) as tx:
        tx.create("TelephonyContext", {"name": "bare", "type": "internal"})
    status, told = confd.call("POST", "/extensions", {"exten": "1000", "context": "bare"})
    assert (status, told) == (400, ["Input Error - Extension '1000' is outside of range for context 'bare'"])


def test_last_digits_count_where_a_range_says_so(confd: Confd) -> None:
    with confd.desk.transaction(SYSTEM) as tx:
        context = tx.create("TelephonyContext", {"name": "trunk", "type": "incall"})
        ends = {"first_number": "0145001000", "last_number": "0145001999", "did_length": 4}
        tx.create("TelephonyRange", {"context_id": context, "kind": "incall", **ends})
    confd.create("/extensions", exten="1500", context="trunk")
    assert confd.call("POST", "/extensions", {"exten": "2500", "context": "trunk"})[0] == 400


def test_other_kinds_of_contexts_lead_to_no_line(confd: Confd) -> None:
    with confd.desk.transaction(SYSTEM) as tx:
        context = tx.create("TelephonyContext", {"name": "to-extern", "type": "outcall"})
        tx.create("TelephonyRange", {"context_id": context, "first_number": "1", "last_number": "9"})
    line = confd.create("/lines_sip", context="default", device_slot=1)
    extension = confd.create("/extensions", exten="5", context="to-extern")
    status, told = confd.call("POST", f"/lines/{line}/extensions", {"extension_id": extension})
    assert (status, told) == (400, ["Resource Error - ContextType 'outcall' cannot be associated"])


def test_incoming_calls_are_free_again_when_the_last_user_leaves(confd: Confd) -> None:
    user, line, _, incall = confd.walk()
    assert confd.call("DELETE", f"/users/{user}/lines/{line}")[0] == 204
    assert confd.call("GET", f"/extensions/{incall}/line")[0] == 404
    assert confd.call("DELETE", f"/extensions/{incall}")[0] == 204


@pytest.mark.parametrize("cls", ["TelephonyUser", "TelephonyLine", "TelephonyExtension"])
def test_what_is_in_use_cannot_be_deleted_by_anybody(confd: Confd, cls: str) -> None:
    user, line, extension, _ = confd.walk()
    key = {"TelephonyUser": user, "TelephonyLine": line, "TelephonyExtension": extension}[cls]
    with pytest.raises(DeletionRefused, match="associated with a"), confd.desk.transaction(SYSTEM) as tx:
        tx.delete(cls, [key])


def test_a_telephone_takes_a_line_by_its_code(confd: Confd) -> None:
    _, line, extension, _ = confd.walk()
    device = confd.create("/devices", mac="00:08:5D:31:EF:E0")
    code = confd.get(f"/lines/{line}")["provisioning_extension"]
    status, _ = confd.call("POST", f"/devices/{device}/provision", {"provisioning_extension": code})
    assert status == 200
    assert confd.get(f"/lines/{line}")["device_id"] == device
    assert confd.get(f"/devices/{device}")["status"] == "configured"
    for path in (f"/devices/{device}", f"/lines/{line}/extensions/{extension}"):
        status, (told,) = confd.call("DELETE", path)
        assert status == 400 and told.startswith("Resource Error - "), told
    key = number_of(confd, "TelephonyDevice", device_key=device)
    with confd.desk.reading() as reader:
        phone = reader.one(confd.desk.model.cls("IPPhone"), key, ("phonenumber", "name"))
    assert phone.rows[0][2:] == ("1100", "00:08:5d:31:ef:e0")


def test_a_telephone_waits_on_when_the_line_has_no_number(confd: Confd) -> None:
    line = confd.create("/lines_sip", context="default", device_slot=1)
    device = confd.create("/devices")
    code = confd.get(f"/lines/{line}")["provisioning_extension"]
    status, told = confd.call("POST", f"/devices/{device}/provision", {"provisioning_extension": code})
    assert (status, told["line_id"]) == (200, None)
    assert confd.get(f"/devices/{device}")["status"] == "not_configured"


def test_autoprov_takes_the_lines_and_options_away(confd: Confd) -> None:
    user, line, _, _ = confd.walk()
    device = confd.create("/devices", options={"switchboard": True})
    assert confd.call("PUT", f"/lines/{line}/devices/{device}")[0] == 204
    status, (told,) = confd.call("DELETE", f"/users/{user}/lines/{line}")
    assert (status, told) == (
        400,
        f"Resource Error - Line is associated with a Device ('line_id': {line}, 'device_id': u'{device}')",
    )
    assert confd.call("GET", f"/devices/{device}/autoprov")[0] == 204
    assert confd.get(f"/lines/{line}")["device_id"] is None
    assert confd.get(f"/devices/{device}")["options"] is None
    assert confd.call("DELETE", f"/users/{user}/lines/{line}")[0] == 204


def test_the_line_keeps_its_main_user_when_others_write(confd: Confd) -> None:
    user, line, _, _ = confd.walk()
    second = confd.create("/users", firstname="Second")
    assert confd.call("PUT", f"/users/{second}/lines/{line}")[0] == 204
    update(confd, "TelephonyUser", second, main_user=True)
    assert [pair["user_id"] for pair in confd.get(f"/lines/{line}/users")["items"] if pair["main_user"]] == [user]
    update(confd, "TelephonyUser", user, lastname="Byron")
    assert confd.get(f"/lines_sip/{line}")["callerid"] == '"Lord Byron" <1100>'


def test_impact_reaches_from_the_telephone_to_the_person(confd: Confd) -> None:
    user, line, _, _ = confd.walk()
    device = confd.create("/devices")
    assert confd.call("PUT", f"/lines/{line}/devices/{device}")[0] == 204
    person = person_of(confd, user)
    start = [("TelephonyDevice", number_of(confd, "TelephonyDevice", device_key=device))]
    with confd.desk.reading() as reader:
        found = confd.desk.related(SYSTEM, reader, start, "impacts")
    assert ("Person", person) in found.objects


def person_of(confd: Confd, user: int) -> int:
    with confd.desk.transaction(SYSTEM) as tx:
        owner = tx.create("Organization", {"name": "Acme"})
        person = tx.create("Person", {"name": "Sanderson", "first_name": "Lord", "org_id": owner})
        tx.update("TelephonyUser", user, {"person_id": person})
    return person


def test_a_person_whose_telephone_rings_is_not_deleted(confd: Confd) -> None:
    user, line, *_ = confd.walk()
    name = confd.get(f"/lines_sip/{line}")["username"]
    person = person_of(confd, user)
    told = f"The person has a telephone line ({name}, number 1100): disconnect it first"
    with confd.desk.transaction(SYSTEM) as tx:
        report = tx.delete("Person", [person], simulate=True)
        assert [(found.cls, found.issue) for found in report.objects if found.issue] == [("TelephonyUser", told)]
    with pytest.raises(DeletionRefused, match="number 1100"), confd.desk.transaction(SYSTEM) as tx:
        tx.delete("Person", [person])


def test_a_person_without_line_goes_and_the_telephone_user_stays(confd: Confd) -> None:
    user, line, *_ = confd.walk()
    person = person_of(confd, user)
    assert confd.call("DELETE", f"/users/{user}/lines/{line}")[0] == 204
    with confd.desk.transaction(SYSTEM) as tx:
        tx.delete("Person", [person])
    with confd.desk.reading() as reader:
        assert reader.whole(confd.desk.model.cls("TelephonyUser"), user)["person_id"] == 0


def test_who_may_write_can_say_that_a_line_is_nobodys(confd: Confd) -> None:
    user, *_ = confd.walk()
    person_of(confd, user)
    update(confd, "TelephonyUser", user, person_id=0)


def test_secrets_are_sealed_and_leave_no_trace_in_the_history(confd: Confd) -> None:
    user = confd.create("/users", firstname="Ann", password="opensesame")
    assert confd.call("PUT", f"/users/{user}", {"password": "changed-it"})[0] == 204
    with confd.desk.reading() as reader:
        stored = reader.whole(confd.desk.model.cls("TelephonyUser"), user)
        cls = confd.desk.model.cls("CMDBChangeOpSetAttributeEncrypted")
        ((operation, _),) = reader.keys(queries.by_criteria(cls, {"objclass": "TelephonyUser"}), {})
        kept = reader.whole(cls, operation)
    assert confd.desk.vault.reveal(stored["password"]) == "changed-it"
    assert "opensesame" not in str(stored) + str(kept)
    assert confd.get(f"/users/{user}")["password"] == "changed-it"


def test_texts_that_are_read_as_json_are_json_whoever_writes(confd: Confd) -> None:
    device = number_of(confd, "TelephonyDevice", device_key=confd.create("/devices"))
    with pytest.raises(Refused, match="dict-like"):
        update(confd, "TelephonyDevice", device, options="{not json")
    user = confd.create("/users", firstname="Ann")
    key = {"user_id": user, "position": 1, "type": "custom"}
    with confd.desk.transaction(SYSTEM) as tx:
        tx.create("TelephonyUserKey", {**key, "arguments": '{"exten": "12"}'})
    for wrong, told in (({"arguments": "[1]"}, "dict-like"), ({}, "FuncKey already exists")):
        with pytest.raises(Refused, match=told), confd.desk.transaction(SYSTEM) as tx:
            tx.create("TelephonyUserKey", {**key, **wrong})
    assert list(confd.get(f"/users/{user}/funckeys")["keys"]) == ["1"]


def test_history_says_what_the_api_changed(confd: Confd) -> None:
    user = confd.create("/users", firstname="Ann")
    assert confd.call("PUT", f"/users/{user}", {"lastname": "Lee"})[0] == 204
    model = confd.desk.model
    found = queries.by_criteria(
        model.cls("CMDBChangeOpSetAttributeScalar"), {"objclass": "TelephonyUser", "objkey": user}
    )
    with confd.desk.reading() as reader:
        (table,) = reader.page(found, ("attcode", "newvalue"), {}).tables
    told = {row[table.positions["attcode"][0]]: row[table.positions["newvalue"][0]] for row in table.rows}
    assert told["lastname"] == "Lee"
    assert told["caller_id"] == '"Ann Lee"'
