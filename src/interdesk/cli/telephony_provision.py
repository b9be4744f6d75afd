"""``interdesk telephony provision``: users with lines, numbers and telephones, one for each line of a CSV file."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

import click

from interdesk.cli.batches import FAILED, Batches, complain
from interdesk.cli.options import chosen, desk_options
from interdesk.cli.progress import bytes_of
from interdesk.cli.rows import Row, RowError, read_csv
from interdesk.client.confd import Confd
from interdesk.desk import Transaction
from interdesk.errors import InterdeskError
from interdesk.server import open_desk
from interdesk.telephony.provisioning import COLUMNS, Here, Provisioned, Wanted, provision, wanted
from interdesk.telephony.remote import There, provision_there

BATCH = 20  # rows that become durable together: each is a dozen objects
DONE = "provisioned"
COMMENT = "interdesk telephony provision"
Rows = Iterator[tuple[int, Row | RowError]]


@click.command(name="provision")
@desk_options
@click.argument("file", type=click.File("rb"))
@click.option("--all-or-nothing", is_flag=True, help="Keep nothing when a line cannot be done.")
@click.option("--dry-run", is_flag=True, help="Do it all, tell what came of it, and keep nothing.")
@click.option("--server", help="Provision another server that speaks confd: https://HOST:9486/1.1.")
@click.option("--login", default="", help="An account of that server; else a token is needed.")
@click.option("--password", envvar="INTERDESK_CONFD_PASSWORD", default="", help="The password of that account.")
@click.option("--token", envvar="INTERDESK_CONFD_TOKEN", default="", help="A token of that server.")
@click.option("--modern", is_flag=True, help="Connect in the later way, by PUT, as a Wazo wants it.")
@click.option("--ca", type=click.Path(exists=True, dir_okay=False), help="The certificate that the server shows.")
@click.pass_context
def provision_file(
    context: click.Context,
    config: str | None,
    data: str | None,
    database: str | None,
    design: tuple[str, ...],
    file: BinaryIO,
    all_or_nothing: bool,
    dry_run: bool,
    server: str | None,
    login: str,
    password: str,
    token: str,
    modern: bool,
    ca: str | None,
) -> None:
    """Give everybody in the CSV file FILE a telephone user, a line, numbers, a voicemail and a telephone.

    The first line names the columns, among them firstname. Lines that cannot be done are told, and the exit code is
    1; the others are done, unless --all-or-nothing.
    """
    with bytes_of(file) as read:
        rows = _known_columns(read_csv(file, read))
        if server:
            if dry_run:
                raise click.UsageError("--dry-run works on this desk only: another server keeps what it is told.")
            told = _there(rows, _confd(server, login, password, token, modern, ca), all_or_nothing=all_or_nothing)
        else:
            told = _here(rows, config, data, database, design, together=all_or_nothing, dry=dry_run)
    click.echo(told.text)
    context.exit(1 if told.failed else 0)


@dataclass(frozen=True, slots=True)
class _Told:
    text: str
    failed: bool


def _known_columns(rows: Rows) -> Rows:
    """Raises ClickException before anything is done when a column is unknown."""
    for at, (number, row) in enumerate(rows):
        if not at and not isinstance(row, RowError) and (unknown := [name for name in row if name not in COLUMNS]):
            raise click.ClickException(f"unknown columns: {', '.join(unknown)}. There can be: {', '.join(COLUMNS)}")
        yield number, row


# -- this desk


def _here(
    rows: Rows,
    config: str | None,
    data: str | None,
    database: str | None,
    design: tuple[str, ...],
    *,
    together: bool,
    dry: bool,
) -> _Told:
    desk = open_desk(chosen(config, data, database, design))

    def one(tx: Transaction, row: Row) -> str:
        asked = wanted(row)
        done = provision(Here(tx), asked)
        if dry:
            click.echo(_line(asked, done))
        else:
            tx.committed.append(lambda: click.echo(_line(asked, done)))
        return DONE

    batches = Batches(desk, one, comment=COMMENT, origin="csv-import.php", size=BATCH)
    try:
        batches.run(rows, together=together or dry, keep=not dry)
    finally:
        desk.store.close()
    return _Told(batches.summary(DONE), failed=batches.outcomes[FAILED] > 0)


def _line(asked: Wanted, done: Provisioned) -> str:
    parts = [f"user {done.user}"]
    if done.line:
        parts += [f"line {done.line}", f"number {done.exten}", f"code {done.code}"]
    given = {"incoming": done.incoming, "voicemail": done.voicemail, "telephone": asked.device.lower()}
    return f"{done.name}: " + ", ".join([*parts, *(f"{what} {value}" for what, value in given.items() if value)])


# -- another server


def _confd(server: str, login: str, password: str, token: str, modern: bool, ca: str | None) -> Confd:
    if not token and not (login and password):
        raise click.UsageError("--server needs --login with a password, or a token.")
    try:
        context = ssl.create_default_context(cafile=ca) if ca else None
        return Confd(server, username=login, password=password, token=token, modern=modern, context=context)
    except (ValueError, OSError) as problem:
        raise click.UsageError(f"--server: {problem}") from problem


def _there(rows: Rows, confd: Confd, *, all_or_nothing: bool) -> _Told:
    there, done, failed = There(confd), 0, 0
    for number, row in rows:
        try:
            if isinstance(row, RowError):
                raise row
            asked = wanted(row)
            click.echo(_line(asked, provision_there(there, asked)))
            done += 1
        except InterdeskError as problem:
            complain(number, problem)
            failed += 1
            if all_or_nothing:
                break
    text = f"{done} {DONE}, {failed} {FAILED}"
    if failed and all_or_nothing:
        left = there.take_back()
        text += "; all was taken back" if not left else f"; could not be taken back: {', '.join(left)}"
    return _Told(text, failed=failed > 0)
