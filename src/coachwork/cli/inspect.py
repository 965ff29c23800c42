"""`coachwork inspect`: all photos of one car as one case."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from coachwork.cli.bundle_path import BundlePath

if TYPE_CHECKING:
    from datetime import datetime

    from coachwork.assessments.views import CarDamage
    from coachwork.inspections.inspection import Inspection

_HELP = """Inspect one car on several PHOTOS (files, folders, or quoted patterns).

A damage that several photos show is listed once, with its views: photos are laid on each other by points that they
share, or else by part and type. "None" is said only where every photo says so and every part of the car was seen well
enough; what was not is named. --estimate adds what the repair costs, --policy or --loss a settlement, --scheme a grade
and a deduction.

--to FOLDER saves the whole report: report.pdf, report.html, inspection.json, and photos/ with the damages drawn and
numbered as in the tables; it holds the estimate too, but for --no-estimate. Faces and number plates are hidden in its
pictures, but for --show-private. `coachwork report` makes it again.

\b
Examples:
  coachwork inspect car/
  coachwork inspect car/ --estimate --rate-card our-card.toml --vehicle vehicle.toml
  coachwork inspect car/ --json inspection.json
  coachwork inspect car/ --vehicle vehicle.toml --rate-card our-card.toml --to report/
"""


@click.command("inspect", help=_HELP)
@click.argument("photos", metavar="PHOTO|DIR|GLOB...", nargs=-1, required=True)
@click.option("--bundle", type=BundlePath(), help="Folder of the model  [the one that ships].")
@click.option("--parts", type=click.Path(path_type=Path), help="Folder of the part model  [the one that ships].")
@click.option("--json", "json_file", type=click.Path(dir_okay=False, path_type=Path), help="Also write all as JSON.")
@click.option("--to", type=click.Path(path_type=Path, file_okay=False), help="Save the whole report in this folder.")
@click.option(
    "--on", type=click.DateTime(["%Y-%m-%d"]), help="Day that the report states, such as 2026-11-30  [today]."
)
@click.option("--show-private", is_flag=True, help="Leave faces and number plates in the report's pictures.")
@click.option("--estimate/--no-estimate", "estimate", default=None, help="Add what the repair costs  [with --to].")
@click.option("--rate-card", "card_file", type=click.Path(path_type=Path), help="TOML file of rates  [a sample].")
@click.option(
    "--policy", "policy_file", type=click.Path(path_type=Path), help="TOML file of a cover: settle the claim."
)
@click.option(
    "--loss", "loss_file", type=click.Path(path_type=Path), help="TOML file of what happened: settle the claim."
)
@click.option(
    "--signals",
    "signals_file",
    type=click.Path(path_type=Path),
    help="What `coachwork fraud check --json` wrote: settle the claim.",
)
@click.option("--scheme", metavar="NAME|FILE", help="Grade and value the car by nama, naaa, bvrla or a TOML file.")
@click.option("--vehicle", "vehicle_file", type=click.Path(path_type=Path), help="TOML file with a table [vehicle].")
@click.option(
    "--market",
    type=click.Choice(["eu", "uk", "us", "turkey", "india"]),
    help="Whose number plates the car has, to measure by  [not by them].",
)
@click.pass_context
def inspect_command(
    context: click.Context,
    photos: tuple[str, ...],
    *,
    bundle: Path | None,
    parts: Path | None,
    json_file: Path | None,
    to: Path | None,
    on: "datetime | None",
    show_private: bool,
    estimate: bool | None,
    card_file: Path | None,
    policy_file: Path | None,
    loss_file: Path | None,
    signals_file: Path | None,
    scheme: str | None,
    vehicle_file: Path | None,
    market: str | None,
) -> None:
    """See `_HELP`."""
    from datetime import UTC, datetime

    from coachwork.cli.inspect_report import (
        check_wanted,
        document_of,
        print_money,
        read_wanted,
        save_report,
        work_out,
        write_document,
    )
    from coachwork.cli.photo_bar import photo_bar
    from coachwork.cli.photo_paths import find_photos
    from coachwork.inference.assessing import Assessor
    from coachwork.inference.bundle import shipped_parts_folder
    from coachwork.inference.inspecting import inspect
    from coachwork.inference.reading_plates import MainPlates
    from coachwork.inference.severity_file import shipped_severity_path
    from coachwork.inspections.known_sizes import Market
    from coachwork.inspections.vehicle_toml import read_vehicle
    from coachwork.photos.problems import PhotoError
    from coachwork.reports.car.folder import PICTURES, check_originals_apart

    failures: list[str] = []
    paths: list[Path] = []
    for found in find_photos(photos, leave_out=None if to is None else to / PICTURES):
        if found.problem is None:
            paths.append(Path(found.file))
        else:
            failures.append(str(found.problem))

    def unread(_path: Path, problem: PhotoError) -> None:
        failures.append(str(problem))

    if to is not None:
        check_originals_apart((place for one in photos for place in (Path(one), Path(one) / "*")), to)
    vehicle = None if vehicle_file is None else read_vehicle(vehicle_file)
    day = (on or datetime.now(UTC)).date()
    wanted = read_wanted(
        estimate=estimate if estimate is not None else to is not None or card_file is not None,
        card_file=card_file,
        policy_file=policy_file,
        loss_file=loss_file,
        signals_file=signals_file,
        scheme=scheme,
        on=day,
    )
    check_wanted(wanted, vehicle)
    assessor = Assessor(bundle, parts=parts or shipped_parts_folder(), severity=shipped_severity_path())
    with photo_bar("inspecting") as bar:
        inspection = inspect(
            assessor,
            paths,
            vehicle=vehicle,
            market=None if market is None else Market(market),
            seen=lambda done: bar(done, len(paths)),
            unread=unread,
            plates=MainPlates(),
        )
    for failure in failures:
        click.secho(failure, err=True, fg="red")
    if not inspection.photos:
        message = "no photo could be read: there is nothing to inspect"
        raise click.ClickException(message)
    _print(inspection)
    for doubt in () if vehicle is None else vehicle.doubts:
        click.secho(doubt, err=True, fg="yellow")
    worked_out = work_out(inspection, wanted)
    print_money(worked_out)
    document = document_of(inspection, worked_out, day)
    if json_file is not None:
        write_document(document, json_file)
    if to is not None:
        write_document(document, to / "inspection.json")
        save_report(document, to, show_private=show_private)
    context.exit(1 if failures else 0)


def _print(inspection: "Inspection") -> None:
    from rich import box
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from coachwork.inspections.coverage import Sight

    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=160)
    count = len(inspection.photos)
    console.print(f"[bold]{inspection.verdict.value}[/bold], from {count} photo{'s' * (count != 1)}")
    if inspection.damages:
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
        for name in ("", "damage", "part", "size", "severity", "likely", "photos", "tied by"):
            table.add_column(name, justify="right" if name in {"", "likely"} else "left", no_wrap=name == "size")
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
    size = inspection.size(damage)
    photos = sorted({view.photo + 1 for view in damage.views})
    return (
        damage.type.words,
        "unknown" if damage.part is None else damage.part.words,
        "unknown" if size is None else size.words,
        "unknown" if severity is None else severity.words,
        "-" if probability is None else f"{100 * probability:.0f} %",
        ", ".join(map(str, photos)),
        " and ".join(dict.fromkeys(one.tie.value for one in damage.evidence)),
    )
