"""`coachwork select`: the photos that are worth annotating next."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from coachwork.cli.bundle_path import BundlePath

if TYPE_CHECKING:
    from collections.abc import Callable

    from coachwork.inference.selecting import SelectionPlan, SelectionReport

_HELP = """Choose the photos of POOL that would teach the model most, and say why.

POOL is a folder of photos, a quoted pattern, or a dataset, of which the unlabelled photos are meant. Photos are ranked
by what the model is unsure of, by types that the dataset has few of, and by how unlike the annotated photos they are;
each is chosen for being unlike those before it, too. Near-duplicates and photos that cannot be used are left out.

\b
Examples:
  coachwork select photos/ --bundle bundles/damage --count 50 --dataset datasets/mine --to next
  coachwork select datasets/mine --count 20
  coachwork select "photos/2026-*/*.jpg" --count 100 --json > next.json
"""


@click.command("select", help=_HELP)
@click.argument("pool")
@click.option("--count", required=True, type=click.IntRange(min=1), metavar="N", help="How many photos to choose.")
@click.option("--bundle", type=BundlePath(), help="Folder of the model, by default the one that ships.")
@click.option("--dataset", metavar="PLACE", help="The dataset that they are to be added to.")
@click.option(
    "--dataset-photos",
    default=1000,
    show_default=True,
    type=click.IntRange(min=0),
    metavar="N",
    help="Look at N of its annotated photos to compare with.",
)
@click.option("--uncertainty", default=1.0, show_default=True, type=click.FloatRange(0), help="Weight of doubt.")
@click.option("--rarity", default=1.0, show_default=True, type=click.FloatRange(0), help="Weight of rare types.")
@click.option("--novelty", default=0.5, show_default=True, type=click.FloatRange(0), help="Weight of unusual photos.")
@click.option(
    "--to", type=click.Path(file_okay=False, path_type=Path), help="Put the photos, selection.json and a page there."
)
@click.option("--json", "as_json", is_flag=True, help="Print the selection as one JSON object.")
def select_command(
    pool: str,
    *,
    count: int,
    bundle: Path | None,
    dataset: str | None,
    dataset_photos: int,
    uncertainty: float,
    rarity: float,
    novelty: float,
    to: Path | None,
    as_json: bool,
) -> None:
    """See `_HELP`."""
    from coachwork.datasets.selection import SelectionWeights
    from coachwork.inference.selecting import SelectionPlan

    plan = SelectionPlan(
        pool=pool,
        count=count,
        dataset=dataset,
        dataset_photos=dataset_photos,
        weights=SelectionWeights(uncertainty=uncertainty, rarity=rarity, novelty=novelty),
    )
    report = _run(plan, bundle, to)
    if as_json:
        import json

        click.echo(json.dumps(report.as_json()))
    else:
        _print(report, to)


def _run(plan: "SelectionPlan", bundle: Path | None, to: Path | None) -> "SelectionReport":
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from coachwork.inference.bundle import load_bundle
    from coachwork.inference.selecting import select_from_pool, write_selection

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("looking at photos", total=None)

        def seen(what: str, done: int, total: int) -> None:
            bar.update(task, description=what, completed=done, total=total)

        report = select_from_pool(plan, load_bundle(bundle), seen=seen)
        if to is not None:
            write_selection(report, to)
            _write_page(report, to, seen)
    return report


def _write_page(report: "SelectionReport", folder: Path, seen: "Callable[[str, int, int], None]") -> None:
    from coachwork.inference.selecting import SelectionError
    from coachwork.reports.selection_page import ChosenPhoto, write_selection_page

    chosen = [
        ChosenPhoto(choice=choice, reasons=reasons, path=report.paths[choice.candidate.name])
        for choice, reasons in zip(report.choices, report.reasons, strict=True)
    ]
    about = {
        "pool": f"{report.plan.pool}, {report.examined} photos",
        "dataset": report.plan.dataset or "none given: nothing counts as rare",
        "model": f"{report.model} ({report.digest[:12]})",
        "compared by": report.embedded_by,
    }
    done = 0

    def drawn() -> None:
        nonlocal done
        done += 1
        seen("drawing the page", done, len(chosen))

    try:
        write_selection_page(chosen, folder / "selection.html", about=about, left_out=report.left_out, seen=drawn)
    except OSError as error:
        message = f"{folder} cannot be written: {error.strerror or error}; choose another folder with --to"
        raise SelectionError(message) from error


def _print(report: "SelectionReport", to: Path | None) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from coachwork.datasets.candidates import reasons_left_out

    console = Console()
    table = Table(header_style="bold")
    table.add_column("", justify="right")
    table.add_column("photo", overflow="fold")
    table.add_column("why", overflow="fold")
    for rank, (choice, reasons) in enumerate(zip(report.choices, report.reasons, strict=True), start=1):
        table.add_row(str(rank), escape(choice.candidate.name), escape("\n".join(reasons)))
    if report.choices:
        console.print(table)
    compared = f"compared with {report.annotated} annotated photos" if report.annotated else "compared with each other"
    console.print(
        f"{len(report.choices)} of {report.examined} photos chosen, {len(report.left_out)} left out; {compared}, "
        f"by {report.embedded_by}",
        highlight=False,
    )
    for words, times in reasons_left_out(report.left_out):
        console.print(escape(f"left out: {times} x {words}"), highlight=False)
    if to is not None:
        console.print(
            f"photos: {escape(str(to / 'photos'))}; page: {escape(str(to / 'selection.html'))}",
            highlight=False,
            soft_wrap=True,
        )
        console.print(
            escape(f"let the model draw first with  coachwork preannotate {to / 'photos'} --to TASK --format cvat"),
            highlight=False,
            soft_wrap=True,
        )
