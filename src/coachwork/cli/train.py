"""`coachwork train`: a plan becomes a model."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from coachwork.errors import MissingExtra

if TYPE_CHECKING:
    from coachwork.training.loop import StepProgress

_HELP = """Train a model as PLAN (a TOML file) says.

A run lies in a folder: last.pt (to go on from), best.pt (to export), steps.csv, validation.csv, TensorBoard events. A
run that was stopped goes on when the same command is given again.

\b
Examples:
  coachwork train plans/damage.toml
  coachwork train plans/damage.toml --to runs/second-try
  tensorboard --logdir runs
"""


@click.command("train", help=_HELP)
@click.argument("plan", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--to", "folder", type=click.Path(file_okay=False, path_type=Path), help="Folder of the run [runs/NAME].")
@click.option("--threads", type=click.IntRange(min=1), help="CPU threads of the model [all cores].")
def train_command(plan: Path, folder: Path | None, threads: int | None) -> None:
    """See `_HELP`."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    try:
        from coachwork.training.plan import read_plan
        from coachwork.training.starting import start_run
    except ModuleNotFoundError as missing:
        raise MissingExtra(extra="train", package=str(missing.name)) from missing
    read = read_plan(plan)
    target = folder or Path("runs") / read.name
    run = start_run(read, target, threads=threads)
    if not run.leads:  # started by torchrun, beside the process that talks
        run.train()
        return
    click.echo(f"{run.photos} photos an epoch, {len(run.validation)} to validate on; the run lies in {target}")
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, TextColumn("{task.fields[figures]}")) as bar:
        total = read.schedule.epochs * run.steps
        task = bar.add_task(f"epoch 1/{read.schedule.epochs}", total=total, figures="")

        def report(progress: "StepProgress") -> None:
            name = f"epoch {progress.epoch + 1}/{progress.epochs}"
            done = progress.epoch * progress.steps + progress.step
            bar.update(task, completed=done, description=name, figures=_figures(progress))

        scores = run.train(report)
    if scores is not None:
        click.echo(
            f"mask AP50 {100 * scores.mask_ap50:.1f}, mask AP {100 * scores.mask_ap:.1f}, box AP50 "
            f"{100 * scores.box_ap50:.1f} (mean of dent, scratch, missing or broken part)"
        )
    click.echo(f"export it with  coachwork export {target / 'best.pt'} BUNDLE")


def _figures(progress: "StepProgress") -> str:
    figures = f"loss {progress.loss:.3f}  {progress.photos_per_s:.1f} photos/s"
    if progress.scores is not None:
        figures += f"  val mask AP50 {100 * progress.scores.mask_ap50:.1f}"
    return figures
