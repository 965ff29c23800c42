"""`coachwork severity evaluate`: how well a rule agrees with people on how severe damages are."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from coachwork.cli.bundle_path import BundlePath

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rich.console import Console
    from rich.table import Table

    from coachwork.datasets.sample import Sample
    from coachwork.evaluation.bootstrap import Figure
    from coachwork.evaluation.severity import SeverityCase, SeverityFigures
    from coachwork.evaluation.severity_examples import Predict, SeverityExample


@click.command("evaluate")
@click.argument("dataset")
@click.option("--rule", type=click.Path(path_type=Path), help="Severity rule, by default the one that ships.")
@click.option("--bundle", type=BundlePath(), help="Measure also on what this damage model finds; or shipped.")
@click.option("--parts", type=click.Path(path_type=Path), help="Part model, for sizes relative to the part.")
@click.option("--split", default="val", show_default=True, type=click.Choice(["train", "val", "test", "all"]))
@click.option("--source", metavar="NAME", help="Only photos from this source of the dataset.")
@click.option("--json", "json_file", type=click.Path(path_type=Path), help="File for the figures as JSON.")
def evaluate_command(
    dataset: str,
    *,
    rule: Path | None,
    bundle: Path | None,
    parts: Path | None,
    split: str,
    source: str | None,
    json_file: Path | None,
) -> None:
    """Measure a severity rule on the photos of DATASET that state severities.

    Damages lie where people drew them; with --bundle a second table takes those that the model found (IoU of at least
    0.5 with one that people drew). The kappa columns count a single level for every damage, those under "stated" only
    the damages for which the rule states one.

    \b
      coachwork severity evaluate datasets/mine --source used-cars --bundle shipped
    """  # noqa: D301  # click reads the escape
    from rich.console import Console

    from coachwork.cli.evaluate import chosen_samples
    from coachwork.datasets.dataset import read_dataset
    from coachwork.evaluation.severity_examples import severity_cases
    from coachwork.inference.severity_file import read_severity_rule

    photos, known = read_dataset(dataset), read_severity_rule(rule)
    samples = chosen_samples(photos.samples, split=split, source=source, limit=None)
    told = None if parts is None else part_predictor(parts)
    console, progress = Console(), Console(stderr=True)
    examples = {"as people drew them": looked_at(samples, photos.folder, progress, parts=told)}
    if bundle is not None:
        found = looked_at(samples, photos.folder, progress, parts=told, found_by=damage_predictor(bundle))
        examples["as the model found them"] = found
    measured = {}
    for where, damages in examples.items():
        figures = _by_kind(severity_cases(known, damages))
        measured[where] = {row: one.to_json() for row, one in figures.items()}
        print_figures(console, f"{known.name} on {photos.name} {split}, {len(damages)} damages {where}", figures)
    if json_file is not None:
        json_file.parent.mkdir(parents=True, exist_ok=True)
        about = {"schema": "coachwork.severity_evaluation/1", "rule": known.digest, "dataset": photos.digest}
        json_file.write_text(json.dumps(about | {"split": split, "figures": measured}, indent=1) + "\n", "utf-8")


def looked_at(
    samples: "Sequence[Sample]",
    folder: Path,
    console: "Console",
    *,
    parts: "Predict | None" = None,
    found_by: "Predict | None" = None,
) -> "tuple[SeverityExample, ...]":
    """The damages of some photos that have a severity, measured, with a progress bar where somebody looks."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from coachwork.evaluation.severity_examples import examples_of

    columns = (TextColumn("looking at photos"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("photos", total=len(samples))
        return examples_of(samples, folder, parts=parts, found_by=found_by, progress=lambda: bar.advance(task))


def part_predictor(folder: Path) -> "Predict":
    """The part model of a bundle, at its operating point."""
    from coachwork.taxonomy import Task

    return _predictor(folder, Task.PARTS)


def damage_predictor(folder: Path) -> "Predict":
    """The damage model of a bundle, at its operating point."""
    from coachwork.taxonomy import Task

    return _predictor(folder, Task.DAMAGE)


def _predictor(folder: Path, task: str) -> "Predict":
    import numpy as np

    from coachwork.inference.bundle import BundleError, load_bundle
    from coachwork.inference.predictor import Predictor

    bundle = load_bundle(folder)
    if bundle.card.task != task:
        raise BundleError(folder=folder, why=f"its task is {bundle.card.task}, one whose task is {task} is needed here")
    predictor, least = Predictor(bundle), np.array(bundle.card.operating_point)
    return lambda photo: predictor.predict(photo, min_score=least)


def _by_kind(cases: "Sequence[SeverityCase]") -> "dict[str, SeverityFigures]":
    from coachwork.evaluation.pairs import EvaluationError
    from coachwork.evaluation.severity import severity_figures

    if not cases:
        message = "the rule knows none of the types of these damages: choose another dataset, or fit a rule on it"
        raise EvaluationError(message)
    kinds = list(dict.fromkeys(case.kind for case in cases))
    rows = {kind.words: severity_figures([case for case in cases if case.kind is kind]) for kind in kinds}
    return {"all types": severity_figures(cases)} | rows


def print_figures(console: "Console", title: str, rows: "Mapping[str, SeverityFigures]") -> None:
    """Prints figures as tables that fit a terminal of 80 columns."""
    from rich.markup import escape

    console.print(f"[bold]{escape(title)}[/bold]; minor/moderate/severe examples, figures in percent", highlight=False)
    counts = _table("type", "examples", "range given", "stated right", "weighted kappa", "of stated")
    covers = _table("right level in the range", "minor", "moderate", "severe", "calibration error")
    for name, one in rows.items():
        examples = "/".join(str(count) for count in one.examples.values())
        figures = (one.abstained, one.right, one.quadratic_kappa, one.stated_quadratic_kappa)
        counts.add_row(name, examples, *(_cell(figure) for figure in figures))
        levels = (_cell(one.level_coverage.get(level)) for level in one.examples)
        covers.add_row(name, *levels, f"{100 * one.calibration_error:.1f}")
    console.print(counts)
    console.print(covers)


def _cell(figure: "Figure | None") -> str:
    if figure is None or figure.value is None:
        return "-"
    if figure.low == figure.high:
        return f"{100 * figure.value:.1f}"
    return str(figure).replace(" (", "\n").replace(" to ", "-").rstrip(")")


def _table(*headings: str) -> "Table":
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False, padding=(0, 1, 0, 0))
    for place, heading in enumerate(headings):
        table.add_column(heading, justify="right" if place else "left", no_wrap=place == 0, min_width=9)
    return table
