"""`coachwork export`: a checkpoint becomes a bundle."""

from pathlib import Path

import click

from coachwork.cli.bundle_path import own_folder
from coachwork.errors import MissingExtra

_HELP = """Export CHECKPOINT (a .pt file of a run) to the folder BUNDLE.

Writes model.onnx, proves on real photos that it says what the torch model says, finds thresholds and the bounds of the
verdict on the validation photos of the run's datasets, and writes card.json with all that must be known of the model,
the licences of its training photos among it. A run that MLflow tracks gets the bundle and its figures attached.

\b
Example:
  coachwork export runs/damage/best.pt bundles/damage
  coachwork export runs/parts/best.pt bundles/parts --half-weights
"""


@click.command("export", help=_HELP)
@click.argument("checkpoint", type=click.Path(path_type=Path))
@click.argument("bundle", type=click.Path(path_type=Path))
@click.option("--name", default="", help="Name of the bundle [the plan's name].")
@click.option("--half-weights", is_flag=True, help="Store weights as 16-bit numbers: half the size, the same speed.")
@click.option(
    "--side", type=click.IntRange(min=128), metavar="PX", help="Input of the bundle, PX x PX [as trained]; for U-Nets."
)
def export_command(checkpoint: Path, bundle: Path, name: str, *, half_weights: bool, side: int | None) -> None:
    """See `_HELP`."""
    from rich.progress import Progress

    folder = own_folder(bundle)
    try:
        from coachwork.training.exporting import export_bundle
        from coachwork.training.tracking.attaching import NotAttachedError, attach_bundle
    except ModuleNotFoundError as missing:
        raise MissingExtra(extra="train", package=str(missing.name)) from missing

    with Progress(transient=True) as bar:
        task = bar.add_task("calibrating on validation photos", total=None)
        written, agreement = export_bundle(
            checkpoint,
            folder,
            name=name,
            half_weights=half_weights,
            side=side,
            progress=lambda done, total: bar.update(task, completed=done, total=total),
        )
    for output in agreement:
        click.echo(
            f"ONNX and torch differ by at most {output.largest:.2g} in {output.output} (values to {output.scale:.3g})"
        )
    click.echo(f"thresholds: {written.card.thresholds_how}")
    for kind, score in written.card.thresholds.items():
        click.echo(f"  {kind.words:<24}{score:.2f}")
    for limit in written.card.limits:
        click.echo(f"limit: {limit}")
    try:
        run = attach_bundle(checkpoint, written)
    except NotAttachedError as away:
        click.secho(str(away), err=True, fg="yellow")
    else:
        if run is not None:
            click.echo(f"attached to the tracked run {run}")
    click.echo(f"wrote {written.folder} ({written.model_path.stat().st_size / 1e6:.1f} MB)")
