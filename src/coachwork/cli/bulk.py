"""`coachwork bulk`: many photos through Apache Beam, on this machine or on Dataflow, Flink and Spark."""

import contextlib
import dataclasses
import json
import logging
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from coachwork.errors import MissingExtra

if TYPE_CHECKING:
    from coachwork.assessments.severity import SeverityRule
    from coachwork.pipelines.bulk.running import BulkSummary, Ready

_COMMON = """SOURCE is a photo, a folder with all below it, or a quoted pattern; local or in an object store
(gs://bucket/photos, s3://bucket/photos/**.jpg). Byte-identical files are worked on once, near-duplicates are listed,
and what cannot be read goes to FOLDER/failures with its reason. A run that was stopped goes on when the same command is
given again; photos that are done are not looked at again.

Options of Beam and of its runner stand after two dashes."""

_INGEST = f"""Check photos, measure quality and fingerprint, and store them upright and small enough to train on.

Writes FOLDER/photos (Parquet, one row for each photo), FOLDER/tfrecord (the photos) and FOLDER/near_duplicates.parquet.

{_COMMON}

\b
Examples:
  coachwork bulk ingest photos/ --to runs/catalogue
  coachwork bulk ingest "photos/**/*.heic" --to runs/catalogue --workers 4 --longest-side 1600
  coachwork bulk ingest gs://cars/2026 --to gs://cars-out/ingested --runner DataflowRunner -- \\
      --project=my-project --region=europe-west4 --temp_location=gs://cars-out/tmp
"""

_ASSESS = f"""Find the damages on photos: one row of Parquet for each, with its quality, verdict and damages.

Writes FOLDER/photos (Parquet) and FOLDER/near_duplicates.parquet. Each damage carries the part of the car that it lies
on and how severe it is, as with coachwork assess; --parts none and --severity none leave that out, and spare the time.

{_COMMON}

\b
Examples:
  coachwork bulk assess photos/ --to runs/assessed --workers 2
  coachwork bulk assess photos/ --to runs/quick --parts none --severity none
  coachwork bulk assess gs://cars/2026 --to gs://cars-out/assessed --bundle gs://cars-out/bundles/damage \\
      --runner DataflowRunner -- --project=my-project --region=europe-west4 --temp_location=gs://cars-out/tmp
"""

_TFRECORD = f"""Find the damages on photos and write both as TFRecord, with the TF Object Detection API's feature keys.

Writes FOLDER/tfrecord, FOLDER/label_map.pbtxt, FOLDER/photos (Parquet) and FOLDER/near_duplicates.parquet.

{_COMMON}

\b
Examples:
  coachwork bulk tfrecord photos/ --to runs/pseudo-labels --longest-side 640
"""


@click.group("bulk")
def bulk_command() -> None:
    """Work on many photos with Apache Beam, here or on Dataflow, Flink and Spark."""


def _options(function: Callable[..., None]) -> Callable[..., None]:
    """The arguments and options that all three have."""
    for decorate in (
        click.argument("beam_options", metavar="[-- BEAM OPTIONS]", nargs=-1, type=click.UNPROCESSED),
        click.argument("source"),
        click.option("--to", "out", metavar="FOLDER", required=True, help="Where the results go; may be in a store."),
        click.option(
            "--runner", default="DirectRunner", show_default=True, help="Of Beam: DataflowRunner, FlinkRunner..."
        ),
        click.option("--workers", type=click.IntRange(min=1), help="Processes on this machine (DirectRunner) [1]."),
        click.option(
            "--part-size",
            type=click.IntRange(min=1),
            default=500,
            show_default=True,
            help="Photos that become durable together; at most so many for each worker are repeated after a crash.",
        ),
        click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON."),
        click.option("--verbose", is_flag=True, help="Show what Beam logs."),
    ):
        function = decorate(function)
    return function


_bundle = click.option(
    "--bundle", metavar="FOLDER|shipped", help="The model, by default the one that ships; may be in a store."
)
_parts = click.option(
    "--parts", metavar="FOLDER|none", help="The model that tells parts [the one that ships]; may be in a store."
)
_severity = click.option("--severity", metavar="FILE|none", help="The rule that tells severities [the one that ships].")
_longest = click.option(
    "--longest-side",
    type=click.IntRange(min=32),
    default=1024,
    show_default=True,
    help="Pixels that stored photos have at most.",
)


@bulk_command.command("ingest", help=_INGEST)
@_options
@_longest
def ingest_command(**options: Any) -> None:
    """See `_INGEST`."""
    _run("ingest", **options)


@bulk_command.command("assess", help=_ASSESS)
@_options
@_bundle
@_parts
@_severity
def assess_command(**options: Any) -> None:
    """See `_ASSESS`."""
    _run("assess", **options)


