"""``interdesk migrate``: makes the database fit the design."""

from __future__ import annotations

import click

from interdesk.cli.options import backup_folder, chosen, desk_options
from interdesk.errors import StoreError
from interdesk.server import load_model
from interdesk.store.migrations import Kind, MigrationPlan, apply, make_plan

RUN_ON = "The schema only grows: processes of the old design may run on until they are started anew."
STOP = "Stop the desk before this plan is applied: processes of the old design cannot work with the new schema."


@click.command()
@desk_options
@click.option("--plan", "plan_only", is_flag=True, help="Tell what would be done, and do nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--destructive", is_flag=True, help="Allow steps that lose data.")
@click.option("--no-backup", is_flag=True, help="Make no copy of the database first.")
@click.option("--backup-folder", "folder", type=click.Path(file_okay=False, exists=True), help="Where the copy is put.")
def migrate(
    config: str | None,
    data: str | None,
    database: str | None,
    design: tuple[str, ...],
    plan_only: bool,
    yes: bool,
    destructive: bool,
    no_backup: bool,
    folder: str | None,
) -> None:
    """Make the database fit the design: plan, backup, apply.

    A desk may run on while a schema only grows; the plan says so. Otherwise stop it first.
    """
    settings = chosen(config, data, database, design)
    model = load_model(settings)
    plan = make_plan(settings.database_url, model)
    if not plan.needed:
        click.echo("The database fits the design.")
        show(plan)
        return
    show(plan)
    if plan.made_for is not None:
        click.echo(RUN_ON if plan.grows else STOP)
    if plan_only:
        return
    if plan.destructive and not destructive:
        raise StoreError("Nothing was changed: steps of the plan lose data. Allow them with --destructive")
    if not yes:
        click.confirm("Apply this plan?", abort=True)
    copy = apply(
        settings.database_url,
        model,
        plan,
        destructive=destructive,
        with_backup=not no_backup,
        backup_folder=backup_folder(settings, folder),
        tell=click.echo,
    )
    click.echo("The database fits the design now.")
    if copy is not None:
        click.echo(f"To go back: stop the desk, interdesk restore --replace {copy}")


def show(plan: MigrationPlan) -> None:
    """Prints the steps, those that lose data last, so that they are not overlooked."""
    for kind in (Kind.NOTICE, Kind.SAFE, Kind.VALUE, Kind.DESTRUCTIVE):
        for step in plan.steps:
            if step.kind is kind:
                rows = f" ({step.rows} row{'s' * (step.rows != 1)})" if step.rows else ""
                click.echo(f"{kind.value}: {step.text}{rows}")
