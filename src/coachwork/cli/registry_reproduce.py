"""`coachwork registry reproduce`: a past assessment, made again."""

import json
import os
from pathlib import Path

import click

from coachwork.cli.bundle_path import BundlePath

_HELP = """Make the assessment of a photo again from RECORD, and say whether it is the same.

RECORD is what `coachwork assess --json FILE` or `coachwork inspect --json FILE` wrote, or the result of a case. It
tells which bundle, thresholds, runtime and settings made it; the bundle is looked for in the registry's store, among
those that ship, and in the folders named with --bundle. Ends with status 1 where anything differs, and tells what is
another thing here.

\b
Examples:
  coachwork registry reproduce results.jsonl --photo door.jpg
  coachwork registry reproduce case-17.json --photo door.jpg --at s3://models/registry --json
  coachwork registry reproduce old.json --photo door.jpg --bundle bundles/damage-2025
"""


@click.command("reproduce", help=_HELP)
@click.argument("record", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--photo", required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Its file.")
@click.option("--bundle", "bundles", multiple=True, type=BundlePath(), help="Look here, too; repeatable.")
@click.option("--severity", "severities", multiple=True, type=click.Path(exists=True, path_type=Path), help="Likewise.")
@click.option("--at", "root", default="", metavar="PLACE", help="Folder or bucket of the registry [data/registry].")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def reproduce_command(
    *,
    record: Path,
    photo: Path,
    bundles: tuple[Path, ...],
    severities: tuple[Path, ...],
    root: str,
    as_json: bool,
) -> None:
    """See `_HELP`."""
    from coachwork.inference.bundle import shipped_bundle_folder, shipped_parts_folder
    from coachwork.inference.severity_file import shipped_severity_path
    from coachwork.registry.bundle_store import BundleStore
    from coachwork.registry.reproducing import Workshop, reproduce
    from coachwork.settings import read_settings

    data = read_settings(os.environ).data_dir
    root = (root or str(data / "registry")).rstrip("/")
    shipped = [folder for folder in (shipped_bundle_folder(), shipped_parts_folder()) if folder is not None]
    workshop = Workshop(
        folders=(*bundles, *shipped),
        store=BundleStore(f"{root}/bundles"),
        cache=data / "bundles",
        severities=(*severities, shipped_severity_path()),
    )
    found = reproduce(record, photo, workshop)
    if as_json:
        click.echo(json.dumps(found.to_json(), indent=1))
    else:
        for line in found.circumstances:
            click.echo(f"here, {line}", err=True)
        for line in found.differences:
            click.echo(f"differs: {line}")
        said = "every figure is the same" if found.same else f"{len(found.differences)} fields differ"
        click.echo(f"{found.record['photo']['file']}, {found.record['verdict']}: {said}")
    if not found.same:
        raise click.exceptions.Exit(1)
