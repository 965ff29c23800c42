"""`coachwork dataset diff`: what changed between two versions."""

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.console import Console

    from coachwork.datasets.deriving import Opened
    from coachwork.datasets.difference import Difference
    from coachwork.datasets.place import DatasetPlace

_HELP = """Tell what changed from EARLIER to LATER: photos, splits, and shapes by type.

With one dataset, its last change is told. Photos are compared by their bytes; two shapes that differ count as one that
was changed where their boxes overlap by half.

\b
Examples:
  coachwork dataset diff datasets/damage
  coachwork dataset diff datasets/damage@spring datasets/damage
  coachwork dataset diff datasets/damage s3://bucket/sets/damage --json
"""


@click.command("diff", help=_HELP)
@click.argument("earlier")
@click.argument("later", required=False)
@click.option("--names", default=10, show_default=True, type=click.IntRange(min=0), help="Photos to name of each kind.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, with every photo.")
def diff_command(earlier: str, later: str | None, *, names: int, as_json: bool) -> None:
    """See `_HELP`."""
    from coachwork.datasets.deriving import open_version
    from coachwork.datasets.difference import difference
    from coachwork.datasets.place import DatasetPlace

    if later is None:
        before, after = _last_change(DatasetPlace.of(earlier))
    else:
        before, after = (open_version(DatasetPlace.of(place)) for place in (earlier, later))
    found = difference(before.version, after.version)
    if as_json:
        import json

        about = {"schema": "coachwork.dataset-diff/1", "from": before.version.digest, "to": after.version.digest}
        click.echo(json.dumps(about | found.as_json()))
    else:
        _print(before, after, found, names)


def _last_change(place: "DatasetPlace") -> "tuple[Opened, Opened]":
    from coachwork.datasets.deriving import open_version
    from coachwork.datasets.place import DatasetError

    after = open_version(place)
    versions = [head.version for head in after.store.history(place.name)]
    earlier = versions[: versions.index(after.version.digest)] if after.version.digest in versions else []
    if not earlier:
        raise DatasetError(place, "has no version before this one: name two datasets or versions to compare")
    return open_version(place.at(earlier[-1]), store=after.store), after


def _print(before: "Opened", after: "Opened", found: "Difference", names: int) -> None:
    from rich.console import Console
    from rich.markup import escape

    console = Console()
    ends = " to ".join(f"{escape(str(one.place.at('')))} {one.version.digest[:12]}" for one in (before, after))
    console.print(f"[bold]{ends}[/bold]", highlight=False)
    if not found:
        rest = "" if before.version.digest == after.version.digest else "; sources, split rule or parents differ"
        console.print(f"the same photos, splits and shapes{rest}")
        return
    moves = [f"{new.name}  {old.split} to {new.split}" for old, new in found.moved]
    groups = {
        "photos added": [f"{sample.name}  {sample.split}" for sample in found.added],
        "photos removed": [f"{sample.name}  {sample.split}" for sample in found.removed],
        "photos moved to another split": moves,
        "photos annotated otherwise": [new.name for _, new in found.edited],
    }
    for title, lines in groups.items():
        console.print(f"{len(lines):6} {title}", highlight=False)
        for line in lines[:names]:
            console.print(f"         {escape(line)}", highlight=False, soft_wrap=True)
        if names and len(lines) > names:
            console.print(f"         and {len(lines) - names} more", highlight=False)
    if found.shapes:
        _print_shapes(console, found)


def _print_shapes(console: "Console", found: "Difference") -> None:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False, padding=(0, 1, 0, 0))
    for number, name in enumerate(("shapes", "added", "removed", "changed")):
        table.add_column(name, justify="right" if number else "left")
    for kind, changes in found.shapes.items():
        table.add_row(kind.replace("_", " "), *map(str, (changes.added, changes.removed, changes.changed)))
    console.print(table)
    for (old, new), count in found.retyped.items():
        console.print(f"{count} {old.replace('_', ' ')} became {new.replace('_', ' ')}", highlight=False)