@bulk_command.command("tfrecord", help=_TFRECORD)
@_options
@_bundle
@_longest
def tfrecord_command(**options: Any) -> None:
    """See `_TFRECORD`."""
    _run("tfrecord", **options)


def _run(
    task: str,
    *,
    source: str,
    out: str,
    runner: str,
    workers: int | None,
    part_size: int,
    as_json: bool,
    verbose: bool,
    beam_options: tuple[str, ...],
    bundle: str | None = None,
    parts: str | None = "none",
    severity: str | None = "none",
    longest_side: int = 1024,
) -> None:
    if beam_options and not beam_options[0].startswith("-"):  # Beam would pass over it in silence
        message = f"there is one SOURCE, and {beam_options[0]!r} is another: name their folder, or quote the pattern"
        raise click.UsageError(message)
    logging.basicConfig(level=logging.INFO if verbose else logging.ERROR)
    try:
        from coachwork.inference.bundle import SHIPPED
        from coachwork.pipelines.bulk.plan import BulkPlan, Task
        from coachwork.pipelines.bulk.running import LOCAL_RUNNERS, prepared, run
    except ModuleNotFoundError as missing:
        raise MissingExtra(extra="bulk", package=str(missing.name)) from missing
    plan = BulkPlan(
        task=Task(task),
        source=source,
        out=out.rstrip("/") or out,
        bundle=None if bundle == SHIPPED else bundle,
        parts=_part_model(parts),
        severity=_severity_rule(severity),
        longest_px=longest_side,
        photos_a_part=part_size,
    )
    if runner in LOCAL_RUNNERS:
        workers = workers or 1
        beam_options = beam_options if verbose else ("--default_sdk_harness_log_level=ERROR", *beam_options)
    with prepared(plan, runner=runner, workers=workers, beam_options=beam_options) as ready, _progress(ready):
        summary = run(ready)
    if as_json:
        click.echo(json.dumps(dataclasses.asdict(summary)))
    else:
        _print(summary, plan.out)


def _part_model(wanted: str | None) -> str | None:
    """The part model that the user names, or the one that ships, if it is there; None for none."""
    from coachwork.inference.bundle import shipped_parts_folder
    from coachwork.pipelines.bulk.plan import SHIPPED_PARTS

    if wanted is None:
        return None if shipped_parts_folder() is None else SHIPPED_PARTS
    return None if wanted == "none" else wanted


def _severity_rule(wanted: str | None) -> "SeverityRule | None":
    """The severity rule of the file that the user names, or the one that ships; None for none."""
    from coachwork.inference.severity_file import read_severity_rule, shipped_severity_path

    if wanted == "none":
        return None
    path = shipped_severity_path() if wanted is None else Path(wanted)
    return None if path is None else read_severity_rule(path)


@contextlib.contextmanager
def _progress(ready: "Ready") -> Iterator[None]:
    """A progress bar on stderr, where somebody looks and the photos are known; it counts what is durable."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from coachwork.pipelines.bulk.parts import count_done, done_files

    console = Console(stderr=True)
    if ready.local is None or not console.is_terminal:
        yield
        return
    columns = (TextColumn(ready.plan.task.value), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    ended = threading.Event()
    with Progress(*columns, console=console, transient=True) as bar:
        counted = {path: count_done(path) for path in ready.done}
        row = bar.add_task("", total=len(ready.local), completed=sum(counted.values()))

        def watch() -> None:
            while not ended.wait(1.0):
                counted.update({path: count_done(path) for path in done_files(ready.plan.out) if path not in counted})
                bar.update(row, completed=sum(counted.values()))

        watcher = threading.Thread(target=watch, daemon=True)
        watcher.start()
        try:
            yield
        finally:
            ended.set()
            watcher.join()


def _print(summary: "BulkSummary", out: str) -> None:
    lines = [f"{_counted(summary.photos, 'photo')} done"]
    if summary.done_before:
        lines.append(f"{_counted(summary.done_before, 'file')} done by an earlier run")
    if summary.copies:
        lines.append(f"{_counted(summary.copies, 'more file')} with the same bytes as one of them")
    if summary.near_duplicates:
        lines.append(
            f"{_counted(summary.near_duplicates, 'near-duplicate')} of another photo: {out}/near_duplicates.parquet"
        )
    if summary.remains:
        lines.append(f"{_counted(summary.remains, 'file')} of a run that was stopped removed first")
    click.echo("\n".join([*lines, f"results: {out}"]))
    if summary.failed or summary.unread:
        colour = None if sys.stderr.isatty() else False
        message = (
            f"{_counted(summary.failed + summary.unread, 'photo')} left out in this run; the reasons: {out}/failures"
        )
        click.secho(message, fg="yellow", err=True, color=colour)


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
