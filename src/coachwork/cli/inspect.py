"""`coachwork inspect`: all photos of one car as one case."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from coachwork.assessments.views import CarDamage
    from coachwork.inspections.inspection import Inspection

_HELP = """Inspect one car on several PHOTOS (files, folders, or quoted patterns).

A damage that several photos show is listed once, with its views: photos are laid on each other by points that they
share, or else by part and type. "None" is said only where every photo says so and every part of the car was seen well
enough; what was not is named. --estimate adds what the repair costs.

\b
Examples:
  coachwork inspect car/
  coachwork inspect car/ --estimate --rate-card our-card.toml --vehicle vehicle.toml
  coachwork inspect car/ --json inspection.json
"""


@click.command("inspect", help=_HELP)
@click.argument("photos", metavar="PHOTO|DIR|GLOB...", nargs=-1, required=True)
@click.option("--bundle", type=click.Path(path_type=Path), help="Folder of the model  [the one that ships].")
@click.option("--parts", type=click.Path(path_type=Path), help="Folder of the part model  [the one that ships].")
@click.option("--json", "json_file", type=click.Path(dir_okay=False, path_type=Path), help="Also write all as JSON.")
@click.option("--estimate", "with_estimate", is_flag=True, help="Add what the repair costs.")
@click.option("--rate-card", "card_file", type=click.Path(path_type=Path), help="TOML file of rates  [a sample].")
@click.option("--vehicle", "vehicle_file", type=click.Path(path_type=Path), help="TOML file with a table [vehicle].")
@click.pass_context
def inspect_command(
    context: click.Context,
    photos: tuple[str, ...],
    *,
    bundle: Path | None,
    parts: Path | None,
    json_file: Path | None,
    with_estimate: bool,
    card_file: Path | None,
    vehicle_file: Path | None,
) -> None:
    """See `_HELP`."""
    from coachwork.cli.photo_bar import photo_bar
    from coachwork.cli.photo_paths import find_photos
    from coachwork.inference.assessing import Assessor
    from coachwork.inference.bundle import shipped_parts_folder
    from coachwork.inference.inspecting import inspect
    from coachwork.inference.severity_file import shipped_severity_path
    from coachwork.inspections.vehicle_toml import read_vehicle
    from coachwork.photos.problems import PhotoError

    failures: list[str] = []
    paths: list[Path] = []
    for found in find_photos(photos):
        if found.problem is None:
            paths.append(Path(found.file))
        else:
            failures.append(str(found.problem))

    def unread(_path: Path, problem: PhotoError) -> None:
        failures.append(str(problem))

    vehicle = None if vehicle_file is None else read_vehicle(vehicle_file)
    assessor = Assessor(bundle, parts=parts or shipped_parts_folder(), severity=shipped_severity_path())
    with photo_bar("inspecting") as bar:
        inspection = inspect(assessor, paths, vehicle=vehicle, seen=lambda done: bar(done, len(paths)), unread=unread)
    for failure in failures:
        click.secho(failure, err=True, fg="red")
    _print(inspection)
    for doubt in () if vehicle is None else vehicle.doubts:
        click.secho(doubt, err=True, fg="yellow")
    if json_file is not None:
        _write_json(inspection, json_file)
    if with_estimate:
        _print_estimate(inspection, card_file)
    context.exit(1 if failures else 0)


def _print(inspection: "Inspection") -> None:
    from rich import box
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from coachwork.inspections.coverage import Sight

    console = Console(highlight=False)
    count = len(inspection.photos)
    console.print(f"[bold]{inspection.verdict.value}[/bold], from {count} photo{'s' * (count != 1)}")
    if inspection.damages:
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
        for name in ("", "damage", "part", "severity", "likely", "photos", "tied by"):
            table.add_column(name, justify="right" if name in {"", "likely"} else "left")
        for number, damage in enumerate(inspection.damages, start=1):
            table.add_row(str(number), *(escape(cell) for cell in _cells(inspection, damage)))
        console.print(table)
    named = ", ".join(f"{place} {Path(one.file).name}" for place, one in enumerate(inspection.assessments, start=1))
    console.print(f"photos: {escape(named)}", soft_wrap=True)
    for sight in Sight:
        names = [one.part.words for one in inspection.coverage if one.sight is sight]
        if names:
            console.print(
                f"{'seen ' if sight is not Sight.NOT else ''}{sight.value}: {', '.join(names)}", soft_wrap=True
            )
    for sentence in inspection.advice:
        console.print(escape(sentence), style="yellow", soft_wrap=True)


def _cells(inspection: "Inspection", damage: "CarDamage") -> tuple[str, ...]:
    severity, probability = inspection.severity(damage), inspection.probability(damage)
    photos = sorted({view.photo + 1 for view in damage.views})
    return (
        damage.type.words,
        "unknown" if damage.part is None else damage.part.words,
        "unknown" if severity is None else severity.words,
        "-" if probability is None else f"{100 * probability:.0f} %",
        ", ".join(map(str, photos)),
        " and ".join(dict.fromkeys(one.tie.value for one in damage.evidence)),
    )


def _write_json(inspection: "Inspection", path: Path) -> None:
    import json

    from coachwork.inspections.inspection_json import inspection_to_json
    from coachwork.reports.pages import write_page

    try:
        write_page(path, json.dumps(inspection_to_json(inspection), indent=1, allow_nan=False) + "\n")
    except OSError as refused:
        message = f"cannot write {path} ({refused.strerror}): name another place"
        raise click.ClickException(message) from refused


def _print_estimate(inspection: "Inspection", card_file: Path | None) -> None:
    from coachwork.cli.estimate_table import print_estimate
    from coachwork.estimates.card_reading import read_rate_card, sample_card_path
    from coachwork.estimates.estimate import make_estimate
    from coachwork.estimates.inspected import repair_damages

    card = read_rate_card(card_file or sample_card_path())
    print_estimate(make_estimate(repair_damages(inspection), card, inspection.vehicle))
