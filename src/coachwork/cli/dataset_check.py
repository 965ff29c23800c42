"""`coachwork dataset check`: whether a version is still what it says it is."""

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coachwork.datasets.checking import Finding

_HELP = """Look for what is wrong with a version of DATASET, and say what to do about it.

Looks at the digests of manifest, samples and photos, for missing photos, for near-duplicates on two sides of a split,
for photos that are there twice and shapes outside their photo. Ends with 1 when it finds anything.

\b
Examples:
  coachwork dataset check datasets/damage
  coachwork dataset check s3://bucket/sets/damage --quick
  coachwork dataset check datasets/damage@spring --json
"""


@click.command("check", help=_HELP)
@click.argument("dataset")
@click.option("--quick", is_flag=True, help="Look whether photos are there, but do not read them.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def check_command(context: click.Context, dataset: str, *, quick: bool, as_json: bool) -> None:
    """See `_HELP`."""
    from coachwork.cli.photo_bar import photo_bar
    from coachwork.datasets.checking import check_version
    from coachwork.datasets.dataset import lies_in_one_folder
    from coachwork.datasets.place import DatasetError, DatasetPlace
    from coachwork.datasets.store import DatasetStore

    place = DatasetPlace.of(dataset)
    store = DatasetStore(place.store)
    if lies_in_one_folder(store, place.name):
        why = f"is a folder of an earlier Coachwork: take it over with  coachwork dataset copy {place} {place}"
        raise DatasetError(place, why)
    digest = store.resolve(place.name, place.version)
    with photo_bar("reading photos") as looked:
        findings = check_version(store, digest, bytes_too=not quick, looked=looked)
    if as_json:
        import json

        listed = [{"fault": one.fault.value, "where": one.where, "what": one.what} for one in findings]
        about = {"schema": "coachwork.dataset-check/1", "dataset": str(place), "version": digest}
        click.echo(json.dumps(about | {"findings": listed}))
    else:
        _print(f"{place.at('')} {digest[:12]}", findings, quick=quick)
    if findings:
        context.exit(1)


def _print(title: str, findings: "Sequence[Finding]", *, quick: bool) -> None:
    from itertools import groupby

    from rich.console import Console
    from rich.markup import escape

    console = Console()
    if not findings:
        looked = "all photos are there" if quick else "every photo is there with the bytes it was imported with"
        console.print(f"[bold]{escape(title)}[/bold]: sound; {looked}", highlight=False)
        return
    console.print(f"[bold]{escape(title)}[/bold]: {len(findings)} findings", highlight=False)
    for fault, found in groupby(sorted(findings, key=lambda one: one.fault), key=lambda one: one.fault):
        group = list(found)
        console.print(f"\n[red]{fault.replace('_', ' ')}[/red]  {len(group)}", highlight=False)
        for one in group[:10]:
            console.print(escape(f"  {one.where}: {one.what}"), highlight=False, soft_wrap=True)
        if len(group) > 10:
            console.print(f"  and {len(group) - 10} more; --json names them all", highlight=False)
        console.print(escape(f"  {fault.remedy}"), style="italic", highlight=False, soft_wrap=True)
