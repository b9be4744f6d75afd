"""The files of a call server say what the live objects say."""

from __future__ import annotations

import pytest

from interdesk.desk import SYSTEM
from interdesk.telephony.export import asterisk, layouts, snapshot
from interdesk.telephony.lookups import Look
from tests.support.confd import Confd

REGISTRAR = layouts.Registrar("pbx.example")


def files(confd: Confd) -> dict[str, str]:
    told: list[str] = []
    with confd.desk.store.read() as session:
        before = session.statements
        found = snapshot.take(Look(confd.desk, session, SYSTEM))
        assert session.statements - before == 7
    made = {**asterisk.files(found, told.append), **layouts.telephones(found, REGISTRAR, told.append)}
    assert told == []
    return made


def put(confd: Confd, path: str, **body: object) -> None:
    assert confd.call("PUT", path, body or None)[0] == 204


def complete(confd: Confd) -> tuple[int, int]:
    """(user, line) with numbers, a voicemail, function keys and a telephone."""
    user, line, _, _ = confd.walk()
    put(confd, f"/lines_sip/{line}", username="okvvj4yz", secret="tdt;bgqm")
    colleague = confd.create("/users", firstname="Ann", lastname="Lee")
    second = confd.create("/lines_sip", context="default", device_slot=1, username="annlee", secret="secret-2")
    extension = confd.create("/extensions", exten="1101", context="default")
    assert confd.call("POST", f"/users/{colleague}/lines", {"line_id": second})[0] == 201
    assert confd.call("POST", f"/lines/{second}/extensions", {"extension_id": extension})[0] == 201
    box = {"name": "Lord, Sanderson", "number": "1100", "context": "default", "password": "1234"}
    voicemail = confd.create("/voicemails", **box, email="lord@acme.example", attach_audio=True, timezone="eu-fr")
    assert confd.call("POST", f"/users/{user}/voicemail", {"voicemail_id": voicemail})[0] == 201
    keys = {"1": {"label": "Ann", "destination": {"type": "user", "user_id": colleague}}}
    template = confd.create("/funckeys/templates", name="desk", keys=keys)
    put(confd, f"/users/{user}/funckeys/templates/{template}")
    own = {"blf": False, "label": "Door", "destination": {"type": "custom", "exten": "*77"}}
    put(confd, f"/users/{user}/funckeys/3", **own)
    device = confd.create("/devices", mac="00:08:5D:31:EF:E0", vendor="Aastra")
    put(confd, f"/lines/{line}/devices/{device}")
    return user, line


@pytest.fixture(scope="module")
def made(shared_confd: Confd) -> dict[str, str]:
    complete(shared_confd)
    return files(shared_confd)


def test_sip_accounts(made: dict[str, str]) -> None:
    accounts = made[asterisk.PJSIP].split("\n\n")
    assert accounts[4:] == [
        "[okvvj4yz]\n"
        "type = endpoint\n"
        "context = default\n"
        "disallow = all\n"
        "allow = opus,g722,alaw,ulaw\n"
        "auth = okvvj4yz\n"
        "aors = okvvj4yz\n"
        'callerid = "Lord Sanderson" <1100>\n'
        "mailboxes = 1100@default",
        "[okvvj4yz]\ntype = auth\nauth_type = userpass\nusername = okvvj4yz\npassword = tdt\\;bgqm",
        "[okvvj4yz]\ntype = aor\nmax_contacts = 1\nremove_existing = yes\n",
    ]
    assert accounts[1].startswith("[annlee]\n")


def test_dialplan(made: dict[str, str]) -> None:
    assert made[asterisk.DIALPLAN].split("\n\n")[1:] == [
        "[default]\n"
        "exten => 1100,1,NoOp()\n"
        " same => n,Dial(PJSIP/okvvj4yz,30)\n"
        ' same => n,ExecIf($["${DIALSTATUS}" = "BUSY"]?VoiceMail(1100@default,b):VoiceMail(1100@default,u))\n'
        " same => n,Hangup()\n"
        "exten => 1100,hint,PJSIP/okvvj4yz\n"
        "exten => 1101,1,NoOp()\n"
        " same => n,Dial(PJSIP/annlee,30)\n"
        " same => n,Hangup()\n"
        "exten => 1101,hint,PJSIP/annlee",
        "[from-extern]\nexten => 2100,1,NoOp()\n same => n,Goto(default,1100,1)\n",
    ]


def test_voicemails(made: dict[str, str]) -> None:
    assert made[asterisk.VOICEMAIL].split("\n\n")[1:] == [
        "[default]\n1100 => 1234,Lord  Sanderson,lord@acme.example,,attach=yes|delete=no|tz=eu-fr\n"
    ]


def test_a_telephone_has_its_line_and_keys(made: dict[str, str]) -> None:
    assert made["00085D31EFE0.cfg"].splitlines() == [
        "sip line1 auth name: okvvj4yz",
        "sip line1 password: tdt;bgqm",
        "sip line1 user name: okvvj4yz",
        "sip line1 display name: Lord Sanderson",
        "sip line1 screen name: Lord Sanderson",
        "sip line1 screen name 2: 1100",
        "sip line1 proxy ip: pbx.example",
        "sip line1 proxy port: 5060",
        "sip line1 registrar ip: pbx.example",
        "sip line1 registrar port: 5060",
        "prgkey1 type: blf",
        "prgkey1 value: 1101",
        "prgkey1 label: Ann",
        "prgkey1 line: 1",
        "prgkey3 type: speeddial",
        "prgkey3 value: *77",
        "prgkey3 label: Door",
        "prgkey3 line: 1",
    ]


def test_what_is_out_of_service_rings_nowhere(confd: Confd) -> None:
    _, line = complete(confd)
    (pair, *_) = confd.get(f"/lines/{line}/extensions")["items"]
    put(confd, f"/extensions/{pair['extension_id']}", commented=True)
    dialplan = files(confd)[asterisk.DIALPLAN]
    assert "1100,1" not in dialplan
    assert "exten => 2100,1,NoOp()\n same => n,Dial(PJSIP/okvvj4yz,30)\n" in dialplan


def test_voicemail_is_asked_only_where_it_is_enabled(confd: Confd) -> None:
    user, _ = complete(confd)
    with confd.desk.transaction(SYSTEM) as tx:
        tx.update("TelephonyUser", user, {"voicemail_enabled": False})
    exported = files(confd)
    assert "VoiceMail(" not in exported[asterisk.DIALPLAN]
    assert "mailboxes" not in exported[asterisk.PJSIP]
    assert "1100 => 1234" in exported[asterisk.VOICEMAIL]
