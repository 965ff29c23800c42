"""`coachwork evaluate`: how good a model is on annotated photos."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from coachwork.cli.bundle_path import BundlePath

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import Console
    from rich.table import Table

    from coachwork.datasets.sample import Sample
    from coachwork.evaluation.bootstrap import Figure
    from coachwork.evaluation.run import Evaluation
    from coachwork.inference.bundle import Bundle


@click.command("evaluate")
@click.argument("bundle", type=BundlePath())
@click.argument("dataset")
@click.option("--split", default="val", show_default=True, type=click.Choice(["train", "val", "test", "all"]))
@click.option("--source", metavar="NAME", help="Only photos from this source of the dataset.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder for report.html and evaluation.json.")
@click.option("--json", "json_file", type=click.Path(path_type=Path), help="File for the figures as JSON.")
@click.option("--undamaged", metavar="DATASET", help="A dataset of undamaged cars, all splits.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Only the first N photos of each dataset.")
@click.option("--resamples", default=400, show_default=True, type=click.IntRange(min=2), help="Draws per interval.")
@click.option("--seed", default=0, show_default=True, help="Seed of the draws and of the crops.")
@click.option(
    "--run",
    "run_folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of the model's training run: MLflow gets the figures, too [where the bundle lies in it].",
)
def evaluate_command(
    bundle: Path,
    dataset: str,
    *,
    split: str,
    source: str | None,
    out: Path | None,
    json_file: Path | None,
    undamaged: str | None,
    limit: int | None,
    resamples: int,
    seed: int,
    run_folder: Path | None,
) -> None:
    """Measure the model in BUNDLE on the annotated photos of DATASET (STORE/NAME, or STORE/NAME@VERSION).

    BUNDLE is a folder, or `shipped` for the damage model in the package.

    Prints average precision of boxes and masks, precision and recall at the operating point, pixel overlap, and how
    well damaged photos are told from undamaged ones, with 95 % intervals.
    """
    from rich.console import Console

    from coachwork.datasets.dataset import read_dataset
    from coachwork.evaluation.report import write_report
    from coachwork.inference.bundle import load_bundle

    progress, console = Console(stderr=True), Console()
    loaded = load_bundle(bundle)
    photos = read_dataset(dataset)
    samples = chosen_samples(photos.samples, split=split, source=source, limit=limit)
    clean_set = read_dataset(undamaged) if undamaged else None
    clean = chosen_samples(clean_set.samples, split="all", source=None, limit=limit) if clean_set else ()
    about = {
        "model": loaded.card.name,
        "model digest": loaded.digest,
        "variant": loaded.variant.name,
        "dataset": photos.name,
        "dataset digest": photos.digest,
        "split": split,
        "source": source or "",
        "undamaged": f"{clean_set.name}, {clean_set.digest}" if clean_set else "",
    }
    evaluation = _evaluated(
        loaded,
        (samples, photos.folder),
        (clean, clean_set.folder if clean_set else None),
        about={name: text for name, text in about.items() if text},
        resamples=resamples,
        seed=seed,
        console=progress,
    )
    if out is not None:
        evaluation.write_json(out / "evaluation.json")
        clean_folder = clean_set.folder if clean_set else None
        write_report(evaluation, out / "report.html", folder=photos.folder, undamaged_folder=clean_folder)
    if json_file is not None:
        evaluation.write_json(json_file)
    print_evaluation(evaluation, console)
    if out is not None:
        console.print(f"report: {out / 'report.html'}", highlight=False, soft_wrap=True)
    _attach(evaluation, run_folder or bundle.absolute().parent, asked=run_folder is not None)


def _attach(evaluation: "Evaluation", folder: Path, *, asked: bool) -> None:
    """Attaches the figures to the tracked run of a folder; says why not where that was asked for."""
    from coachwork.errors import MissingExtra

    if not asked and not (folder / "tracking.json").is_file():
        return
    try:
        from coachwork.training.tracking.attaching import NotAttachedError, attach_evaluation

        try:
            run = attach_evaluation(folder, evaluation.to_json())
        except NotAttachedError as away:
            click.secho(str(away), err=True, fg="yellow")
            return
    except ModuleNotFoundError as missing:
        if asked:
            raise MissingExtra(extra="train", package=str(missing.name)) from missing
        return
    if run is not None:
        click.echo(f"attached to the tracked run {run}", err=True)
    elif asked:
        click.secho(f"{folder} holds no run that MLflow tracks: nothing was attached", err=True, fg="yellow")


def chosen_samples(
    samples: "Sequence[Sample]", *, split: str, source: str | None, limit: int | None
) -> "tuple[Sample, ...]":
    """The samples of a split and a source.

    Raises:
        EvaluationError: there are none.
    """
    from coachwork.evaluation.pairs import EvaluationError

    chosen = [s for s in samples if split in (s.split, "all") and source in (s.source, None)]
    if not chosen:
        there = sorted({f"{s.source}/{s.split}" for s in samples})
        wanted = f"{source or 'any source'}/{split}"
        message = f"the dataset has no photo of {wanted}; it has {', '.join(there) or 'none at all'}"
        raise EvaluationError(message)
    return tuple(chosen[:limit])


def _evaluated(
    bundle: "Bundle",
    damaged: "tuple[Sequence[Sample], Path]",
    undamaged: "tuple[Sequence[Sample], Path | None]",
    *,
    about: dict[str, str],
    resamples: int,
    seed: int,
    console: "Console",
) -> "Evaluation":
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from coachwork.assessments.verdict import VERDICT_FLOOR
    from coachwork.evaluation.run import OperatingPoint, evaluate
    from coachwork.inference.predictor import Predictor

    (samples, folder), (clean, clean_folder) = damaged, undamaged
    predictor = Predictor(bundle)
    columns = (TextColumn("looking at photos"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("photos", total=len(samples) + len(clean))
        return evaluate(
            lambda photo: predictor.predict(photo, min_score=VERDICT_FLOOR),
            samples,
            folder,
            point=OperatingPoint(
                thresholds=bundle.card.thresholds,
                verdict=bundle.card.verdict,
                score_calibration=bundle.card.score_calibration,
            ),
            undamaged=clean,
            undamaged_folder=clean_folder,
            about=about,
            resamples=resamples,
            seed=seed,
            progress=lambda done, _total: bar.update(task, completed=done),
        )


def print_evaluation(evaluation: "Evaluation", console: "Console") -> None:
    """Prints the figures as tables that fit a terminal of 80 columns."""
    from rich.markup import escape

    from coachwork.evaluation.figures import HEADLINE
    from coachwork.taxonomy import Task

    about = evaluation.about
    title = f"{about.get('model', 'model')} on {about.get('dataset', 'photos')} {about.get('split', '')}".strip()
    console.print(f"[bold]{escape(title)}[/bold]: {len(evaluation.pairs)} photos, figures in percent", highlight=False)
    console.print()
    console.print(_precision_table(evaluation))
    console.print(_point_table(evaluation))
    console.print(_size_table(evaluation))
    if evaluation.budgets:
        console.print(_budget_table(evaluation))
    if evaluation.verdicts:
        console.print(_verdict_table(evaluation))
    headline = evaluation.table[HEADLINE]
    main = "dent, scratch, missing part" if evaluation.task is Task.DAMAGE else "all parts"
    for key, name in (("mask_ap50", "mask AP50"), ("box_ap50", "box AP50"), ("f1", "F1")):
        if key in headline:
            console.print(f"{name} of {main}: [bold]{headline[key]}[/bold]", highlight=False)


def _precision_table(evaluation: "Evaluation") -> "Table":
    keys = {
        "mask_ap50": "mask AP50",
        "mask_ap": "mask AP",
        "mask_ar": "mask AR",
        "box_ap50": "box AP50",
        "box_ap": "box AP",
        "box_ar": "box AR",
    }
    table = _table("type", "shapes", *keys.values())
    for facts in evaluation.facts:
        name = facts.type.words + ("" if facts.seen else " [dim](not seen)[/dim]")
        figures = evaluation.table[facts.type]
        table.add_row(name, str(facts.truths), *(_percent(figures.get(key)) for key in keys))
    table.add_section()
    for row, name in _means(evaluation):
        table.add_row(name, "", *(_percent(evaluation.table[row].get(key)) for key in keys))
    return table


def _point_table(evaluation: "Evaluation") -> "Table":
    from coachwork.evaluation.figures import POOLED

    keys = {"precision": "precision", "recall": "recall", "f1": "F1", "pixel_iou": "pixel IoU", "pixel_dice": "Dice"}
    table = _table("at the operating point", "threshold", *keys.values())
    for facts in evaluation.facts:
        figures = evaluation.table[facts.type]
        table.add_row(facts.type.words, f"{facts.threshold:.2f}", *(_percent(figures.get(key)) for key in keys))
    table.add_section()
    means = (*_means(evaluation), (POOLED, "counted together"))
    for row, name in means:
        table.add_row(name, "", *(_percent(evaluation.table[row].get(key)) for key in keys))
    return table


def _means(evaluation: "Evaluation") -> "Iterator[tuple[str, str]]":
    """Rows of the means, and what they are called."""
    from coachwork.evaluation.figures import EVERY, HEADLINE, MAIN_WORDS
    from coachwork.taxonomy import Task

    yield HEADLINE, f"[bold]{MAIN_WORDS[evaluation.task]}[/bold]"
    if evaluation.task is Task.DAMAGE:
        yield EVERY, "all types"


def _size_table(evaluation: "Evaluation") -> "Table":
    from coachwork.evaluation.figures import HEADLINE, MAIN_WORDS

    table = _table(f"{MAIN_WORDS[evaluation.task]} by size", "all shapes", "mask AP50", "mask AP", "box AP50", "box AP")
    for size in evaluation.sizes:
        keys = [f"{part} {HEADLINE}" for part in ("mask_ap50", "mask_ap", "box_ap50", "box_ap")]
        table.add_row(size.name, str(size.truths), *(_percent(size.figures.get(key)) for key in keys))
    return table


def _budget_table(evaluation: "Evaluation") -> "Table":
    from coachwork.evaluation.error_budget import FAULT_WORDS

    extents = [budget.extent.value for budget in evaluation.budgets]
    headings = [heading for extent in extents for heading in (f"{extent} AP50", "count")]
    table = _table("what each mistake costs", *headings)
    for fault, words in FAULT_WORDS.items():
        cells = [(f"{100 * budget.gains[fault]:+.1f}", str(budget.counts[fault])) for budget in evaluation.budgets]
        table.add_row(f"without {words}", *(text for pair in cells for text in pair))
    return table


def _verdict_table(evaluation: "Evaluation") -> "Table":
    table = _table("damaged or not", "damaged", "undamaged", "AUROC", "called none", "false alarms")
    for name, verdict in evaluation.verdicts.items():
        figures = (verdict.auroc, verdict.miss_rate if verdict.calibrated else None, verdict.false_alarm_rate)
        cells = ["never" if value is None else str(value).replace(" (", "\n").rstrip(")") for value in figures]
        table.add_row(name, str(verdict.damaged), str(verdict.undamaged), *cells)
    return table


def _table(*columns: str) -> "Table":
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False, padding=(0, 1, 0, 0))
    for number, name in enumerate(columns):
        table.add_column(name, justify="right" if number else "left", no_wrap=number == 0, min_width=6)
    return table


def _percent(value: "Figure | None") -> str:
    return "-" if value is None or value.value is None else f"{100 * value.value:.1f}"
