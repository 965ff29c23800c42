"""`coachwork dataset report`: what a dataset holds, and what is wrong with it."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from coachwork.cli.bundle_path import BundlePath

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from coachwork.datasets.sample import Sample
    from coachwork.datasets.understanding import SecondOpinion, Understanding

_HELP = """Show what DATASET holds and what is wrong with it, as one HTML page.

Types, sizes, what occurs together, lighting and sharpness, near-duplicates, leaks across splits, examples with their
label maps, and annotations that are probably wrong, with crops. With a bundle also those that the model contradicts.

\b
Examples:
  coachwork dataset report datasets/mine
  coachwork dataset report datasets/mine --bundle shipped --model-photos 500 --out mine.html
  coachwork dataset report datasets/mine --json
"""


@click.command("report", help=_HELP)
@click.argument("dataset", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="The page; by default NAME-report.html in this folder.")
@click.option("--bundle", type=BundlePath(), help="A model that looks at the photos too: a folder, or shipped.")
@click.option("--model-photos", type=click.IntRange(min=1), metavar="N", help="It looks at N photos at most.")
@click.option("--pictures", default=9, show_default=True, type=click.IntRange(min=0), help="Crops of each suspicion.")
@click.option("--json", "as_json", is_flag=True, help="Print figures and all suspicions as one JSON object.")
def dataset_report_command(
    dataset: Path, *, out: Path | None, bundle: Path | None, model_photos: int | None, pictures: int, as_json: bool
) -> None:
    """See `_HELP`."""
    from rich.console import Console

    from coachwork.datasets.dataset import read_dataset
    from coachwork.reports.dataset_pictures import PictureLimits
    from coachwork.reports.dataset_report import SourceFacts, write_dataset_report

    read = read_dataset(dataset)
    opinion = None if bundle is None else _opinion(bundle)
    about = {"dataset": str(dataset), "digest": read.digest}
    progress = Console(stderr=True)
    found = _understood(read.samples, read.folder, opinion, most=model_photos, about=about, console=progress)
    page = out or Path(f"{read.name}-report.html")
    with progress.status("drawing the page"):
        write_dataset_report(
            found,
            page,
            folder=read.folder,
            title=f"Dataset {read.name}",
            sources=[SourceFacts(name=one.name, title=one.title, licence=one.licence) for one in read.sources],
            limits=PictureLimits(suspicions=pictures),
        )
    if as_json:
        import json

        click.echo(json.dumps(found.as_json() | {"report": str(page)}, ensure_ascii=False))
    else:
        _print(found, page, Console())


def _opinion(bundle: Path) -> "SecondOpinion":
    from coachwork.assessments.verdict import VERDICT_FLOOR
    from coachwork.datasets.understanding import SecondOpinion
    from coachwork.inference.assessing import MIN_SIDE
    from coachwork.inference.bundle import load_bundle
    from coachwork.inference.predictor import Predictor

    loaded = load_bundle(bundle)
    predictor = Predictor(loaded)
    return SecondOpinion(
        predict=lambda photo: predictor.predict(photo, min_score=VERDICT_FLOOR),
        thresholds=loaded.card.thresholds,
        name=f"{loaded.card.name} ({loaded.digest[:12]})",
        min_side=max(MIN_SIDE, loaded.card.input_size.longest),
    )


def _understood(
    samples: "Sequence[Sample]",
    folder: Path,
    opinion: "SecondOpinion | None",
    *,
    most: int | None,
    about: dict[str, str],
    console: "Console",
) -> "Understanding":
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from coachwork.datasets.understanding import understand

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        looking = bar.add_task("looking at photos", total=len(samples))
        judging = bar.add_task("showing them to the model", total=min(len(samples), most or len(samples)))
        bar.update(judging, visible=opinion is not None)
        return understand(
            samples,
            folder,
            opinion=opinion,
            most=most,
            about=about,
            seen=lambda: bar.advance(looking),
            judged=lambda: bar.advance(judging),
        )


def _print(found: "Understanding", page: Path, console: "Console") -> None:
    from rich.markup import escape
    from rich.table import Table

    from coachwork.datasets.suspicions import count_by_kind
    from coachwork.reports.dataset_pictures import shortened

    statistics = found.statistics
    console.print(
        f"{statistics.photos} photos in {statistics.clusters} groups, {statistics.shapes} damages of "
        f"{len(statistics.types)} types",
        highlight=False,
    )
    for sentence in found.findings:
        console.print(f"[yellow]-[/yellow] {escape(sentence)}", highlight=False, soft_wrap=True)
    if found.suspicions:
        table = Table(title="Suspicious annotations", title_justify="left", header_style="bold")
        table.add_column("kind", no_wrap=True)
        table.add_column("count", justify="right")
        table.add_column("the worst", overflow="fold")
        for kind, count in count_by_kind(found.suspicions).items():
            worst = next(one for one in found.suspicions if one.kind is kind)
            table.add_row(kind.words, str(count), escape(f"{worst.what} ({shortened(worst.sample.name)})"))
        console.print(table)
    console.print(f"report: {page}", highlight=False, soft_wrap=True)
