"""No text that people chose changes what the files of a call server or of a telephone say, beyond its own value."""

from __future__ import annotations

import re
from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from interdesk.telephony.export import asterisk, layouts
from interdesk.telephony.export.snapshot import Key, Line, Mailbox, Number, Owner, Snapshot, Telephone

ANY = st.text(max_size=60) | st.sampled_from(
    [
        "x\nexten => 911,1,System(reboot)",
        "x\r\n[general]",
        "a;b",
        ";--",
        '"Boss" <911>',
        '" <911>',
        "a,b|c=d",
        "${SHELL(reboot)}",
        "#exec reboot",
        "\\",
        "\u2028[x]",
        "=>",
    ]
)
REGISTRAR = layouts.Registrar("pbx.example")


def snapshot(text: str, vendor: str) -> Snapshot:
    """A line, a mailbox and a telephone whose every free text is the given one."""
    box = Mailbox(Number("1100", "default"), text, "1234", text, text, text, text, 3, attach=True, delete=False)
    line = Line(
        1,
        "okvvj4yz",
        "tdt0bgqm",
        "default",
        f'"{text}" <1100>',
        1,
        Owner(text, text, text, box),
        Number("1100", "default"),
        [Number("2100", "from-extern")],
        [Key(1, text, True, text), Key(2, text, False, "1101")],
    )
    return Snapshot([line], [box], [Telephone("00:08:5d:31:ef:e0", vendor, [line])])


def written(found: Snapshot) -> Mapping[str, str]:
    told: list[str] = []
    files = {**asterisk.files(found, told.append), **layouts.telephones(found, REGISTRAR, told.append)}
    assert told == []
    return files


def structure(name: str, text: str) -> list[str]:
    """The lines without the values that a free text may decide, and without those that it may leave out."""
    shown = []
    for line in text.split("\n"):
        if re.match(
            r"(language|moh_suggest|callerid) = |prgkey1 |linekey\.1\.|key\.1\.| same => n,ExecIf\(.*Gosub", line
        ):
            continue
        if name == asterisk.VOICEMAIL and line.startswith("1100 => "):
            password, _, email, pager, options = line.removeprefix("1100 => ").split(",")
            shown.append(f"box {password} {'@' in email} {'@' in pager} {options.split('|')[:2]}")
        elif "abel" not in line:
            shown.append(re.sub(r"((display|screen) ?_?name)( = |: ).*", r"\1", line))
    return shown


@given(text=ANY, vendor=st.sampled_from(["Aastra", "Yealink", "other"]))
def test_a_free_text_stays_a_text(text: str, vendor: str) -> None:
    plain, hostile = written(snapshot("Ann", vendor)), written(snapshot(text, vendor))
    assert plain.keys() == hostile.keys()
    for name, harmless in plain.items():
        assert structure(name, hostile[name]) == structure(name, harmless)
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f\u2028]", hostile[name])


@given(text=ANY)
def test_a_caller_id_has_no_other_number_than_its_own(text: str) -> None:
    account = written(snapshot(text, ""))[asterisk.PJSIP]
    (shown,) = re.findall(r"^callerid = (.*)$", account, re.MULTILINE)
    assert re.fullmatch(r'"[^"<>]*"( <1100>)?', shown), shown
    assert not re.search(r"(?<!\\);", shown)


@given(text=ANY)
def test_names_and_secrets_are_whole_or_left_out(text: str) -> None:
    found = snapshot("Ann", "")
    for line in found.lines:
        line.name = line.secret = line.context = text
        line.internal = Number("1100", text)
    told: list[str] = []
    account = asterisk.files(found, told.append)[asterisk.PJSIP]
    sections = re.findall(r"^\[(.*)\]$", account, re.MULTILINE)
    assert sections == ([text] * 3 if not told else [])
    assert all(re.fullmatch("[A-Za-z0-9_.+-]+", section) for section in sections)
