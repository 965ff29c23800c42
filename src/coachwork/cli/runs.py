"""`coachwork runs`: what MLflow holds of training runs."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from coachwork.errors import MissingExtra

if TYPE_CHECKING:
    from rich.table import Table

    from coachwork.training.tracking.runs import TrackedRun, TrackedRuns

_HELP = """List, show and compare the training runs that MLflow keeps.

By default those in runs/mlflow.db, where `coachwork train` puts them. MLflow's own pages show curves and example
pictures:

\b
  MLFLOW_SERVER_ENABLE_JOB_EXECUTION=false mlflow ui --backend-store-uri sqlite:///runs/mlflow.db

\b
Examples:
  coachwork runs list
  coachwork runs show damage
  coachwork runs compare damage second-try --json
  coachwork runs list --tracking http://mlflow.example:5000
"""


@click.group("runs", help=_HELP)
def runs_group() -> None:
    """See `_HELP`."""


def _place_options(command: Callable[..., None]) -> Callable[..., None]:
    """The options that say where the runs are kept, and how to print them."""
    options = (
        click.option("--in", "folder", type=click.Path(path_type=Path), default=Path("runs"), show_default=True,
                     help="Folder of the runs' folders, with mlflow.db."),
        click.option("--tracking", default="", metavar="URI", help="Where MLflow keeps them [mlflow.db in --in]."),
        click.option("--experiment", default="coachwork", show_default=True, help="MLflow's experiment."),
        click.option("--json", "as_json", is_flag=True, help="Print one JSON object."),
    )  # fmt: skip
    for option in reversed(options):
        command = option(command)
    return command


@runs_group.command("list")
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True, help="Runs at most.")
@_place_options
def list_command(limit: int, folder: Path, tracking: str, experiment: str, *, as_json: bool) -> None:
    """List the latest runs: how they ended, their best figure, what the watchdog found."""
    runs = _open(folder, tracking, experiment).latest(limit)
    if as_json:
        _print_json({"runs": [run.as_json() for run in runs]})
        return
    table = _table("run", "status", "started", "minutes", "steps", "best AP50", "findings", "id")
    for run in runs:
        started = run.started.astimezone().strftime("%Y-%m-%d %H:%M")
        minutes, best = f"{run.seconds / 60:.1f}", _percent(run.best)
        table.add_row(run.name, run.status.lower(), started, minutes, str(run.steps), best, _found(run), run.run_id[:8])
    _console().print(table)


@runs_group.command("show")
@click.argument("run")
@_place_options
def show_command(run: str, folder: Path, tracking: str, experiment: str, *, as_json: bool) -> None:
    """Show RUN, by its name or the beginning of its id: figures, findings, datasets, code, plan."""
    found = _open(folder, tracking, experiment).named(run)
    if as_json:
        _print_json(found.as_json())
        return
    console = _console()
    console.print(f"{found.name} ({found.run_id}): {found.status.lower()}, best AP50 {_percent(found.best)}")
    for title, rows in (
        ("last figures", {name: f"{value:.5g}" for name, value in sorted(found.metrics.items())}),
        ("watchdog", found.findings),
        ("learnt from", found.datasets),
        ("code and machine", {name: found.tags[name] for name in _CODE_TAGS if name in found.tags}),
        ("plan", dict(sorted(found.parameters.items()))),
    ):
        table = _table(title, "")
        for name, value in rows.items():
            table.add_row(name, value)
        if rows:
            console.print(table)


_CODE_TAGS = ("coachwork.version", "mlflow.source.git.commit", "code.dirty", "torch", "python", "machine", "processes")


@runs_group.command("compare")
@click.argument("names", metavar="RUN RUN ...", nargs=-1, required=True)
@_place_options
def compare_command(names: tuple[str, ...], folder: Path, tracking: str, experiment: str, *, as_json: bool) -> None:
    """Compare runs side by side: where their plans differ, and their last figures."""
    from coachwork.training.tracking.runs import differing

    opened = _open(folder, tracking, experiment)
    runs = [opened.named(name) for name in names]
    if as_json:
        _print_json({"runs": [run.as_json() for run in runs], "differing": differing(runs)})
        return
    console = _console()
    table = _table("figure", *(run.name for run in runs))
    table.add_row("status", *(run.status.lower() for run in runs))
    table.add_row("best AP50", *(_percent(run.best) for run in runs))
    table.add_row("minutes", *(f"{run.seconds / 60:.1f}" for run in runs))
    table.add_row("findings", *(_found(run) for run in runs))
    for name in sorted({name for run in runs for name in run.metrics}):
        table.add_row(name, *(_cell(run, name) for run in runs))
    console.print(table)
    plans = _table("plan", *(run.name for run in runs))
    for name, values in differing(runs).items():
        plans.add_row(name, *("-" if value is None else value for value in values))
    console.print(plans if plans.row_count else "their plans are alike")


def _open(folder: Path, tracking: str, experiment: str) -> "TrackedRuns":
    try:
        from coachwork.registry.tracking_place import tracking_uri
        from coachwork.training.tracking.runs import TrackedRuns, TrackingError
    except ModuleNotFoundError as missing:
        raise MissingExtra(extra="train", package=str(missing.name)) from missing
    uri = tracking_uri(tracking, folder)
    if uri is None:
        message = "tracking is off: name the place of the runs with --tracking"
        raise TrackingError(message)
    return TrackedRuns(uri, experiment)


def _print_json(content: dict[str, Any]) -> None:
    click.echo(json.dumps({"schema": "coachwork.runs/1", **content}))


def _found(run: "TrackedRun") -> str:
    return "\n".join(rule.replace("_", " ") for rule in run.findings) or "none"


def _cell(run: "TrackedRun", name: str) -> str:
    return f"{run.metrics[name]:.5g}" if name in run.metrics else "-"


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.1f}"


def _console() -> Any:
    from rich.console import Console

    return Console(markup=False, highlight=False)


def _table(*columns: str) -> "Table":
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False, padding=(0, 1, 0, 0))
    for number, name in enumerate(columns):
        table.add_column(name, overflow="fold", no_wrap=not number)
    return table
