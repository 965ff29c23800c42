"""`coachwork hide`: copies of photos without faces and number plates."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from coachwork.inference.hiding import WrittenCopy
    from coachwork.inference.private_regions import PrivateRegions

_HELP = """Write copies of photos with faces and number plates hidden.

Give photos, folders (searched with all below them) or quoted patterns. The copies are encoded anew from pixels,
upright: no EXIF data, GPS position, thumbnail or comment survives. The originals are only read. No finder sees
everything: look at the copies before you publish them (docs/privacy.md says how much is missed).

\b
Examples:
  coachwork hide photos --to public
  coachwork hide "claims/**/*.jpg" --to public --json
  coachwork hide car.jpg --to public --plates-only
"""


@click.command("hide", help=_HELP)
@click.argument("photos", metavar="PHOTO|DIR|GLOB...", nargs=-1, required=True)
@click.option("--to", required=True, type=click.Path(path_type=Path, file_okay=False), help="Folder of the copies.")
@click.option("--plates-only", is_flag=True, help="Leave faces as they are; needs no extra.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, with the outlines of what was hidden.")
@click.pass_context
def hide_command(
    context: click.Context, photos: tuple[str, ...], *, to: Path, plates_only: bool, as_json: bool
) -> None:
    """See `_HELP`."""
    from coachwork.cli.assess_run import shared_folder
    from coachwork.cli.photo_bar import photo_bar
    from coachwork.cli.photo_paths import find_photos
    from coachwork.inference.hiding import run_as_json, write_hidden

    finder = wanted_finder(plates_only=plates_only)
    paths = find_photos(photos, leave_out=to)
    for path in paths:
        if path.problem is not None:
            click.secho(str(path.problem), err=True, fg="red")
    files = [path.file for path in paths if path.problem is None]
    with photo_bar("hiding") as told:
        copies = write_hidden([Path(file) for file in files], to, below=Path(shared_folder(files)), finder=finder)
        done = _done(copies, told, len(files))
    if as_json:
        import json

        click.echo(json.dumps(run_as_json(done, finder)))
    else:
        _print(done, to, finder)
    context.exit(1 if len(files) < len(paths) or any(copy.problem for copy in done) else 0)


def wanted_finder(*, plates_only: bool) -> "PrivateRegions":
    """The finder of faces and plates, or of plates alone.

    Raises:
        MissingExtra: faces are wanted, and their finder is not installed.
    """
    from coachwork.inference.private_regions import PrivateRegions
    from coachwork.photos.privacy import PrivateKind

    wanted = frozenset({PrivateKind.NUMBER_PLATE}) if plates_only else frozenset(PrivateKind)
    return PrivateRegions(kinds=wanted)


def _done(copies: "Iterable[WrittenCopy]", told: Callable[[int, int], None], total: int) -> "list[WrittenCopy]":
    done = []
    for copy in copies:
        done.append(copy)
        told(len(done), total)
    return done


def _print(copies: "Sequence[WrittenCopy]", to: Path, finder: "PrivateRegions") -> None:
    from coachwork.photos.privacy import PrivateKind
    from coachwork.reports.assessment_report import printable

    written = [copy.hidden for copy in copies if copy.hidden is not None]
    for copy in copies:
        if copy.problem is not None:
            click.secho(str(copy.problem), err=True, fg="red")
    counts = [
        f"{sum(one.count(kind) for one in written)} {kind.words}s" for kind in PrivateKind if kind in finder.finds
    ]
    many = "1 copy" if len(written) == 1 else f"{len(written)} copies"
    click.echo(f"{many} in {printable(str(to))}: {' and '.join(counts)} hidden")
    if PrivateKind.FACE not in finder.finds:
        click.secho("faces were not looked for", fg="yellow")
    click.echo("look at the copies before you publish them: no finder sees everything")
