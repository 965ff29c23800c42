"""`coachwork monitor check`: whether photos have drifted from the model's reference, where, and why."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from coachwork.cli.bundle_path import BundlePath

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.table import Table

    from coachwork.monitoring.drift import DriftReport, SliceDrift
    from coachwork.monitoring.overrides import Handled
    from coachwork.monitoring.photo_record import PhotoRecord
    from coachwork.monitoring.profile import Profile

_HELP = """Tell whether photos have drifted from the model's reference.

Without PHOTOS the service's database is asked (COACHWORK_DATA_DIR, COACHWORK_DATABASE_URL), and what people corrected
is heard, too. Compared are the last photos in windows of several lengths, so that a large shift is told soon and a
small one at all; --last and --days compare one window instead. PHOTOS are assessed on the fly.

The exit status is 0 whatever is found; --fail-at makes it 3 from that level on.

\b
Examples:
  coachwork monitor check
  coachwork monitor check --days 1 --json
  coachwork monitor check photos-of-today/ --page drift.html
  coachwork monitor check --jsonl signals.jsonl --fail-at beyond_threshold
"""


@click.command("check", help=_HELP)
@click.argument("photos", metavar="[PHOTO|DIR|GLOB]...", nargs=-1)
@click.option("--jsonl", "jsonl_file", type=click.Path(path_type=Path), help="Take records that were written before.")
@click.option("--bundle", "bundle_folder", type=BundlePath(), help="The model  [the one that ships].")
@click.option("--profile", "profile_file", type=click.Path(path_type=Path), help="The reference  [the bundle's].")
@click.option(
    "--thresholds", "thresholds_file", type=click.Path(path_type=Path), help="TOML file  [the one that ships]."
)
@click.option("--last", type=click.IntRange(min=1), help="Compare the last so many photos.")
@click.option("--days", type=click.FloatRange(min=0, min_open=True), help="Compare the photos of the last days.")
@click.option("--tenant", help="Photos of one tenant alone.")
@click.option("--page", "page_file", type=click.Path(dir_okay=False, path_type=Path), help="Also write an HTML page.")
@click.option("--fail-at", type=click.Choice(["drift", "beyond_threshold"]), help="Exit with 3 from this level on.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def check_command(
    context: click.Context,
    photos: tuple[str, ...],
    *,
    jsonl_file: Path | None,
    bundle_folder: Path | None,
    profile_file: Path | None,
    thresholds_file: Path | None,
    last: int | None,
    days: float | None,
    tenant: str | None,
    page_file: Path | None,
    fail_at: str | None,
    as_json: bool,
) -> None:
    """See `_HELP`."""
    import json

    from coachwork.cli.monitor import bundle_profile, photo_records, service_records
    from coachwork.inference.bundle import load_bundle
    from coachwork.monitoring.checking import findings, latest_findings
    from coachwork.monitoring.drift import Level
    from coachwork.monitoring.drift_json import drift_to_json
    from coachwork.monitoring.record_json import read_records
    from coachwork.monitoring.thresholds import read_thresholds

    if photos and jsonl_file is not None:
        message = "name PHOTOS or --jsonl, not both"
        raise click.UsageError(message)
    thresholds = read_thresholds(thresholds_file)
    bundle = load_bundle(bundle_folder)
    profile = bundle_profile(bundle, profile_file)
    handled = None
    if photos:
        records = photo_records(bundle, photos)
    elif jsonl_file is not None:
        records = sorted(read_records(jsonl_file), key=lambda one: one.at)
    else:
        most = last or (None if days is not None else max(thresholds.windows))
        records, handled = (
            service_records(tenant=tenant, days=days, last=most),
            _handled(tenant, thresholds.windows[-1]),
        )
    records = records[-last:] if last is not None else records
    whole = bool(photos) or last is not None or days is not None
    report = (findings if whole else latest_findings)(profile, records, thresholds, handled=handled)
    window = records[-report.photos :] if report.photos else []
    if page_file is not None:
        _write_page(report, profile, window, page_file)
    if as_json:
        click.echo(json.dumps(drift_to_json(report), ensure_ascii=False, indent=1, allow_nan=False))
    else:
        _print(report, profile, window, cut=last is not None or days is not None)
    context.exit(3 if fail_at is not None and report.level.rank >= Level(fail_at).rank else 0)


def _handled(tenant: str | None, last: int) -> "Handled":
    from coachwork.cli.monitor import service_database
    from coachwork.monitoring.overrides import split_handled
    from coachwork.storage.handled_store import handled_cases

    database, owner = service_database(tenant)
    return split_handled(handled_cases(database, tenant=owner), last=last)


def _write_page(report: "DriftReport", profile: "Profile", records: "Sequence[PhotoRecord]", file: Path) -> None:
    from coachwork.monitoring.page import write_drift_page

    try:
        write_drift_page(report, profile, records, file)
    except OSError as refused:
        message = f"{file} cannot be written: {refused.strerror}"
        raise click.ClickException(message) from refused


def _print(report: "DriftReport", profile: "Profile", records: "Sequence[PhotoRecord]", *, cut: bool) -> None:
    from rich.console import Console

    from coachwork.monitoring.page import period_words

    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=150)
    period = period_words(report.begun, report.ended)
    console.print(f"{report.photos:,} photos{', ' + period if period else ''}: {_painted(report.level.value)}")
    if report.shortage:
        further = "; look further back with a larger --days or --last" if cut else ""
        console.print(f"{report.shortage}{further}", markup=False)
    console.print(f"beside {profile.how}", style="dim", markup=False)
    for note in report.notes:
        console.print(note, style="dim", markup=False)
    for one in report.slices:
        for found in one.causes:
            console.print(f"{_painted(found.level.value)}  {one.slice.words}: {found.words}")
    for one in report.slices:
        if one.signals and (one is report.slices[0] or one.causes):
            console.print(_table(one, profile, [record for record in records if one.slice.holds(record)]))


def _table(one: "SliceDrift", profile: "Profile", records: "Sequence[PhotoRecord]") -> "Table":
    from rich import box
    from rich.table import Table

    from coachwork.monitoring.course import blocks, course, usual_range
    from coachwork.monitoring.page import chance_words, signal_words, value_words

    title = f"{one.slice.words}: {one.photos:,} photos in {one.cases:,} cases"
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("signal", no_wrap=True)
    for head in ("reference", "now", "moved", "by chance"):
        table.add_column(head, justify="right", no_wrap=True)
    table.add_column("course", no_wrap=True)
    table.add_column("")
    for signal in sorted(one.signals, key=lambda signal: -signal.level.rank):
        usual = usual_range(profile.records, signal.signal)
        line = "" if usual is None else blocks(course(records, signal.signal), low=usual[0], high=usual[1])
        table.add_row(
            signal_words(signal.signal),
            value_words(signal, signal.before),
            value_words(signal, signal.now),
            f"{signal.effect:.0%}",
            chance_words(signal.p_adjusted),
            line,
            _painted(signal.level.value),
        )
    return table


def _painted(level: str) -> str:
    colour = {"ok": "green", "drift": "yellow", "beyond_threshold": "bold red"}.get(level, "dim")
    return f"[{colour}]{level.replace('_', ' ')}[/]"
