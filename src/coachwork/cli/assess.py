"""`coachwork assess`: photos in; a table, overlay pictures, one HTML report and JSON lines out."""

import contextlib
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

from coachwork.cli.bundle_path import BundlePath

if TYPE_CHECKING:
    from coachwork.inference.private_regions import PrivateRegions
    from coachwork.reports.assessment_report import AssessmentReport

_HELP = """Find the damages on photos of a car and write a report.

Give photos, folders (searched with all below them) or quoted patterns such as "cars/**/*.jpg". A photo that cannot
be read is named and passed over; the exit code then is 1. Each damage is told the part of the car that it lies on;
--parts none leaves that out, and spares the time. How severe it is, is told as one level (minor, moderate, severe)
where the photo allows, else as a range; --severity none leaves that out. In pictures and report, faces and number
plates are hidden as far as they are found; --show-private leaves them readable.

Where the bundle holds variants of its model (see coachwork variants), the fastest of those that lose at most 0.5
AP50 against the best one answers.

\b
Examples:
  coachwork assess front.jpg rear.jpg
  coachwork assess car/ --out report
  coachwork assess "cars/**/*.jpg" --json damages.jsonl --parts none --severity none
  coachwork assess car/ --best --miss-rate 0.02 --bundle bundles/ours
"""


@click.command("assess", help=_HELP)
@click.argument("photos", metavar="PHOTO|DIR|GLOB...", nargs=-1, required=True)
@click.option("--out", type=click.Path(path_type=Path), help="Write overlay pictures and report.html into this folder.")
@click.option("--json", "json_to", metavar="FILE|-", help="Write one JSON object a line, as photos are assessed.")
@click.option(
    "--min-score", type=click.FloatRange(0, 1), help="Report damages from this score on (0.01: the whole ranking)."
)
@click.option("--bundle", type=BundlePath(), help="Folder of the model, by default the one that ships.")
@click.option(
    "--parts", metavar="DIR|none", help="Model that tells the part of each damage, by default the one that ships."
)
@click.option(
    "--severity", metavar="FILE|none", help="Rule that tells how severe each damage is, by default the one that ships."
)
@click.option(
    "--miss-rate",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    metavar="SHARE",
    help="Claim none so rarely that at most this share of damaged photos is missed, such as 0.02 [the model's card].",
)
@click.option("--fast", is_flag=True, help="Take the fastest variant of the model.")
@click.option("--best", is_flag=True, help="Take the most accurate variant of the model.")
@click.option("--variant", metavar="NAME", help="Take a variant by its name, such as int8-onnxruntime.")
@click.option("--show-private", is_flag=True, help="Leave faces and number plates readable in pictures and report.")
@click.pass_context
def assess_command(
    context: click.Context,
    photos: tuple[str, ...],
    *,
    out: Path | None,
    json_to: str | None,
    min_score: float | None,
    bundle: Path | None,
    parts: str | None,
    severity: str | None,
    miss_rate: float | None,
    fast: bool,
    best: bool,
    variant: str | None,
    show_private: bool,
) -> None:
    """See `_HELP`."""
    from coachwork.cli.assess_run import AssessRun, opened_lines, opened_report
    from coachwork.cli.photo_paths import find_photos
    from coachwork.inference.assessing import Assessor
    from coachwork.inference.variant import Choice

    if fast + best + (variant is not None) > 1:
        message = "--fast, --best and --variant each choose the variant: give one of them"
        raise click.UsageError(message)
    chosen = "fast" if fast else "best" if best else variant
    paths = find_photos(photos, leave_out=out)
    assessor = Assessor(
        bundle,
        min_score=min_score,
        parts=_part_bundle(parts),
        variant=chosen or Choice.DEFAULT,
        severity=_severity_file(severity),
        miss_rate=miss_rate,
    )
    if chosen is not None:
        for notice in assessor.notices:
            click.secho(notice, err=True, fg="yellow")
    with contextlib.ExitStack() as stack:
        lines: IO[str] | None = None if json_to is None else stack.enter_context(opened_lines(json_to))
        report: AssessmentReport | None = None
        if out is not None:
            files = [path.file for path in paths]
            report = stack.enter_context(
                opened_report(
                    out,
                    assessor.model,
                    files,
                    part_model=assessor.part_model,
                    severity_model=assessor.severity_model,
                )
            )
        private = None if out is None or show_private else _private_regions()
        run = AssessRun(assessor=assessor, lines=lines, report=report, out=out, private=private)
        run.assess_all(paths)
    if json_to != "-":
        run.print_table()
    context.exit(1 if run.failures else 0)


def _private_regions() -> "PrivateRegions":
    """The finder of what pictures hide; says what it cannot find."""
    from coachwork.inference.private_regions import PrivateRegions

    private = PrivateRegions()
    for notice in private.notices:
        click.secho(f"in the pictures {notice}", err=True, fg="yellow")
    return private


def _part_bundle(wanted: str | None) -> Path | None:
    """Folder of the part model that the user names, or of the one that ships; None for none."""
    from coachwork.inference.bundle import shipped_parts_folder

    if wanted is None:
        return shipped_parts_folder()
    return None if wanted == "none" else Path(wanted)


def _severity_file(wanted: str | None) -> Path | None:
    """File of the severity rule that the user names, or of the one that ships; None for none."""
    from coachwork.inference.severity_file import shipped_severity_path

    if wanted is None:
        return shipped_severity_path()
    return None if wanted == "none" else Path(wanted)
