"""`coachwork average`: the mean of several runs' weights."""

from pathlib import Path

import click

from coachwork.cli.bundle_path import BundlePath
from coachwork.errors import MissingExtra

_HELP = """Write the mean of the weights of several runs that went on from one start.

CHECKPOINTS are .pt files of runs, or bundles that carry weights (`shipped`: the damage model in the package); one that
is named twice counts twice. Plan and input size are those of the last. Measure before you believe: a mean helps where
the runs lie near each other, and is useless where each began from chance.

\b
Example:
  coachwork average shipped runs/a/last.pt runs/b/last.pt --to runs/mean.pt
  coachwork export runs/mean.pt bundles/mean
  coachwork compare shipped bundles/mean --on datasets/mine
"""


@click.command("average", help=_HELP)
@click.argument("checkpoints", nargs=-1, required=True, type=BundlePath())
@click.option(
    "--to", "mean", required=True, type=click.Path(path_type=Path, dir_okay=False), help="New checkpoint to write."
)
def average_command(checkpoints: tuple[Path, ...], *, mean: Path) -> None:
    """See `_HELP`."""
    if mean.exists():
        message = f"{mean} is there already: name another file, or remove it first"
        raise click.UsageError(message)

    try:
        from coachwork.training.checkpoint import read_checkpoint, write_checkpoint
        from coachwork.training.soup import mean_of
    except ModuleNotFoundError as missing:
        raise MissingExtra(extra="train", package=str(missing.name)) from missing

    write_checkpoint(mean, mean_of([read_checkpoint(path) for path in checkpoints]))
    click.echo(f"wrote {mean}, the mean of {len(checkpoints)}: export it, or train it on as model.initial")
