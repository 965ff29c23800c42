"""`coachwork registry gate`: may this version become champion?"""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from coachwork.cli.registry_place import open_registry, place_options

if TYPE_CHECKING:
    from coachwork.registry.gate import GateReport
    from coachwork.registry.gating import GatePhotos

_HELP = """Ask the gates of VERSION beside the present champion, on the same photos.

Each gate passes, fails, or says that it could not be decided and what that would take. Ends with status 1 where
something stands in the way. The report is kept, and a promotion looks for it. The gates that ship are printed by
--print-gates: copy them, change them, and name your file with --gates.

\b
Examples:
  coachwork registry gate 2 --on datasets/damage
  coachwork registry gate challenger --on datasets/damage --undamaged datasets/undamaged --report gates.html
  coachwork registry gate 2 --on datasets/damage --gates gates.toml --json
  coachwork registry gate 2 --print-gates > gates.toml
"""


@click.command("gate", help=_HELP)
@click.argument("version")
@click.option("--on", "dataset", metavar="DATASET", help="Annotated photos: STORE/NAME[@VERSION].")
@click.option("--undamaged", metavar="DATASET", help="A dataset of undamaged cars, all splits.")
@click.option("--gates", "gates_file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="TOML file.")
@click.option("--split", default="val", show_default=True, type=click.Choice(["train", "val", "test", "all"]))
@click.option("--source", metavar="NAME", help="Only photos from this source of the dataset.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Only the first N photos of each dataset.")
@click.option("--crops/--no-crops", default=True, show_default=True, help="Also judge crops; 3 x slower.")
@click.option("--resamples", default=400, show_default=True, type=click.IntRange(min=20), help="Draws per interval.")
@click.option("--report", "page", type=click.Path(dir_okay=False, path_type=Path), help="Also write this HTML page.")
@click.option("--print-gates", is_flag=True, help="Print the gates that ship, and do nothing else.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@place_options
def gate_command(
    *,
    version: str,
    dataset: str | None,
    undamaged: str | None,
    gates_file: Path | None,
    split: str,
    source: str | None,
    limit: int | None,
    resamples: int,
    page: Path | None,
    place: tuple[str, str, str, str],
    crops: bool,
    print_gates: bool,
    as_json: bool,
) -> None:
    """See `_HELP`."""
    from coachwork.cli.photo_bar import photo_bar
    from coachwork.registry.gate_toml import read_gates, shipped_gates_path

    if print_gates:
        click.echo(shipped_gates_path().read_text(encoding="utf-8"), nl=False)
        return
    if dataset is None:
        message = "name annotated photos that the models did not learn from, with --on STORE/NAME"
        raise click.UsageError(message)
    limits = read_gates(gates_file)
    registry = open_registry(place)
    model = registry.named(version)
    photos = _photos(dataset, undamaged, split=split, source=source, limit=limit)
    with photo_bar("looking at photos") as progress:
        report = registry.gate(model, limits, photos, with_crops=crops, resamples=resamples, progress=progress).report
    if page is not None:
        from coachwork.registry.gate_page import write_gate_page

        write_gate_page(report, page, name=f"{model.name} {model.version}")
    if as_json:
        click.echo(json.dumps(report.to_json(), indent=1))
    else:
        print_report(report)
        if page is not None:
            click.echo(f"report: {page}")
    if not report.passed:
        raise click.exceptions.Exit(1)


def _photos(dataset: str, undamaged: str | None, *, split: str, source: str | None, limit: int | None) -> "GatePhotos":
    from coachwork.cli.evaluate import chosen_samples
    from coachwork.datasets.dataset import read_dataset
    from coachwork.registry.gating import GatePhotos

    photos = read_dataset(dataset)
    clean = read_dataset(undamaged) if undamaged else None
    about = f"{photos.name} {photos.digest[:12]}, {split}" + (f", {source}" if source else "")
    return GatePhotos(
        samples=chosen_samples(photos.samples, split=split, source=source, limit=limit),
        folder=photos.folder,
        undamaged=chosen_samples(clean.samples, split="all", source=None, limit=limit) if clean else (),
        undamaged_folder=clean.folder if clean else None,
        about=about + (f"; {clean.name} {clean.digest[:12]}" if clean else ""),
    )


def print_report(report: "GateReport") -> None:
    """Prints a table of what the gates found, and the whole in a sentence."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    from coachwork.registry.gate import Outcome

    colours = {Outcome.PASSED: "green", Outcome.FAILED: "red", Outcome.UNDECIDED: "yellow"}
    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False, padding=(0, 1, 0, 0))
    for name, width in (("gate", 28), ("", None), ("measured", 28), ("limit", 22), ("why not", None)):
        table.add_column(name, overflow="fold", max_width=width)
    for one in report.findings:
        mark = f"[{colours[one.outcome]}]{one.outcome.value}[/]" + (" [bold]blocks[/]" if one.blocks else "")
        meaning = "" if one.outcome is Outcome.PASSED else one.sentence
        table.add_row(one.name, mark, one.figure, one.limit, meaning)
    console = Console()
    console.print(table)
    if report.left_out:
        console.print(f"not asked, as the gates' file turns them off: {', '.join(report.left_out)}", highlight=False)
    console.print(report.summary, style="bold green" if report.passed else "bold red", highlight=False, soft_wrap=True)
