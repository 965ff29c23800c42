"""`coachwork pipelines`: the learning loop, run by hand or by Dagster."""

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Iterator

    from coachwork.pipelines.loop.loop import Loop
    from coachwork.storage.database import Database

_SETTINGS = click.option(
    "--settings",
    "settings",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Of the pipelines [pipelines.toml in COACHWORK_DATA_DIR].",
)
_NAMES = ("data", "training", "inference", "monitoring", "release")


_PIPELINES_HELP = """Run the learning loop: data, training, inference, monitoring, release.

The settings say which folder is watched, which dataset grows, which plan and gates count, and whether what passes
is released without a person. `serve` runs everything by itself and shows it in Dagster's pages (extra `pipelines`).

\b
Examples:
  coachwork pipelines init
  coachwork pipelines serve
  coachwork pipelines run data
  coachwork pipelines run release
  coachwork pipelines list
"""

_RUN_HELP = """Run a pipeline once, now.

What was worked on before is not worked on again. A release that is run by hand is a person's: it needs no `auto`.

\b
Examples:
  coachwork pipelines run data
  coachwork pipelines run training --settings loop/pipelines.toml
  coachwork pipelines run release --by ada@example.org
"""

_SERVE_HELP = """Run all pipelines by themselves, and show them in Dagster's pages.

Sensors look for new annotations, corrections, drift and challengers; schedules check signals and listings. What
Dagster keeps lies in dagster/ of COACHWORK_DATA_DIR, on SQLite. The pages have no sign-in: keep them to yourself.

\b
Example:
  coachwork pipelines serve --port 3000
"""


@click.group("pipelines", help=_PIPELINES_HELP)
def pipelines_group() -> None:
    """See `_PIPELINES_HELP`."""


@pipelines_group.command("init")
@_SETTINGS
def init_command(settings: Path | None) -> None:
    """Write settings to begin with; a file that is there stays as it is."""
    from coachwork.cases.problems import CaseRefused
    from coachwork.pipelines.loop.settings import sample_settings

    path = _path(settings)
    if path.exists():
        message = f"{path} is there already: change it, or name another file with --settings"
        raise CaseRefused(message)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(sample_settings(), encoding="utf-8")
    click.echo(f"wrote {path}: name your plan and dataset in it")


@pipelines_group.command("list")
@click.option("--runs", "most", default=10, show_default=True, type=click.IntRange(min=1), help="Runs at most.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_command(*, most: int, as_json: bool) -> None:
    """List the pipelines and their last runs."""
    import json

    from coachwork.pipelines.loop.running import PIPELINES
    from coachwork.storage.pipeline_run_store import PipelineRunStore

    with _database() as database:
        runs = PipelineRunStore(database).all(limit=most)
    if as_json:
        told = {name: one.words for name, one in PIPELINES.items()}
        click.echo(json.dumps({"pipelines": told, "runs": [run.to_json() for run in runs]}, indent=2))
        return
    for name, one in PIPELINES.items():
        click.echo(f"{name:<11} {one.words}")
    if runs:
        click.echo()
    for run in runs:
        said = run.result.get("problem") or ": ".join(filter(None, (run.why, run.result.get("gates"))))
        click.echo(f"{run.number:>4}  {run.begun:%Y-%m-%d %H:%M}  {run.pipeline:<11} {run.state:<8} {said}")


@pipelines_group.command("run", help=_RUN_HELP)
@click.argument("name", type=click.Choice(_NAMES))
@click.option("--by", default="", help="Who wants it, for the record [your login].")
@_SETTINGS
def run_command(name: str, by: str, settings: Path | None) -> None:
    """See `_RUN_HELP`."""
    from coachwork.pipelines.loop.running import run_pipeline

    with _loop(settings) as loop:
        click.echo(run_pipeline(loop, name, by=by or _login()))


@pipelines_group.command("serve", help=_SERVE_HELP)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=3000, show_default=True, type=click.IntRange(1, 65535), help="Port to listen on.")
@_SETTINGS
def serve_command(host: str, port: int, settings: Path | None) -> None:
    """See `_SERVE_HELP`."""
    from coachwork.pipelines.orchestration.serving import serve

    path = _path(settings)
    with _loop(path):  # a fault in the settings is told before anything starts
        pass
    serve(path, host=host, port=port, tell=click.echo)


@contextlib.contextmanager
def _loop(settings: Path | None) -> "Iterator[Loop]":
    import os

    from coachwork.cases.problems import CaseRefused
    from coachwork.pipelines.loop.loop import Loop
    from coachwork.pipelines.loop.settings import read_loop_settings
    from coachwork.settings import read_settings

    path = _path(settings)
    if not path.is_file():
        message = f"there are no settings at {path}: write some with  coachwork pipelines init"
        raise CaseRefused(message)
    loop = Loop(read_loop_settings(path), read_settings(os.environ), tell=_say)
    try:
        yield loop
    finally:
        loop.close()


@contextlib.contextmanager
def _database() -> "Iterator[Database]":
    import os

    from coachwork.settings import read_settings
    from coachwork.storage.database import Database

    database = Database(read_settings(os.environ).database_url)
    database.migrate()
    try:
        yield database
    finally:
        database.close()


def _path(settings: Path | None) -> Path:
    import os

    from coachwork.settings import read_settings

    return settings or read_settings(os.environ).data_dir / "pipelines.toml"


def _login() -> str:
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "somebody"


def _say(sentence: str) -> None:
    click.echo(sentence, err=True)
