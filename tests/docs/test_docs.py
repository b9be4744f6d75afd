"""The documentation is run: its examples against a demo desk, its reference against the code.

A fenced block whose info line is ``sh run`` or ``python run`` is executed, the blocks of a page in order and in one
folder. A block ``json answer`` or ``text answer`` behind it is what it prints: ``…`` inside a text stands for any text,
a text that is nothing else for any whole number too, ``[…]`` for any list. A member that is left out of an object
counts as a difference.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from dataclasses import fields as dataclass_fields
from pathlib import Path
from typing import Any

import click
import pytest

from interdesk.cli import commands
from interdesk.model.design.fields import ELEMENTS
from interdesk.oql.functions import ARITY
from interdesk.oql.limits import DEFAULT
from interdesk.settings import reference as settings_reference
from tests.support.desk_process import DeskProcess

ROOT = Path(__file__).resolve().parents[2]
DEMO_ADDRESS = "http://127.0.0.1:8080"
BLOCK = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SECONDS = 60


@dataclass(frozen=True)
class Example:
    line: int
    language: str
    text: str
    answer_kind: str = ""
    answer: str = ""


def pages() -> list[Path]:
    return [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def examples(page: Path) -> list[Example]:
    """The executed blocks of a page, each with the answer that follows it."""
    text = page.read_text(encoding="utf-8")
    found: list[Example] = []
    for block in BLOCK.finditer(text):
        info, body = block[1].split(), block[2]
        line = text.count("\n", 0, block.start()) + 1
        if info[1:] == ["run"]:
            found.append(Example(line, info[0], body))
        elif info[1:] == ["answer"]:
            last = found[-1]
            assert not last.answer, f"{page.name}:{line}: an answer without a block that is run"
            found[-1] = Example(last.line, last.language, last.text, info[0], body)
    return found


def with_examples() -> list[str]:
    return [str(page.relative_to(ROOT)) for page in pages() if examples(page)]


@pytest.mark.xdist_group("demo-desk")
@pytest.mark.parametrize("page", with_examples())
def test_examples_run_and_print_what_the_page_says(demo_desk: DeskProcess, tmp_path: Path, page: str) -> None:
    _set_up(tmp_path, demo_desk)
    for example in examples(ROOT / page):
        where = f"{page}:{example.line}"
        done = _run(example, demo_desk, tmp_path)
        assert done.returncode == 0, f"{where}: ended with {done.returncode}\n{done.stdout}\n{done.stderr}"
        if example.answer_kind == "json":
            expected = json.loads(re.sub(r"\[…\]", '["…"]', example.answer))
            assert _fits(expected, json.loads(done.stdout)), f"{where}: answered\n{done.stdout}"
        elif example.answer_kind == "text":
            assert _fits(example.answer.strip(), done.stdout.strip()), f"{where}: printed\n{done.stdout}"


def _set_up(folder: Path, desk: DeskProcess) -> None:
    """What a reader has in the repository's folder: the examples, speaking to this desk, and the demo's data."""
    for path in (ROOT / "examples").rglob("*.py"):
        target = folder / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(path.read_text(encoding="utf-8").replace(DEMO_ADDRESS, desk.url), encoding="utf-8")
    (folder / "var").mkdir()
    (folder / "var/demo").symlink_to(desk.data, target_is_directory=True)


def _run(example: Example, desk: DeskProcess, folder: Path) -> subprocess.CompletedProcess[str]:
    text = example.text.replace(DEMO_ADDRESS, desk.url)
    command = {"sh": ["bash", "-euo", "pipefail"], "python": [sys.executable, "-"]}[example.language]
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return subprocess.run(
        command,
        input=text,
        cwd=folder,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )


def _fits(expected: Any, actual: Any) -> bool:
    if isinstance(expected, str) and isinstance(actual, str):
        return re.fullmatch(".*".join(map(re.escape, expected.split("…"))), actual, re.DOTALL) is not None
    if expected == ["…"]:
        return isinstance(actual, list)
    if expected == "…" and type(actual) is int:
        return True
    if isinstance(expected, dict) and isinstance(actual, dict):
        # Members whose name holds a … are found by their pattern; each member fits one, none is left over.
        left = dict(actual)
        for name, value in expected.items():
            hit = next((key for key in left if _fits(name, key) and _fits(value, left[key])), None)
            if hit is None:
                return False
            del left[hit]
        return not left
    if isinstance(expected, list) and isinstance(actual, list):
        return len(expected) == len(actual) and all(map(_fits, expected, actual))
    return type(expected) is type(actual) and bool(expected == actual)


@pytest.mark.parametrize(
    ("expected", "actual", "fits"),
    [
        ("R-…", "R-000001", True),
        ("R-…", "I-000001", False),
        ({"a": "…"}, {"a": "x", "b": "y"}, False),
        ({"a": "…", "b": "…"}, {"a": "x"}, False),
        ({"T::…": {"key": "…"}}, {"T::1": {"key": "1"}}, True),
        (["…"], [1, 2], True),
        (["…"], "text", False),
        ("…", 7, True),
        ("…", None, False),
        ("7…", 7, False),
        (1, "1", False),
        (1, True, False),
        (None, "", False),
    ],
)
def test_an_answer_must_fit(expected: Any, actual: Any, fits: bool) -> None:
    assert _fits(expected, actual) is fits


def test_links_between_pages_lead_somewhere() -> None:
    for page in [*pages(), *ROOT.glob("*.md")]:
        for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            if not target.startswith(("http:", "https:")):
                assert (page.parent / target).exists(), f"{page.relative_to(ROOT)}: {target}"


def test_every_page_is_linked_from_another() -> None:
    linked = {
        (page.parent / target).resolve()
        for page in [*pages(), *ROOT.glob("*.md")]
        for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    }
    assert [page for page in pages()[1:] if page.resolve() not in linked] == []


def listed_commands() -> list[tuple[str, list[str]]]:
    """(path of a command, its options) of the whole command line, groups left out."""
    found: list[tuple[str, list[str]]] = []

    def walk(command: click.Command, path: str) -> None:
        if isinstance(command, click.Group):
            context = click.Context(command)
            for name in command.list_commands(context):
                child = command.get_command(context, name)
                assert child is not None
                walk(child, f"{path} {name}")
            return
        options = [option for part in command.params if isinstance(part, click.Option) for option in part.opts]
        found.append((path, [option for option in options if option.startswith("--")]))

    walk(commands, "interdesk")
    return found


def test_every_command_and_option_stands_in_the_reference() -> None:
    text = (ROOT / "docs/reference/cli.md").read_text(encoding="utf-8")
    sections = {part.split("\n", 1)[0].strip("` "): part for part in re.split(r"^## ", text, flags=re.MULTILINE)[1:]}
    listed = listed_commands()
    assert listed
    for path, options in listed:
        assert path in sections, f"docs/reference/cli.md has no heading for {path}"
        missing = [option for option in options if f"`{option}" not in sections[path]]
        assert not missing, f"docs/reference/cli.md, {path}: {missing}"
    gone = sections.keys() - {path for path, _ in listed}
    assert not gone, f"docs/reference/cli.md describes commands that are not there: {sorted(gone)}"


def test_every_setting_stands_in_the_reference() -> None:
    text = (ROOT / "docs/reference/settings.md").read_text(encoding="utf-8")
    assert all(row.split(" | ")[2].strip("| ") for row in settings_reference().splitlines()[2:])
    assert settings_reference() in text, "run scripts/settings-reference"


def test_every_kind_of_attribute_stands_in_the_reference() -> None:
    text = (ROOT / "docs/reference/design.md").read_text(encoding="utf-8")
    assert set(re.findall(r"`(Attribute\w+)`", text)) == set(ELEMENTS)


def test_every_function_and_limit_of_oql_stands_in_the_reference() -> None:
    text = (ROOT / "docs/reference/oql.md").read_text(encoding="utf-8")
    functions = text.partition("## Functions")[2].partition("##")[0]
    assert set(re.findall(r"`([A-Z_]+)\(", functions)) == set(ARITY)
    limits = text.partition("## Limits")[2].partition("##")[0]
    for field in dataclass_fields(DEFAULT):
        assert f" {getattr(DEFAULT, field.name):,} " in limits, field.name
