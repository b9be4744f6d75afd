"""Finding and checking extensions: faults are told together, each with the extension it is in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from interdesk.errors import DesignError
from interdesk.extensions import Extension, ExtensionError, Extensions, installed_and_named
from interdesk.server import load_model, open_desk
from interdesk.settings import Settings
from tests.support.people import bundled_model

HEAD = "from interdesk.extensions import Extension\n"


def write(folder: Path, name: str, text: str) -> str:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return str(path)


def told(paths: list[str]) -> list[str]:
    with pytest.raises(ExtensionError) as caught:
        installed_and_named(tuple(paths))
    return [str(fault) for fault in caught.value.faults]


def nothing(*_: Any) -> dict[str, Any]:
    return {}


def test_a_file_and_a_folder_are_extensions_in_the_order_given(tmp_path: Path) -> None:
    file = write(tmp_path, "one.py", HEAD + 'extension = Extension("One")\n')
    write(tmp_path, "two/__init__.py", "from .inner import extension\n")
    write(tmp_path, "two/inner.py", HEAD + 'extension = Extension("Two")\n')
    found = installed_and_named((file, str(tmp_path / "two")))
    assert [extension.name for extension in found] == ["One", "Two"]


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    paths = [
        write(tmp_path, "broken.py", HEAD + "\nundefined()\n"),
        write(tmp_path, "syntax.py", "def ("),
        write(tmp_path, "without.py", "x = 1\n"),
        write(tmp_path, "other.py", "extension = 'Acme'\n"),
        str(tmp_path / "missing.py"),
        write(tmp_path, "good.py", HEAD + 'extension = Extension("Good", designs=["nowhere.xml"])\n'),
    ]
    faults = told(paths)
    assert len(faults) == len(paths)
    parts = [
        (paths[0], f"NameError: name 'undefined' is not defined ({paths[0]}:3)"),
        (paths[1], "SyntaxError"),
        (paths[2], "no attribute 'extension'"),
        (paths[3], "is no interdesk.extensions.Extension but 'Acme'"),
        (paths[4], "there is no file"),
        ("Good", "there is no design file nowhere.xml"),
    ]
    for fault, (where, text) in zip(faults, parts, strict=True):
        assert fault.startswith(f"extension {where}: ") and text in fault, fault


def test_names_are_one_extension_s_alone() -> None:
    first, second, third = Extension("Acme"), Extension("Acme"), Extension("CoreServices")
    first.operation("acme/list", "one")(nothing)
    second.operation("acme/list", "the same")(nothing)
    third.operation("core/get", "another")(nothing)
    third.operation("list", "a name without a slash")(nothing)
    with pytest.raises(ExtensionError) as caught:
        Extensions([first, second, third])
    assert [str(fault) for fault in caught.value.faults] == [
        "extension Acme: needs a name that no other extension has",
        "extension Acme: Acme offers an operation acme/list already",
        "extension CoreServices: needs a name that no other extension has",
        "extension CoreServices: CoreServices offers an operation core/get already",
        "extension CoreServices: an operation is named like acme/list, not 'list'",
    ]


def test_methods_need_a_class_of_the_design() -> None:
    extension = Extension("Acme")
    extension.method("Rocket", "Launch")(nothing)
    extension.method("Comet", "Pass")(nothing)
    with pytest.raises(ExtensionError, match="class Rocket") as caught:
        Extensions([extension]).bind(bundled_model())
    assert len(caught.value.faults) == 2


def test_a_fault_in_its_design_names_the_extension(tmp_path: Path) -> None:
    design = write(
        tmp_path,
        "acme.xml",
        '<itop_design version="3.2"><classes><class id="X" _delta="what"/></classes></itop_design>',
    )
    file = write(tmp_path, "acme.py", HEAD + f'extension = Extension("Acme", designs=[{design!r}])\n')
    with pytest.raises(DesignError, match=f"^extension Acme: {design}:1: "):
        load_model(Settings(extensions=[file]))


def test_no_desk_opens_with_a_faulty_extension(tmp_path: Path) -> None:
    file = write(tmp_path, "acme.py", HEAD + 'extension = Extension("")\n')
    with pytest.raises(ExtensionError, match="needs a name"):
        open_desk(Settings(data=str(tmp_path), extensions=[file]), bundled_model())
