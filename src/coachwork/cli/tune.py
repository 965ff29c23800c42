"""`coachwork tune`: find better values for a plan's fields."""

import json
import math
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from coachwork.errors import MissingExtra

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.console import Console

    from coachwork.training.study_results import StudyResults, TrialResult
    from coachwork.training.tuning import TrialEnd, TrialProgress

_HELP = """Try out many variants of PLAN and write the best one as a plan of its own.

The [tune] table of the plan names the fields and what they may be; without one, learning rate, the backbone's share of
it, weight decay, two strengths of augmentation and the weights of the loss terms in use are searched. Each trial is a
run in a folder of its own. Trials that fall behind the median of the others are given up.

The same command goes on where a study stopped; given in several terminals at once, all work on one study.

\b
Examples:
  coachwork tune plans/damage.toml --trials 30
  coachwork tune plans/damage.toml --trials 60 --to studies/damage --timeout 36000
  coachwork train studies/damage/best.toml --to runs/tuned

\b
In the plan:
  [tune]
  pruner = "hyperband"
  "schedule.learning_rate" = { low = 3e-4, high = 3e-3, log = true }
  "schedule.batch" = [4, 8, 16]
"""


@click.command("tune", help=_HELP)
@click.argument("plan", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--trials", required=True, type=click.IntRange(min=1), help="Trials of the whole study.")
@click.option(
    "--to", "folder", type=click.Path(file_okay=False, path_type=Path), help="Folder of the study [studies/NAME]."
)
@click.option("--timeout", type=click.FloatRange(min=0, min_open=True), metavar="S", help="Stop after so many seconds.")
@click.option("--threads", type=click.IntRange(min=1), help="CPU threads of a run [all cores].")
@click.option("--json", "as_json", is_flag=True, help="Print the results as one JSON object.")
def tune_command(
    plan: Path, *, trials: int, folder: Path | None, timeout: float | None, threads: int | None, as_json: bool
) -> None:
    """See `_HELP`."""
    from rich.console import Console

    try:
        from coachwork.datasets.dataset import read_dataset
        from coachwork.training.plan import read_plan
        from coachwork.training.search_space import read_space
        from coachwork.training.study import Study
        from coachwork.training.study_results import study_results, write_results
        from coachwork.training.tuning import tune
    except ModuleNotFoundError as missing:
        raise MissingExtra(extra="train", package=str(missing.name)) from missing
    read = read_plan(plan)
    space = read_space(plan, read)
    for place in read.data.datasets:
        read_dataset(place)  # what is missing is said before a study is begun
    target = folder or Path("studies") / read.name
    study = Study(target, read, space)
    console = Console(stderr=True)
    whole = False
    try:
        with _bar(console, read.schedule.epochs) as report:
            whole = tune(
                study,
                read,
                trials=trials,
                timeout=math.inf if timeout is None else timeout,
                threads=threads,
                report=report,
                ended=lambda end: console.print(_line(end), highlight=False, soft_wrap=True, markup=False),
                say=lambda line: console.print(line, style="yellow", markup=False),
            )
    finally:
        results = study_results(study, space)
        best = write_results(study, results, read)
        if not whole:
            console.print("the study is not done; the same command goes on", highlight=False)
    if as_json:
        click.echo(json.dumps({"folder": str(target), "done": whole} | results.as_json(), ensure_ascii=False, indent=1))
        return
    print_study(results, Console())
    if best is not None:
        click.echo(f"train the best one with  coachwork train {best}")


@contextmanager
def _bar(console: "Console", epochs: int) -> "Iterator[Callable[[TrialProgress], None]]":
    """A bar of the trial under way, where there is a terminal."""
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[figures]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("preparing", total=None, figures="")

        def report(progress: "TrialProgress") -> None:
            step = progress.step
            bar.update(
                task,
                description=f"trial {progress.number}, epoch {step.epoch + 1}/{epochs}",
                completed=step.epoch * step.steps + step.step,
                total=epochs * step.steps,
                figures=f"loss {step.loss:.3f}",
            )

        yield report


def _line(end: "TrialEnd") -> str:
    figure = "" if end.value is None else f" {100 * end.value:.1f},"
    reason = f": {end.reason}" if end.reason else ""
    return f"trial {end.number} {end.state},{figure} {end.seconds:.0f} s{reason}"


def print_study(results: "StudyResults", console: "Console") -> None:
    """Prints the trials, the best first, what mattered, and why trials were given up."""
    from coachwork.cli.narrow_tables import Grid, narrow_tables

    paths = list(dict.fromkeys(path for trial in results.trials for path in trial.values))
    grid = Grid(
        heads=["trial", "figure", "epochs", "seconds", "state", *(_short(path, paths) for path in paths)],
        rows=[_cells(trial, paths) for trial in results.trials],
        bold=[number for number, trial in enumerate(results.trials) if trial is results.best],
        left=(4,),
    )
    for table in narrow_tables(grid, console.width):
        console.print(table)
        console.print()
    from coachwork.training.study_results import FEWEST_FOR_IMPORTANCE

    if results.importance:
        shares = ", ".join(f"{path} {share:.0%}" for path, share in results.importance.items())
        console.print(f"what mattered: {shares}", highlight=False, soft_wrap=True, markup=False)
    else:
        console.print(f"what mattered: not told before {FEWEST_FOR_IMPORTANCE} trials are finished", highlight=False)
    for trial in results.trials:
        if trial.reason:
            line = (
                f"trial {trial.number} was {trial.state}" if trial.state == "pruned" else f"trial {trial.number} failed"
            )
            console.print(f"{line}: {trial.reason}", highlight=False, soft_wrap=True, markup=False)


def _cells(trial: "TrialResult", paths: list[str]) -> list[str]:
    figure = "-" if trial.value is None else f"{100 * trial.value:.1f}"
    seconds = "-" if trial.seconds is None else f"{trial.seconds:.0f}"
    values = [_shown(trial.values.get(path)) for path in paths]
    return [str(trial.number), figure, str(trial.epochs or "-"), seconds, trial.state, *values]


def _short(path: str, paths: list[str]) -> str:
    """The end of a field's path, as far as it tells it apart."""
    parts = path.split(".")
    for count in range(1, len(parts) + 1):
        end = ".".join(parts[-count:])
        if not end[0].isdigit() and sum(other == end or other.endswith(f".{end}") for other in paths) == 1:
            return end.replace("_", " ")
    return path


def _shown(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.1e}".replace("e-0", "e-") if 0 < abs(value) < 0.01 else f"{value:.3g}"
    return "-" if value is None else str(value)
