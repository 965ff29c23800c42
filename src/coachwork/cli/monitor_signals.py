"""`coachwork monitor signals`: what is remembered of photos, as JSON lines."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from coachwork.cli.bundle_path import BundlePath

if TYPE_CHECKING:
    from coachwork.monitoring.photo_record import PhotoRecord

_HELP = """Write what is remembered of photos as JSON lines: of PHOTOS, assessed now, or of those a service assessed.

--bulk takes the rows of a bulk run. `coachwork monitor check --jsonl` reads the file.

\b
Examples:
  coachwork monitor signals photos/ --jsonl signals.jsonl
  coachwork monitor signals --days 30 --tenant north --jsonl north.jsonl
  coachwork monitor signals --bulk runs/assessed --jsonl bulk.jsonl
"""


@click.command("signals", help=_HELP)
@click.argument("photos", metavar="[PHOTO|DIR|GLOB]...", nargs=-1)
@click.option(
    "--jsonl", "file", required=True, type=click.Path(dir_okay=False, path_type=Path), help="Write this file."
)
@click.option("--bundle", "bundle_folder", type=BundlePath(), help="The model  [the one that ships].")
@click.option("--bulk", "bulk_folder", type=click.Path(path_type=Path), help="Folder of a bulk run.")
@click.option("--days", type=click.FloatRange(min=0, min_open=True), help="Of the service's last days.")
@click.option("--tenant", help="Of one tenant alone.")
def signals_command(
    photos: tuple[str, ...],
    *,
    file: Path,
    bundle_folder: Path | None,
    bulk_folder: Path | None,
    days: float | None,
    tenant: str | None,
) -> None:
    """See `_HELP`."""
    from coachwork.cli.monitor import photo_records, service_records
    from coachwork.inference.bundle import load_bundle
    from coachwork.monitoring.record_json import write_records

    if photos and bulk_folder is not None:
        message = "name PHOTOS or --bulk, not both"
        raise click.UsageError(message)
    if photos:
        records = photo_records(load_bundle(bundle_folder), photos)
    elif bulk_folder is not None:
        records = _bulk_records(bulk_folder)
    else:
        records = service_records(tenant=tenant, days=days, last=None)
    try:
        write_records(file, records)
    except OSError as refused:
        message = f"{file} cannot be written: {refused.strerror}"
        raise click.ClickException(message) from refused
    click.echo(f"{len(records):,} photos in {file}", err=True)


def _bulk_records(folder: Path) -> "list[PhotoRecord]":
    from coachwork.errors import MissingExtra

    try:
        from coachwork.pipelines.bulk.signals import bulk_records
    except ModuleNotFoundError as missing:
        raise MissingExtra(extra="bulk", package=str(missing.name)) from missing
    return bulk_records(folder)
