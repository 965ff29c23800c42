"""`coachwork monitor signals`: what is remembered of photos, as JSON lines."""

from pathlib import Path

import click

_HELP = """Write what is remembered of photos as JSON lines: of PHOTOS, assessed now, or of those a service assessed.

\b
Examples:
  coachwork monitor signals photos/ --jsonl signals.jsonl
  coachwork monitor signals --days 30 --tenant north --jsonl north.jsonl
"""


@click.command("signals", help=_HELP)
@click.argument("photos", metavar="[PHOTO|DIR|GLOB]...", nargs=-1)
@click.option(
    "--jsonl", "file", required=True, type=click.Path(dir_okay=False, path_type=Path), help="Write this file."
)
@click.option("--bundle", "bundle_folder", type=click.Path(path_type=Path), help="The model  [the one that ships].")
@click.option("--days", type=click.FloatRange(min=0, min_open=True), help="Of the service's last days.")
@click.option("--tenant", help="Of one tenant alone.")
def signals_command(
    photos: tuple[str, ...], *, file: Path, bundle_folder: Path | None, days: float | None, tenant: str | None
) -> None:
    """See `_HELP`."""
    from coachwork.cli.monitor import photo_records, service_records
    from coachwork.inference.bundle import load_bundle
    from coachwork.monitoring.record_json import write_records

    if photos:
        records = photo_records(load_bundle(bundle_folder), photos)
    else:
        records = service_records(tenant=tenant, days=days, last=None)
    try:
        write_records(file, records)
    except OSError as refused:
        message = f"{file} cannot be written: {refused.strerror}"
        raise click.ClickException(message) from refused
    click.echo(f"{len(records):,} photos in {file}", err=True)
