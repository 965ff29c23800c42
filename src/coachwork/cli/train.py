"""`coachwork train`: a plan becomes a model."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from coachwork.errors import MissingExtra

if TYPE_CHECKING:
    from coachwork.training.loop import StepProgress

_HELP = """Train a model as PLAN (a TOML file) says.

A run lies in a folder: last.pt (to go on from), best.pt (to export), steps.csv, validation.csv, examples/ (truth beside
what the model finds), watchdog.jsonl, report.json, TensorBoard events. MLflow keeps it too, in mlflow.db beside the
folder, unless [tracking] in the plan, --tracking or MLFLOW_TRACKING_URI name another place or say off. A run that was
stopped goes on when the same command is given again.

A watchdog looks for gradients that vanish or explode, dead units, a loss that stands still, overfitting, photos that
come too slowly and more; it warns, or stops the run where [watchdog.rules] in the plan says so (exit code 1).

\b
Examples:
  coachwork train --sample-plan > plan.toml
  coachwork train plans/damage.toml
  coachwork train plans/damage.toml --to runs/second-try
  coachwork train plans/damage.toml --tracking http://mlflow.example:5000
  coachwork train plans/damage.toml --set seed=8 --set schedule.epochs=2 --to runs/damage-8
  coachwork runs list
  tensorboard --logdir runs
"""


def _print_sample(context: click.Context, _option: click.Parameter, asked: bool) -> None:  # noqa: FBT001
    if asked and not context.resilient_parsing:
        from coachwork.training.sample_plan import sample_plan

        click.echo(sample_plan(), nl=False)
        context.exit()


@click.command("train", help=_HELP)
@click.argument("plan", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--to", "folder", type=click.Path(file_okay=False, path_type=Path), help="Folder of the run [runs/NAME].")
@click.option(
    "--set",
    "changes",
    metavar="FIELD=VALUE",
    multiple=True,
    help="Change a field of the plan, such as loss.lovasz=1; VALUE as in TOML, paths from here. May be given again.",
)
@click.option("--threads", type=click.IntRange(min=1), help="CPU threads of the model [all cores].")
@click.option("--tracking", metavar="URI", help="Where MLflow keeps it, or off [mlflow.db beside the folder].")
@click.option(
    "--sample-plan",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_sample,
    help="Print a plan with all fields, what they mean, and their defaults.",
)
def train_command(
    *, plan: Path, folder: Path | None, changes: tuple[str, ...], threads: int | None, tracking: str | None
) -> None:
    """See `_HELP`."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    try:
        from coachwork.registry.tracking_place import tracking_uri, viewing_hint
        from coachwork.training.changes import read_changes
        from coachwork.training.plan import read_plan
        from coachwork.training.search_space import with_values
        from coachwork.training.starting import start_run
        from coachwork.training.watchdog.rule import counted
    except ModuleNotFoundError as missing:
        raise MissingExtra(extra="train", package=str(missing.name)) from missing
    read = with_values(read_plan(plan), read_changes(changes))
    if tracking is not None:
        read = replace(read, tracking=replace(read.tracking, mlflow=tracking))
    target = folder or Path("runs") / read.name
    run = start_run(read, target, threads=threads)
    if not run.leads:  # started by torchrun, beside the process that talks
        run.train()
        return
    click.echo(
        f"{counted(run.photos, 'photo')} an epoch, {len(run.validation)} to validate on; the run lies in {target}"
    )
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, TextColumn("{task.fields[figures]}")) as bar:
        total = read.schedule.epochs * run.steps
        task = bar.add_task(f"epoch 1/{read.schedule.epochs}", total=total, figures="")

        def report(progress: "StepProgress") -> None:
            name = f"epoch {progress.epoch + 1}/{progress.epochs}"
            done = progress.epoch * progress.steps + progress.step
            bar.update(task, completed=done, description=name, figures=_figures(progress))

        scores = run.train(
            report, say=lambda line: bar.console.print(line, style="yellow", markup=False, soft_wrap=True)
        )
    if scores is not None:
        click.echo(
            f"mask AP50 {100 * scores.mask_ap50:.1f}, mask AP {100 * scores.mask_ap:.1f}, box AP50 "
            f"{100 * scores.box_ap50:.1f} (mean of dent, scratch, missing or broken part)"
        )
    if run.findings:
        click.echo(f"the watchdog found {counted(len(run.findings), 'fault')}, see {target / 'watchdog.jsonl'}")
    uri = tracking_uri(read.tracking.mlflow, target.parent)
    if uri is not None:
        click.echo(viewing_hint(uri))
    click.echo(f"export it with  coachwork export {target / 'best.pt'} BUNDLE")


def _figures(progress: "StepProgress") -> str:
    figures = f"loss {progress.loss:.3f}  {progress.photos_per_s:.1f} photos/s"
    if progress.scores is not None:
        figures += f"  val mask AP50 {100 * progress.scores.mask_ap50:.1f}"
    return figures
