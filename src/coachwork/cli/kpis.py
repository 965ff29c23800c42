"""`coachwork kpis`: the figures of a service, for whoever runs it."""

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from coachwork.kpis.definition import KpiFigure, KpiRow
    from coachwork.kpis.report import KpiReport


@click.command("kpis")
@click.option("--months", default=6, show_default=True, help="So many months up to the last one.")
@click.option("--last", metavar="YYYY-MM", help="The last month  [the running one].")
@click.option("--tenant", default="default", show_default=True, help="Whose cases.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, coachwork.kpis/1, with every definition.")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV, a line for each KPI and month.")
@click.option("--explain", is_flag=True, help="Print what each KPI is, and no figures.")
def kpis_command(months: int, last: str | None, tenant: str, *, as_json: bool, as_csv: bool, explain: bool) -> None:
    """Business and model KPIs of the service whose database COACHWORK_DATA_DIR or COACHWORK_DATABASE_URL names.

    Each figure says how many cases it rests on; what too few cases tell of is left empty. Costs come from the TOML
    file that COACHWORK_COSTS names, real repair costs and sales from `coachwork outcomes import`.

    \b
    Examples:
      coachwork kpis
      coachwork kpis --months 12 --csv > kpis.csv
      coachwork kpis --explain
    """  # noqa: D301 - \b is click's
    import os
    from datetime import UTC, datetime

    from coachwork.casework.figures import kpis_of
    from coachwork.kpis.costs import read_costs
    from coachwork.kpis.report import last_months, month_of, report_text, report_to_csv
    from coachwork.settings import read_settings
    from coachwork.storage.database import Database
    from coachwork.storage.key_store import KeyStore

    if explain:
        _explain()
        return
    settings = read_settings(os.environ)
    moment = datetime.now(UTC)
    chosen = last_months(months, moment.date() if last is None else month_of(last))
    costs = None if settings.costs is None else read_costs(settings.costs)
    database = Database(settings.database_url)
    database.migrate()
    own = KeyStore(database).tenant(tenant)
    report = kpis_of(database, own, chosen, moment=moment, costs=costs, name=tenant)
    if as_json:
        click.echo(report_text(report))
    elif as_csv:
        click.echo(report_to_csv(report), nl=False)
    else:
        _table(report)


def _table(report: "KpiReport") -> None:
    from rich.console import Console
    from rich.table import Table

    from coachwork.kpis.definition import Group

    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = 140  # a file or a pipe has room for whole lines
    names = report.months.names
    for group in Group:
        table = Table(title=f"{group.value} KPIs, {names[0]} to {names[-1]}", title_justify="left", box=None)
        table.add_column("KPI")
        for head in ("all months", "95 % interval", "rests on", *names[-3:]):
            table.add_column(head, justify="right")
        for row in report.rows:
            if row.kpi.group is group:
                table.add_row(*_cells(row, names[-3:]))
        console.print(table)
    reasons = {row.whole.missing for row in report.rows if row.whole.missing is not None}
    for one in sorted(reasons):
        console.print(f"{one.words}: {one.remedy}", markup=False, soft_wrap=True)


def _cells(row: "KpiRow", months: tuple[str, ...]) -> list[str]:
    whole = row.whole
    ends = [_words(row, whole, end) for end in (whole.low, whole.high) if end is not None]
    recent = [_words(row, row.by_month[name], row.by_month[name].value) for name in months]
    value = _words(row, whole, whole.value)
    if whole.missing is not None:
        value = whole.missing.words
    return [row.kpi.title, value, " to ".join(ends), f"{whole.count} {row.kpi.counted}", *recent]


def _words(row: "KpiRow", one: "KpiFigure", value: float | None) -> str:
    from coachwork.kpis.definition import Unit

    if value is None:
        return "\N{EN DASH}"
    told = {
        Unit.SHARE: f"{value:.1%}",
        Unit.RELATIVE: f"{value:+.1%}" if row.kpi.direction.value == "zero" else f"{value:.1%}",
        Unit.HOURS: f"{value:.1f} h",
        Unit.SECONDS: f"{value:.0f} s",
        Unit.MONEY: f"{value:.2f} {one.currency}",
        Unit.LEVEL: ("ok", "drift", "beyond threshold")[min(int(value), 2)],
    }
    return told.get(row.kpi.unit, f"{value:.0f}")


def _explain() -> None:
    from coachwork.kpis.catalogue import KPIS

    for kpi in KPIS:
        click.secho(f"{kpi.title}  ({kpi.name}, {kpi.unit.value}, better: {kpi.direction.value})", bold=True)
        click.echo(f"  {kpi.formula}")
        click.echo(f"  needs: {kpi.needs}; at least {kpi.least} {kpi.counted}")
        if kpi.source:
            click.echo(f"  {kpi.source}")
