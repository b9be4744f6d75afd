"""``interdesk design``: check, show and export the design that a desk would run on."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click
from rich.box import ASCII_DOUBLE_HEAD, SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from interdesk.cli.options import CONFIG, DESIGN, chosen
from interdesk.desk.neighbours import Neighbours
from interdesk.errors import DesignError
from interdesk.model import Flag, LifeCycle, Model, ObjectClass
from interdesk.model.attributes import (
    Attribute,
    Enum,
    ExternalField,
    ExternalKey,
    LinkedSet,
    LinkedSetIndirect,
    SubItem,
)
from interdesk.model.design import Checked, check, design_file, export_json, export_xml
from interdesk.model.drawing import Layout, as_svg, as_text
from interdesk.oql import OqlError, condition, query
from interdesk.server import design_files

PIPED_WIDTH = 10_000  # where there is no terminal, rich would fold the columns of a table at 80

FILES = click.argument("files", nargs=-1, type=click.Path(exists=True, dir_okay=False))
ALONE = click.option("--alone", is_flag=True, help="Leave the bundled design and the settings' design files out.")


@click.group()
def design() -> None:
    """Check, show and export the design: classes, life cycles, relations, rights."""


def _files(config: str | None, deltas: tuple[str, ...], alone: bool, more: tuple[str, ...] = ()) -> list[Path]:
    """The bundled design, what extensions, settings or options add to it, then ``more``."""
    if alone:
        return [design_file(name) for name in (*deltas, *more)]
    return [*design_files(chosen(config, None, None, deltas)), *(Path(name) for name in more)]


@design.command("check")
@FILES
@DESIGN
@CONFIG
@ALONE
@click.option("--quiet", is_flag=True, help="Do not list what is kept without being used (PHP, console sections).")
def check_command(
    files: tuple[str, ...], design: tuple[str, ...], config: str | None, alone: bool, quiet: bool
) -> None:
    """Load the bundled design with FILES on top and tell every fault with file, line and cure.

    The exit code is 1 when there are faults.
    """
    checked = check(_files(config, design, alone, files), check_oql=oql_problem)
    model = checked.model
    reports = [*checked.reports, *(_slow_neighbours(model) if model is not None else ())]
    for report in () if quiet else reports:
        click.echo(f"note: {report}")
    model = _sound(checked)
    click.echo(
        f"The design is sound: {len(model.classes)} classes, {len(model.profiles)} profiles, "
        f"{len(reports)} notes, fingerprint {model.fingerprint}"
    )


@design.command("show")
@click.argument("name", metavar="[CLASS]", required=False)
@DESIGN
@CONFIG
@ALONE
@click.option(
    "--svg", type=click.Path(dir_okay=False, writable=True), help="Write the life cycle as a drawing to a file."
)
def show_command(name: str | None, design: tuple[str, ...], config: str | None, alone: bool, svg: str | None) -> None:
    """List the classes, or tell all of one CLASS: attributes, rules, states, transitions, and a drawing of these."""
    model = _sound(check(_files(config, design, alone)))
    console = Console()
    if not console.is_terminal:
        console = Console(width=PIPED_WIDTH)
    if name is None:
        _print(console, _class_list(model))
        return
    if name not in model.classes:
        raise click.ClickException(f"The design has no class {name!r}: interdesk design show lists them")
    cls = model.classes[name]
    if svg is not None:
        _write_svg(cls, Path(svg))
    for line in _summary(cls):
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    _print(console, _attribute_list(cls))
    if cls.lifecycle is not None:
        _print(console, _state_list(cls.lifecycle))
        if cls.lifecycle.transitions:
            _print(console, _transition_list(cls.lifecycle))
            drawing = as_text(Layout(cls.lifecycle), plain=not console.is_terminal)
            console.print(f"Life cycle\n{drawing}", markup=False, highlight=False, soft_wrap=True)


def _write_svg(cls: ObjectClass, path: Path) -> None:
    if cls.lifecycle is None or not cls.lifecycle.transitions:
        raise click.ClickException(f"Class {cls.name} has no life cycle to draw")
    try:
        path.write_text(as_svg(Layout(cls.lifecycle), f"{cls.label}: {cls.lifecycle.attribute}"), encoding="utf-8")
    except OSError as problem:
        raise click.ClickException(f"{path} cannot be written: {problem}") from problem


@design.command("export")
@click.option("--format", "shape", type=click.Choice(["xml", "json"]), default="xml", show_default=True)
@DESIGN
@CONFIG
@ALONE
def export_command(shape: str, design: tuple[str, ...], config: str | None, alone: bool) -> None:
    """Write the merged design to the standard output: as one XML file that loads again, or as JSON."""
    files = _files(config, design, alone)
    if shape == "json":
        click.echo(json.dumps(export_json(_sound(check(files))), indent=1, ensure_ascii=False))
        return
    try:
        click.echo(export_xml(files), nl=False)
    except DesignError as problem:
        raise _refusal(problem) from problem


def oql_problem(model: Model, cls: str, kind: str, text: str) -> str | None:
    """What is wrong with an OQL text of the design, or None."""
    try:
        if kind == "condition":
            condition(text, model.classes[cls], model)
        else:
            query(text, model)
    except OqlError as problem:
        return f"OQL of class {cls}: {problem}"
    return None


def _slow_neighbours(model: Model) -> Iterable[str]:
    try:
        return list(Neighbours(model).apart())
    except DesignError as problem:
        raise _refusal(problem) from problem


def _sound(checked: Checked) -> Model:
    if checked.model is None:
        raise _refusal(DesignError(checked.faults))
    return checked.model


def _refusal(problem: DesignError) -> click.ClickException:
    count = len(problem.faults)
    return click.ClickException(f"the design has {count} fault{'s' if count > 1 else ''}\n{problem}")


def _print(console: Console, table: Table) -> None:
    """Lines for the eye on a terminal, plain characters into a pipe."""
    table.box = SIMPLE_HEAD if console.is_terminal else ASCII_DOUBLE_HEAD
    console.print(table)


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left")
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _row(table: Table, *cells: Any) -> None:
    table.add_row(*(str(cell).replace("[", "\\[") for cell in cells))


def _class_list(model: Model) -> Table:
    table = _table("Classes", "class", "label", "parent", "attributes", "state attribute", "")
    for cls in model.classes.values():
        kind = ", ".join(word for word, holds in (("abstract", cls.abstract), ("link", cls.is_link)) if holds)
        _row(table, cls.name, cls.label, cls.parent or "", len(cls.attributes), cls.state_attribute or "", kind)
    return table


def _summary(cls: ObjectClass) -> Iterable[str]:
    yield f"{cls.name} ({cls.label})"
    yield f"parents: {', '.join(cls.ancestors) or 'none'}; sub-classes: {', '.join(cls.children) or 'none'}"
    yield f"named by: {cls.naming.format or cls.name} {', '.join(cls.naming.attributes)}".rstrip()
    yield f"reconciled by: {', '.join(cls.reconciliation) or 'nothing'}"
    for rule in cls.uniqueness.values():
        effect = "off" if rule.disabled else "blocking" if rule.blocking else "warning"
        only = f" where {rule.filter}" if rule.filter else ""
        yield f"unique {rule.name}: {', '.join(rule.attributes)} ({effect}){only}"
    if cls.obsolescence:
        yield f"obsolete when: {cls.obsolescence}"


def _attribute_list(cls: ObjectClass) -> Table:
    table = _table("Attributes", "attribute", "type", "label", "", "defined in", "detail")
    for attribute in cls.attributes.values():
        marks = [] if attribute.writable else ["computed"]
        marks += [] if attribute.null_allowed or not attribute.writable else ["needed"]
        _row(
            table,
            attribute.code,
            attribute.type_name.removeprefix("Attribute"),
            attribute.label,
            ", ".join(marks),
            attribute.defined_in,
            _detail(attribute),
        )
    return table


def _detail(attribute: Attribute) -> str:
    match attribute:
        case Enum():
            return ", ".join(attribute.values)
        case ExternalKey():
            return f"-> {attribute.target_class or attribute.type_name} ({attribute.on_target_delete.value})"
        case ExternalField():
            return f"{attribute.ext_key}->{attribute.target_attribute}"
        case LinkedSetIndirect():
            return f"{attribute.linked_class}: {attribute.ext_key_to_me}, {attribute.ext_key_to_remote}"
        case LinkedSet():
            return f"{attribute.linked_class}: {attribute.ext_key_to_me}"
        case SubItem():
            return f"{attribute.watch}.{attribute.item}"
        case _:
            return ""


def _state_list(cycle: LifeCycle) -> Table:
    table = _table(f"States of {cycle.attribute}", "state", "label", "mandatory", "read only", "hidden", "to ask")
    for state in cycle.states.values():
        shown = [
            ", ".join(code for code, flag in state.flags.items() if flag & wanted)
            for wanted in (Flag.MANDATORY, Flag.READ_ONLY, Flag.HIDDEN, Flag.MUST_PROMPT | Flag.MUST_CHANGE)
        ]
        first = " (first)" if state.code == cycle.initial_state else ""
        _row(table, state.code + first, state.label, *shown)
    return table


def _transition_list(cycle: LifeCycle) -> Table:
    table = _table("Transitions", "from", "stimulus", "to", "kind", "actions")
    for found in cycle.transitions.values():
        actions = ", ".join(
            f"{action.verb}({', '.join(param.value for param in action.params or ())})" for action in found.actions
        )
        kind = cycle.stimuli[found.stimulus].kind.removeprefix("Stimulus")
        _row(table, found.source, found.stimulus, found.target, kind, actions)
    return table
