"""`coachwork stitch`: a trained model on another backbone."""

from pathlib import Path

import click

from coachwork.errors import MissingExtra

_HELP = """Put the model of CHECKPOINT (a .pt file of a run) on another backbone and write it to STITCHED.

The new backbone comes with its ImageNet weights. What the decoder reads of the old one is foretold from it, by least
squares on training photos, so that the model goes on from nearly where it was. Train it from there: name STITCHED as
`initial` in the plan's [model], and the same backbone. For efficientdet and mask_query.

\b
Example:
  coachwork stitch runs/damage/last.pt runs/damage-lite2.pt --backbone efficientnet_lite2
  coachwork train plans/damage.toml --set model.backbone=efficientnet_lite2 \\
    --set model.initial=runs/damage-lite2.pt --to runs/damage-lite2
"""


@click.command("stitch", help=_HELP)
@click.argument("checkpoint", type=click.Path(path_type=Path))
@click.argument("stitched", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--backbone", required=True, help="The new backbone: efficientnet_lite0, _lite1, _lite2, timm/NAME.")
@click.option(
    "--photos", default=256, show_default=True, type=click.IntRange(min=10), help="Training photos to fit on."
)
def stitch_command(checkpoint: Path, stitched: Path, *, backbone: str, photos: int) -> None:
    """See `_HELP`."""
    from rich.console import Console
    from rich.progress import track

    if stitched.exists():
        message = f"{stitched} is there already: name another file, or remove it first"
        raise click.UsageError(message)

    try:
        from coachwork.training.checkpoint import read_checkpoint, write_checkpoint
        from coachwork.training.plan import plan_from_json
        from coachwork.training.stitching import stitch, training_photos
    except ModuleNotFoundError as missing:
        raise MissingExtra(extra="train", package=str(missing.name)) from missing

    old = read_checkpoint(checkpoint)
    chosen = training_photos(plan_from_json(old.plan), photos)
    new, told = stitch(
        old, backbone, track(chosen, "looking at photos", total=photos, transient=True, console=Console(stderr=True))
    )
    write_checkpoint(stitched, new)
    for stride, share in told.items():
        click.echo(f"stride {stride:>2}: {100 * share:.0f} % of what the decoder reads is foretold on photos held out")
    click.echo(f"wrote {stitched}: train it on, with it as model.initial and {backbone} as model.backbone")
