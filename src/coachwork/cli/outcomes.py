"""`coachwork outcomes`: what repairs really cost and cars were really sold for."""

from pathlib import Path

import click


@click.group("outcomes")
def outcomes_group() -> None:
    """Tell what repairs really cost and cars were really sold for."""


@outcomes_group.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--tenant", default="default", show_default=True, help="Whose cases.")
@click.option("--lenient", is_flag=True, help="Pass over lines with a problem, and tell them.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def import_command(file: Path, tenant: str, *, lenient: bool, as_json: bool) -> None:
    """Keep the amounts of a CSV file with the columns case, kind, amount, currency, on, paid, note.

    `case` is a case's id or reference, `kind` repair or sale, `amount` with tax (of a repair before the deductible),
    `on` the day of the bill or sale, `paid` what the customer got (may be empty, as `note` may). Importing a file
    again keeps nothing twice; without --lenient nothing is kept where any line has a problem.

    \b
    Examples:
      coachwork outcomes import bills-2026-03.csv
      coachwork outcomes import sales.csv --tenant north --lenient
    """  # noqa: D301 - \b is click's
    import json
    import os

    from coachwork.casework.outcomes import import_outcomes
    from coachwork.settings import read_settings
    from coachwork.storage.case_store import CaseStore
    from coachwork.storage.database import Database
    from coachwork.storage.key_store import KeyStore
    from coachwork.storage.outcome_store import OutcomeStore

    database = Database(read_settings(os.environ).database_url)
    database.migrate()
    store = OutcomeStore(database, CaseStore(database))
    own = KeyStore(database).tenant(tenant)
    done = import_outcomes(file, store, own, by="coachwork outcomes import", lenient=lenient)
    for problem in done.problems:
        click.secho(str(problem), err=True, fg="yellow")
    if as_json:
        told = {"kept": done.kept, "known": done.known, "problems": [str(one) for one in done.problems]}
        click.echo(json.dumps(told, indent=2))
    else:
        click.echo(f"{done.kept} amounts kept, {done.known} known before, {len(done.problems)} lines passed over")
