"""`coachwork variants`: quicker variants of a bundle's model, measured."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from coachwork.cli.bundle_path import own_folder
from coachwork.errors import MissingExtra

if TYPE_CHECKING:
    from rich.table import Table

    from coachwork.inference.variant import Variant

_HELP = """Make quicker variants of the model in BUNDLE, measure them on DATASET, and keep them in the bundle.

INT8 is made after training with the ranges of DATASET's training photos; blocks of layers that do not bear it are found
and left as they are. Accuracy is measured on its validation photos, beside time, size and memory. A variant whose
scores shift gets thresholds and a verdict of its own. The default is the fastest within 0.5 AP50 of the best.
Mirrored variants look at the mirror image, too, and average: twice the time, so they are for `coachwork assess --best`
alone, and the default is chosen without them.
OpenVINO's variants need the extra openvino. With --show, BUNDLE may be `shipped`, the damage model in the package.

\b
Examples:
  coachwork variants bundles/damage --on datasets/damage
  coachwork variants bundles/damage --on datasets/damage --no-mirrored
  coachwork variants shipped --show
"""


@click.command("variants", help=_HELP)
@click.argument("bundle")
@click.option("--on", "dataset", metavar="DATASET", help="Calibrate on its training photos, measure on its val.")
@click.option("--show", is_flag=True, help="Print the variants that the bundle has, and make none.")
@click.option("--json", "json_to", metavar="FILE|-", help="Write the table as one JSON object.")
@click.option("--calibration-photos", default=96, show_default=True, type=click.IntRange(min=1), metavar="N")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Measure on N validation photos only.")
@click.option("--rounds", default=30, show_default=True, type=click.IntRange(min=1), help="Times each is run.")
@click.option("--mirrored/--no-mirrored", default=True, show_default=True, help="Make those that look twice, too.")
def variants_command(
    bundle: str,
    *,
    dataset: str | None,
    show: bool,
    json_to: str | None,
    calibration_photos: int,
    limit: int | None,
    rounds: int,
    mirrored: bool,
) -> None:
    """See `_HELP`."""
    from coachwork.inference.bundle import bundle_folder, load_bundle

    if show == (dataset is not None):
        message = "say --on DATASET to make variants, or --show to see those there are"
        raise click.UsageError(message)
    if dataset is not None:
        _make(
            own_folder(bundle),
            dataset,
            calibration_photos=calibration_photos,
            limit=limit,
            rounds=rounds,
            mirrored=mirrored,
        )
    folder = bundle_folder(bundle)
    _tell(folder, load_bundle(folder, variant="fp32-onnxruntime").variants, json_to)


def _make(bundle: Path, place: str, *, calibration_photos: int, limit: int | None, rounds: int, mirrored: bool) -> None:
    from rich.console import Console
    from rich.progress import Progress

    from coachwork.datasets.dataset import read_dataset

    try:
        from coachwork.variants.making import VariantPlan, make_variants
    except ModuleNotFoundError as missing:
        raise MissingExtra(extra="train", package=str(missing.name)) from missing
    dataset = read_dataset(place)
    plan = VariantPlan(calibration_photos=calibration_photos, limit=limit, rounds=rounds, mirrored=mirrored)
    with Progress(transient=True, console=Console(stderr=True)) as bar:
        tasks = {what: bar.add_task(what, total=None) for what in ("quantising", "timing", "measuring", "weighing")}
        made = make_variants(
            bundle,
            dataset,
            plan,
            progress=lambda what, done, total: bar.update(tasks[what], completed=done, total=total),
        )
    kept = f"{len(made.quantised.kept)} of {made.quantised.nodes} steps stay in full precision"
    click.echo(f"INT8: {kept}; outputs are off by {made.quantised.error:.1%}", err=True)
    for name, why in made.left_out.items():
        click.echo(f"{name} was left out: {why}", err=True)


def _tell(bundle: Path, variants: "tuple[Variant, ...]", json_to: str | None) -> None:
    from rich.console import Console

    from coachwork.inference.variant import variants_to_json

    if json_to is not None:
        text = json.dumps({"bundle": str(bundle), "variants": variants_to_json(variants)}, indent=2)
        if json_to == "-":
            click.echo(text)
            return
        Path(json_to).write_text(text + "\n", encoding="utf-8")
    if not variants:
        click.echo("the bundle has no variants: make them with  coachwork variants BUNDLE --on DATASET")
        return
    console = Console()
    console.print(_table(variants))
    on = variants[0].measured.get("on", {})
    if on:
        photos = f"percent, on {on.get('photos')} validation photos of {on.get('dataset')}"
        rest = "milliseconds a photo, the model alone; memory of a process that runs it; thr.: threads, thresholds"
        console.print(f"* answers by default on this machine; {photos}; {rest}", highlight=False)


def _table(variants: "tuple[Variant, ...]") -> "Table":
    from rich import box
    from rich.table import Table

    from coachwork.inference.runtimes import usable_variant

    default, _ = usable_variant(variants)
    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False, padding=(0, 0, 0, 1))
    heads = (
        "variant",
        "mask\nAP50",
        "box\nAP50",
        "\nAUROC",
        "ms, 1\nthr.",
        "ms, 2\nthr.",
        "core\nms",
        "MB\ndisk",
        "MB\npeak",
        "own\nthr",
    )
    for number, name in enumerate(heads):
        table.add_column(name, justify="right" if number else "left", min_width=5 if number else 16, no_wrap=not number)
    for one in variants:
        shares = [_number(one.measured.get(key), 100.0) for key in ("mask_ap50", "box_ap50", "auroc")]
        times = [_number(one.measured.get(key)) for key in ("ms_1_thread", "ms_2_threads", "cpu_ms")]
        name = one.name.replace("-mirrored", "\n  -mirrored")  # as wide a table as terminals are
        name = f"[bold]{name} *[/bold]" if one is default else name
        sizes = [f"{one.size_bytes / 1e6:.1f}", _number(one.measured.get("peak_memory_mb")).split(".", maxsplit=1)[0]]
        table.add_row(name, *shares, *times, *sizes, "yes" if one.calibrated else "no")
    return table


def _number(value: object, times: float = 1.0) -> str:
    return f"{times * value:.1f}" if isinstance(value, int | float) else "-"
