"""`coachwork compare`: models side by side on the same photos."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console
    from rich.table import Table

    from coachwork.evaluation.bootstrap import Figure
    from coachwork.evaluation.comparing import Comparison, Row
    from coachwork.evaluation.contenders import Looks
    from coachwork.inference.bundle import Bundle

_HELP = """Compare two to four models on the same annotated photos.

The first BUNDLE is what the others are compared with. Every difference comes with an interval from drawing whole
groups of like photos again and again, the same ones for every model, and with a plain sentence. The same is done for
dark photos, blurred ones, close-ups, whole cars and small damages. A BUNDLE is a folder, or `shipped` for the damage
model in the package. BUNDLE:VARIANT names a variant of it, such as shipped:int8-openvino; without it, the one that
`coachwork assess` takes is compared.

\b
Examples:
  coachwork compare shipped runs/new/bundle --on datasets/damage
  coachwork compare bundles/a bundles/b --on datasets/damage --source claims --report a-b.html
  coachwork compare bundles/a bundles/b --on datasets/damage --undamaged datasets/undamaged --json
  coachwork compare bundles/a:best bundles/a:fast --on datasets/damage
"""


@click.command("compare", help=_HELP)
@click.argument("bundles", nargs=-1, required=True, metavar="BUNDLE BUNDLE ...")
@click.option("--on", "dataset", required=True, metavar="DATASET", help="Annotated photos: STORE/NAME[@VERSION].")
@click.option("--undamaged", metavar="DATASET", help="A dataset of undamaged cars, all splits.")
@click.option("--split", default="val", show_default=True, type=click.Choice(["train", "val", "test", "all"]))
@click.option("--source", metavar="NAME", help="Only photos from this source of the dataset.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Only the first N photos of each dataset.")
@click.option(
    "--crops/--no-crops", default=True, show_default=True, help="Also judge damaged and damage-free crops; 3 x slower."
)
@click.option("--resamples", default=400, show_default=True, type=click.IntRange(min=20), help="Draws per interval.")
@click.option("--seed", default=0, show_default=True, help="Seed of the draws and of the crops.")
@click.option("--threads", type=click.IntRange(min=1), help="CPU threads of each model [all cores].")
@click.option("--report", type=click.Path(dir_okay=False, path_type=Path), help="Also write this HTML page.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def compare_command(
    *,
    bundles: tuple[str, ...],
    dataset: str,
    undamaged: str | None,
    split: str,
    source: str | None,
    limit: int | None,
    crops: bool,
    resamples: int,
    seed: int,
    threads: int | None,
    report: Path | None,
    as_json: bool,
) -> None:
    """See `_HELP`."""
    from rich.console import Console

    from coachwork.cli.evaluate import chosen_samples
    from coachwork.cli.photo_bar import photo_bar
    from coachwork.datasets.dataset import read_dataset
    from coachwork.evaluation.comparison_page import write_comparison
    from coachwork.evaluation.contenders import LABELS, look_at
    from coachwork.inference.contending import bundle_at, contenders_of

    if not 2 <= len(bundles) <= len(LABELS):
        message = f"give two to {len(LABELS)} bundles, got {len(bundles)}; `coachwork leaderboard` takes more"
        raise click.UsageError(message)
    loaded = [bundle_at(place) for place in bundles]
    _tell_alike(bundles, loaded)
    contenders = contenders_of(loaded, threads=threads)
    if len({type(kind) for contender in contenders for kind in contender.types}) > 1:
        message = "the bundles have different tasks, damages and parts: compare those of one task"
        raise click.UsageError(message)
    photos = read_dataset(dataset)
    samples = chosen_samples(photos.samples, split=split, source=source, limit=limit)
    clean_set = read_dataset(undamaged) if undamaged else None
    clean = chosen_samples(clean_set.samples, split="all", source=None, limit=limit) if clean_set else ()
    with photo_bar("looking at photos") as seen:
        looks = look_at(
            contenders,
            samples,
            photos.folder,
            undamaged=clean,
            undamaged_folder=clean_set.folder if clean_set else None,
            with_crops=crops,
            seed=seed,
            progress=seen,
        )
    about = {
        "dataset": f"{photos.name}, {photos.digest[:12]}",
        "split": split,
        "source": source or "",
        "undamaged": f"{clean_set.name}, {clean_set.digest[:12]}" if clean_set else "",
    }
    comparison = _measured(looks, {name: text for name, text in about.items() if text}, resamples, seed)
    if report is not None:
        write_comparison(comparison, report)
    if as_json:
        click.echo(json.dumps(comparison.to_json(), ensure_ascii=False, indent=1))
        return
    console = Console()
    print_comparison(comparison, console)
    if report is not None:
        console.print(f"report: {report}", highlight=False, soft_wrap=True, markup=False)


def _tell_alike(places: "Sequence[str]", bundles: "Sequence[Bundle]") -> None:
    """Says which places mean one and the same variant of one bundle.

    Raises:
        UsageError: all of them do, so that there is nothing to compare.
    """
    alike: dict[tuple[Path, str], list[str]] = {}
    for place, bundle in zip(places, bundles, strict=True):
        alike.setdefault((bundle.folder.resolve(), bundle.variant.name), []).append(place)
    for (_, variant), same in alike.items():
        sentence = f"{' and '.join(same)} are one and the same model, {variant}"
        if len(alike) == 1:
            message = f"{sentence}: name another bundle or variant; `coachwork variants BUNDLE --show` lists them"
            raise click.UsageError(message)
        if len(same) > 1:
            click.secho(f"{sentence}: what differs between them is chance or time", err=True, fg="yellow")


def _measured(looks: "Looks", about: dict[str, str], resamples: int, seed: int) -> "Comparison":
    from coachwork.cli.photo_bar import photo_bar
    from coachwork.evaluation.comparing import compare

    with photo_bar("drawing photos again and again") as done:
        return compare(looks, about=about, resamples=resamples, seed=seed, progress=done)


def print_comparison(comparison: "Comparison", console: "Console") -> None:
    """Prints the figures and what can be told."""
    from rich.markup import escape

    for one, ms in zip(comparison.contenders, comparison.milliseconds, strict=True):
        line = f"[bold]{one.label}[/bold]  {escape(one.name)}, {escape(one.architecture)}, {one.digest[:12]}"
        console.print(f"{line}: {ms:.0f} ms a photo, {one.megabytes:.1f} MB", highlight=False)
    overall = comparison.overall
    text = (
        f"{overall.photos} photos with damages, {overall.undamaged} without; figures in percent, differences in points"
    )
    console.print(f"on {comparison.about.get('dataset', 'photos')}: {text}", highlight=False, markup=False)
    for group, name in (
        ("headline", "dent, scratch, missing part"),
        ("type", "by type"),
        ("verdict", "damaged or not"),
    ):
        rows = [row for row in overall.rows if row.group == group]
        if rows:
            console.print(_table(name, [(_short(row), row) for row in rows], comparison))
    for key, name in (("mask_ap50", "mask AP50"), ("auroc photos", "AUROC"), ("miss_rate photos", "called none")):
        rows_by_slice = [
            (f"{part.slice.name} ({part.photos})", row)
            for part in comparison.slices
            for row in part.rows
            if row.key == key
        ]
        if rows_by_slice:
            console.print(_table(f"{name} by slice (photos)", rows_by_slice, comparison))
    for part in comparison.slices:
        console.print(f"[dim]{part.slice.name}: {escape(part.slice.definition)}[/dim]", highlight=False)


def _table(name: str, rows: "Sequence[tuple[str, Row]]", comparison: "Comparison") -> "Table":
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column(name, max_width=33)
    for one in comparison.contenders:
        table.add_column(one.label, justify="right", min_width=5, no_wrap=True)
    several = len(comparison.contenders) > 2
    table.add_column("verdict")
    for text, row in rows:
        pairs = zip(comparison.contenders[1:], row.verdicts, strict=True)
        said = [f"{one.label}: {verdict}" if several else verdict for one, verdict in pairs]
        styled = [f"[bold]{line}[/bold]" if " is better by " in line else f"[dim]{line}[/dim]" for line in said]
        table.add_row(text, *(_percent(value) for value in row.values), "\n".join(styled))
    return table


def _short(row: "Row") -> str:
    """A row's name without what the table's heading says already."""
    return row.name.partition(",")[0] if row.group == "headline" else row.name


def _percent(value: "Figure") -> str:
    return "-" if value.value is None else f"{100 * value.value:.1f}"
