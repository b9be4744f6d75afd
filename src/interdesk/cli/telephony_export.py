"""``interdesk telephony export``: the files of a call server and of telephones, from the live objects."""

from __future__ import annotations

import re
from pathlib import Path

import click

from interdesk.cli.options import chosen, desk_options
from interdesk.desk import SYSTEM
from interdesk.server import open_desk
from interdesk.telephony.export import asterisk, folders, layouts, snapshot
from interdesk.telephony.lookups import Look

HOST = re.compile(r"(?P<host>[A-Za-z0-9.-]{1,253})(:(?P<port>[0-9]{1,5}))?")
FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command()
@desk_options
@click.option("--asterisk", "call_server", type=FOLDER, help="Where pjsip.conf, extensions.conf and voicemail.conf go.")
@click.option(
    "--provisioning", type=FOLDER, help="Where one file for each telephone goes, named after its MAC address."
)
@click.option("--registrar", help="HOST or HOST:PORT where telephones log in; needed for --provisioning.")
@click.option("--diff", is_flag=True, help="Write nothing: show what would change.")
@click.pass_context
def export(
    context: click.Context,
    config: str | None,
    data: str | None,
    database: str | None,
    design: tuple[str, ...],
    call_server: Path | None,
    provisioning: Path | None,
    registrar: str | None,
    diff: bool,
) -> None:
    """Write the files of a call server, of telephones, or of both.

    Each folder is replaced as a whole or not at all. What cannot stand in a file is told and left out, and the exit
    code is 1.
    """
    if call_server is None and provisioning is None:
        raise click.UsageError("Say what to write: --asterisk DIR, --provisioning DIR, or both.")
    server = _registrar(registrar) if provisioning else None
    desk = open_desk(chosen(config, data, database, design))
    try:
        with desk.store.read() as session:
            found = snapshot.take(Look(desk, session, SYSTEM))
    finally:
        desk.store.close()
    told: list[str] = []
    wanted = []
    if call_server:
        wanted.append((call_server, asterisk.files(found, told.append)))
    if provisioning and server:
        wanted.append((provisioning, layouts.telephones(found, server, told.append)))
    for problem in told:
        click.echo(problem, err=True)
    for folder, files in wanted:
        _show(folder, files) if diff else _write(folder, files)
    context.exit(1 if told else 0)


def _show(folder: Path, files: folders.Files) -> None:
    click.echo(folders.difference(folder, files) or f"{folder}: nothing would change\n", nl=False)


def _write(folder: Path, files: folders.Files) -> None:
    try:
        changed = folders.replace(folder, files, public=(asterisk.DIALPLAN,))
    except OSError as problem:
        raise click.ClickException(f"{folder} stays as it was: {problem.strerror or problem}") from problem
    click.echo(f"{folder}: {len(files)} files" if changed else f"{folder}: nothing changed")


def _registrar(text: str | None) -> layouts.Registrar:
    found = HOST.fullmatch(text or "")
    if found is None:
        raise click.UsageError("--provisioning needs --registrar HOST or HOST:PORT, where telephones log in.")
    return layouts.Registrar(found["host"], int(found["port"] or layouts.SIP_PORT))
