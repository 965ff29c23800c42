"""`coachwork drill`: plays what the learning loop does, in fast time, and checks that it ends as promised."""

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from coachwork.cli.bundle_path import BundlePath

if TYPE_CHECKING:
    from coachwork.pipelines.drills.plan import DrillPlan
    from coachwork.pipelines.drills.timeline import DrillReport, Moment


_DRILL_HELP = """Play what the learning loop does, in fast time, on photos of a dataset.

A drill runs a service of its own in a folder of its own, with real database, models, worker, training and release;
nothing outside that folder is touched. It prints the timeline, draws it, and ends with 1 where the loop did not
end in the state that `coachwork reactions table` promises.

\b
Examples:
  coachwork drill poor-lighting --dataset datasets/claims
  coachwork drill new-annotations --dataset datasets/claims --initial runs/damage/best.pt
  coachwork drill bad-release --dataset datasets/claims --json
"""

_POOR_LIGHTING_HELP = """Photos darken: drift, actions, labels, training, gates, canary, champion.

\b
Example:
  coachwork drill poor-lighting --dataset datasets/claims --initial runs/damage/best.pt --stops 2.5
"""

_NEW_ANNOTATIONS_HELP = """An annotation file arrives, a broken one and the same one again: version, training, champion.

\b
Example:
  coachwork drill new-annotations --dataset datasets/claims
"""

_BAD_RELEASE_HELP = """Broken challengers: caught by the gates, and by the canary where the gates are bypassed.

\b
Example:
  coachwork drill bad-release --dataset datasets/claims
"""


@click.group("drill", help=_DRILL_HELP)
def drill_group() -> None:
    """See `_DRILL_HELP`."""


def _options(command: Callable[..., None]) -> Callable[..., None]:
    for decorate in (
        click.option("--dataset", required=True, metavar="PLACE", help="Annotated photos with a validation split."),
        click.option("--to", type=click.Path(path_type=Path), help="Folder of the drill [drills/NAME]."),
        click.option(
            "--initial",
            type=BundlePath(exists=True),
            help="Checkpoint or bundle to begin from, or shipped  [one is trained].",
        ),
        click.option("--champion", type=BundlePath(), help="Bundle that answers at the start, or shipped."),
        click.option(
            "--side", "side_px", type=click.IntRange(min=128), metavar="PX", help="Of the model's input [256]."
        ),
        click.option("--epochs", type=click.IntRange(min=1), help="Of a training [3]."),
        click.option("--rate", type=click.FloatRange(min=0, min_open=True), help="Learning rate [by its start]."),
        click.option("--known", type=click.IntRange(min=16), help="Photos known at the start [240]."),
        click.option("--val", type=click.IntRange(min=10), help="Photos to calibrate and gate on [60]."),
        click.option("--test", type=click.IntRange(min=10), help="Photos to measure on [100]."),
        click.option("--normal", type=click.IntRange(min=0), help="Photos in good light [80]."),
        click.option("--dark", type=click.IntRange(min=0), help="Photos in poor light [100]."),
        click.option("--trial", type=click.IntRange(min=10), help="Photos of shadow and of canary [30]."),
        click.option("--stops", type=click.FloatRange(0, 6), help="By how much the light falls [2]."),
        click.option("--json", "as_json", is_flag=True, help="Print one JSON object."),
    ):
        command = decorate(command)
    return command


@drill_group.command("poor-lighting", help=_POOR_LIGHTING_HELP)
@_options
def poor_lighting_command(**options: Any) -> None:
    """See `_POOR_LIGHTING_HELP`."""
    from coachwork.pipelines.drills.poor_lighting import play_poor_lighting

    _play("poor-lighting", play_poor_lighting, **options)


@drill_group.command("new-annotations", help=_NEW_ANNOTATIONS_HELP)
@_options
def new_annotations_command(**options: Any) -> None:
    """See `_NEW_ANNOTATIONS_HELP`."""
    from coachwork.pipelines.drills.new_annotations import play_new_annotations

    _play("new-annotations", play_new_annotations, **options)


@drill_group.command("bad-release", help=_BAD_RELEASE_HELP)
@_options
def bad_release_command(**options: Any) -> None:
    """See `_BAD_RELEASE_HELP`."""
    from coachwork.pipelines.drills.bad_release import play_bad_release

    _play("bad-release", play_bad_release, **options)


def _play(
    name: str,
    play: "Callable[[DrillPlan, Callable[[Moment], None]], DrillReport]",
    *,
    dataset: str,
    to: Path | None,
    as_json: bool,
    **options: Any,
) -> None:
    import json

    from coachwork.pipelines.drills.plan import DrillPlan
    from coachwork.pipelines.drills.timeline_page import write_timeline

    folder = to or Path("drills") / name
    told = {key: value for key, value in options.items() if value is not None}
    plan = dataclasses.replace(DrillPlan(dataset=dataset, folder=folder), **told)
    report = play(plan, _say)
    page = write_timeline(report, folder / "timeline.html")
    (folder / "drill.json").write_text(json.dumps(report.to_json(), indent=1) + "\n", encoding="utf-8")
    if as_json:
        click.echo(json.dumps(report.to_json()))
    else:
        _print(report, page)
    if not report.passed:
        click.get_current_context().exit(1)


def _print(report: "DrillReport", page: Path) -> None:
    click.echo()
    for name, figure in report.figures.items():
        click.echo(f"{name}: {figure}")
    click.echo()
    for one in report.checks:
        click.secho(f"{'kept  ' if one.kept else 'BROKEN'}  ", fg="green" if one.kept else "red", nl=False)
        click.echo(f"{one.promise}: {one.found}")
    click.echo(f"\ntimeline: {page}")


def _say(moment: "Moment") -> None:
    took = f" ({moment.took_s:.0f} s)" if moment.took_s >= 1 else ""
    click.echo(f"{moment.at_s + moment.took_s:7.1f} s  {moment.lane:<9} {moment.words}{took}", err=True)
