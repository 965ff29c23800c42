"""`coachwork calibrate`: a bundle is calibrated anew on annotated photos, without training."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from coachwork.cli.bundle_path import BundlePath, own_folder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.table import Table

    from coachwork.assessments.held_out import HeldOut
    from coachwork.inference.card import Card

_HELP = """Calibrate the model in BUNDLE on the annotated photos of DATASET, and write the bundle to a folder.

BUNDLE is a folder, or `shipped` for the damage model in the package. The network stays as it is. Found anew are the
thresholds, the probability that a score stands for, the bounds of the verdict (how rarely "none" misses damage on
photos like these), and what photos of cars look like. Take photos of your own that the model was not trained on.
Variants that hold a calibration of their own are calibrated too.

\b
Examples:
  coachwork calibrate shipped --on datasets/ours --to bundles/ours
  coachwork calibrate shipped --on datasets/ours --split all --miss-rate 0.02 --to bundles/ours
"""


@click.command("calibrate", help=_HELP)
@click.argument("bundle", type=BundlePath())
@click.option("--on", "dataset", required=True, metavar="DATASET", help="Annotated photos: STORE/NAME[@VERSION].")
@click.option("--to", type=click.Path(path_type=Path), required=True, help="Folder to write; it may be BUNDLE itself.")
@click.option("--split", default="val", show_default=True, type=click.Choice(["train", "val", "test", "all"]))
@click.option(
    "--miss-rate",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    metavar="SHARE",
    help="Share of a car's damaged photos that none may miss, at most 0.25  [0.05].",
)
def calibrate_command(bundle: Path, *, dataset: str, to: Path, split: str, miss_rate: float | None) -> None:
    """See `_HELP`."""
    from rich.console import Console
    from rich.progress import Progress

    from coachwork.cli.evaluate import chosen_samples
    from coachwork.datasets.dataset import read_dataset
    from coachwork.inference.recalibrating import recalibrate_bundle

    folder, photos = own_folder(to), read_dataset(dataset)
    samples = chosen_samples(photos.samples, split=split, source=None, limit=None)
    entries = [(photos.folder, sample) for sample in samples if sample.annotated or sample.shapes]
    with Progress(transient=True, console=Console(stderr=True)) as bar:
        task = bar.add_task("looking at photos", total=None)
        written, dropped = recalibrate_bundle(
            bundle,
            folder,
            entries,
            miss_rate=miss_rate,
            progress=lambda done, total: bar.update(task, completed=done, total=total),
        )
    for name, why in dropped.items():
        click.secho(f"the variant {name} was left out: {why}", err=True, fg="yellow")
    print_calibration(written.card)
    click.echo(f"wrote {written.folder}")


def print_calibration(card: "Card") -> None:
    """Prints what a card was calibrated to: thresholds, errors of probabilities, the promise of "none"."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False, padding=(0, 1, 0, 0))
    for number, name in enumerate(
        ("type", "thres-\nhold", "told", "right", "ECE of\nscores", "ECE\nfitted", "ECE by\nchance", "rule")
    ):
        table.add_column(name, justify="right" if 0 < number < 7 else "left", no_wrap=True)
    for kind, threshold in card.thresholds.items():
        rule = card.score_calibration.get(kind)
        known = None if rule is None else rule.reliability
        cells = ["-"] * 5
        if known is not None:
            errors = (known.error_before, known.error_after, known.error_by_chance)
            told = ["-" if error is None else f"{100 * error:.1f}" for error in errors]
            cells = [str(known.detections), str(known.right), *told]
        table.add_row(kind.words, f"{threshold:.2f}", *cells, "-" if rule is None else rule.method.value)
    console = Console()
    console.print(table)
    console.print(f"thresholds: {card.thresholds_how}", highlight=False)
    console.print(
        "ECE: the error of scores, and of the probabilities fitted to them, out of fold, in percent", highlight=False
    )
    console.print("by chance: the ECE that so many detections show if every probability is true", highlight=False)
    verdict = card.verdict
    if verdict is None:
        console.print("none: never claimed, as the photos show no undamaged place to learn from", highlight=False)
    elif not verdict.none_below:
        console.print("none: never claimed, as there are too few cars to promise a miss rate", highlight=False)
    else:
        console.print(
            f"none: below a damage probability of {verdict.none_below:.4f}; {verdict.promise}", highlight=False
        )
    if verdict is not None and verdict.held_out:
        console.print(_held_out(verdict.held_out))
        console.print("verdicts on cars that the calibration had not seen (five fits)", highlight=False)
    known_cars = card.familiarity
    if known_cars is None:
        console.print("no car: not told, for lack of embeddings or of pictures", highlight=False)
    else:
        share = f"{known_cars.false_alarm_rate:.0%} of photos of cars are beyond"
        console.print(f"no car: told from a distance of {known_cars.limit:.2f} on; {share}", highlight=False)


def _held_out(measured: "Sequence[HeldOut]") -> "Table":
    """One line for each stated miss rate and kind of picture."""
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False, padding=(0, 1, 0, 0))
    for number, name in enumerate(("stated", "pictures", "missed", "undamaged: none", "undamaged: damaged")):
        table.add_column(name, justify="left" if number == 1 else "right", no_wrap=True)
    for one in measured:
        table.add_row(
            f"{one.miss_rate:.0%}",
            one.group,
            f"{one.missed} / {one.damaged}",
            f"{one.called_none} / {one.undamaged}",
            f"{one.called_damaged} / {one.undamaged}",
        )
    return table
