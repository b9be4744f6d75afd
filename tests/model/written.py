"""Small designs, written for a test and loaded from files as a team's own would be."""

from __future__ import annotations

from pathlib import Path

from interdesk.model import Model
from interdesk.model.design import Checked, check

XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'


def write(folder: Path, name: str, body: str, *, load: str = "lax", version: str = "3.2") -> Path:
    path = folder / name
    path.write_text(f'<itop_design {XSI} version="{version}" load="{load}">{body}</itop_design>', encoding="utf-8")
    return path


def cls(
    name: str, fields: str = "", *, parent: str = "cmdbAbstractObject", properties: str = "", rest: str = ""
) -> str:
    """A class defined in one piece."""
    return (
        f'<class id="{name}" _delta="define"><parent>{parent}</parent>'
        f"<properties>{properties}</properties><fields>{fields}</fields>{rest}</class>"
    )


def field(code: str, kind: str = "AttributeString", inside: str = "") -> str:
    return f'<field id="{code}" xsi:type="{kind}">{inside}</field>'


def key(code: str, target: str) -> str:
    return field(code, "AttributeExternalKey", f"<target_class>{target}</target_class>")


def enum(code: str, *values: str, default: str = "") -> str:
    listed = "".join(f'<value id="{value}"><code>{value}</code></value>' for value in values)
    return field(code, "AttributeEnum", f"<values>{listed}</values><default_value>{default}</default_value>")


def classes(*written: str) -> str:
    return f"<classes>{''.join(written)}</classes>"


def checked(folder: Path, *bodies: str, load: str = "lax") -> Checked:
    """What a check of these bodies, one file each, finds; ``load`` is the mode of the last file."""
    paths = [
        write(folder, f"part{place}.xml", body, load=load if place == len(bodies) - 1 else "lax")
        for place, body in enumerate(bodies)
    ]
    return check(paths)


def loaded(folder: Path, *bodies: str, load: str = "lax") -> Model:
    found = checked(folder, *bodies, load=load)
    assert found.model is not None, "\n".join(map(str, found.faults))
    return found.model


def faults(folder: Path, *bodies: str, load: str = "lax") -> list[str]:
    """The texts of the faults."""
    return [fault.text for fault in checked(folder, *bodies, load=load).faults]
