"""`coachwork changes`: what is new, grown, unchanged and gone between two inspections of one car."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Mapping

    from coachwork.inference.predictor import Predictor
    from coachwork.inspections.changes import Changes
    from coachwork.inspections.inspection import Inspection
    from coachwork.photos.reading import Photo

_HELP = """Compare two inspections of one car: which damages are new, grown, unchanged, gone.

BEFORE and AFTER are files that `coachwork inspect --json` wrote, or folders of photos, which are inspected first.
Photos are laid on each other by points that they share; where there are none, damages are compared by type, part and
place on the part. "New" is said only where the place was seen well before, "gone" only where it is seen well now;
everything else is told as uncertain or not comparable.

\b
Examples:
  coachwork changes check-out/inspection.json check-in/inspection.json
  coachwork changes check-out/ check-in/ --html changes.html
  coachwork changes before.json after.json --photos old-photos/ --photos new-photos/ --json changes.json
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Side:
    """One inspection and the photos of it that could be read."""

    inspection: "Inspection"
    photos: "Mapping[int, Photo]"


@click.command("changes", help=_HELP)
@click.argument("before", type=click.Path(path_type=Path, exists=True))
@click.argument("after", type=click.Path(path_type=Path, exists=True))
@click.option("--json", "json_file", type=click.Path(dir_okay=False, path_type=Path), help="Also write all as JSON.")
@click.option(
    "--html", "page", type=click.Path(dir_okay=False, path_type=Path), help="Write a page, photo beside photo."
)
@click.option(
    "--photos",
    "folders",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    multiple=True,
    help="Folder to look for photos in that lie no more where they were inspected; may be given twice.",
)
def changes_command(
    before: Path, after: Path, *, json_file: Path | None, page: Path | None, folders: tuple[Path, ...]
) -> None:
    """See `_HELP`."""
    from coachwork.cli.photo_bar import photo_bar
    from coachwork.inference.comparing import colour_warnings, shared_points
    from coachwork.inspections.changes import compare_inspections

    first, second = (_side(path, folders) for path in (before, after))
    photos = (first.photos, second.photos)
    predictor = _part_predictor() if all(photos) else None
    with photo_bar("comparing") as bar:
        shared = shared_points(first.inspection, second.inspection, photos, predictor=predictor, seen=bar)
    changes = compare_inspections(first.inspection, second.inspection, shared)
    if predictor is not None:
        paint = colour_warnings((first.inspection, second.inspection), photos, predictor)
        changes = replace(changes, warnings=(*changes.warnings, *paint))
    _print(changes)
    if json_file is not None:
        _write_json(changes, json_file)
    if page is not None:
        _write_page(changes, photos, page)


def _part_predictor() -> "Predictor | None":
    from coachwork.inference.bundle import load_bundle, shipped_parts_folder
    from coachwork.inference.predictor import Predictor

    folder = shipped_parts_folder()
    return None if folder is None else Predictor(load_bundle(folder))


def _side(path: Path, folders: tuple[Path, ...]) -> _Side:
    from coachwork.inference.comparing import photos_of
    from coachwork.inspections.inspection_reading import read_inspection

    inspection = _inspected(path) if path.is_dir() else read_inspection(path)
    home = path if path.is_dir() else path.parent

    def missing(sentence: str) -> None:
        click.secho(sentence, err=True, fg="yellow")

    photos = photos_of(inspection, (home, home / "photos", *folders), missing=missing)
    return _Side(inspection=inspection, photos=photos)


def _inspected(folder: Path) -> "Inspection":
    from coachwork.cli.photo_bar import photo_bar
    from coachwork.inference.assessing import Assessor
    from coachwork.inference.bundle import shipped_parts_folder
    from coachwork.inference.inspecting import inspect
    from coachwork.inference.severity_file import shipped_severity_path
    from coachwork.photos.listing import list_photos
    from coachwork.photos.problems import PhotoError

    def unread(_path: Path, problem: PhotoError) -> None:
        click.secho(str(problem), err=True, fg="red")

    paths = list_photos([str(folder)])
    assessor = Assessor(parts=shipped_parts_folder(), severity=shipped_severity_path())
    with photo_bar(f"inspecting {folder}") as bar:
        return inspect(assessor, paths, seen=lambda done: bar(done, len(paths)), unread=unread)


def _print(changes: "Changes") -> None:
    from rich import box
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from coachwork.inspections.changes import State

    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=160)
    for warning in changes.warnings:
        console.print(escape(warning), style="yellow", soft_wrap=True)
    counts = [f"{len(changes.of(state))} {state.value}" for state in State if changes.of(state)]
    console.print(f"[bold]{', '.join(counts) or 'no damage in either inspection'}[/bold]")
    if not changes.changes:
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("", "damage", "part", "before", "now", "why"):
        table.add_column(name, overflow="fold")
    for one in changes.changes:
        known = changes.damage(one)
        numbers = (", ".join(f"#{number + 1}" for number in numbers) for numbers in (one.before, one.after))
        part = "unknown" if known.part is None else known.part.words
        table.add_row(*(escape(cell) for cell in (one.state.value, known.type.words, part, *numbers, one.why)))
    console.print(table)


def _write_json(changes: "Changes", path: Path) -> None:
    import json

    from coachwork.inspections.changes_json import changes_to_json
    from coachwork.reports.pages import write_page

    try:
        write_page(path, json.dumps(changes_to_json(changes), indent=1, allow_nan=False) + "\n")
    except OSError as refused:
        message = f"cannot write {path} ({refused.strerror}): name another place"
        raise click.ClickException(message) from refused


def _write_page(changes: "Changes", photos: "tuple[Mapping[int, Photo], Mapping[int, Photo]]", path: Path) -> None:
    from coachwork.inference.private_regions import PrivateRegions
    from coachwork.reports.changes_page import write_changes_page

    private = PrivateRegions()
    for notice in private.notices:
        click.secho(notice, err=True, fg="yellow")
    try:
        write_changes_page(changes, photos, path, finder=private.find)
    except OSError as refused:
        message = f"cannot write {path} ({refused.strerror}): name another place"
        raise click.ClickException(message) from refused
