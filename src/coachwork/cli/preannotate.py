"""`coachwork preannotate`: photos with a model's proposals, as a task for annotators."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from coachwork.cli.bundle_path import BundlePath

if TYPE_CHECKING:
    from coachwork.inference.preannotating import PreannotationReport

_HELP = """Write the photos of POOL with the model's proposals, for people to correct.

POOL is a folder of photos, a quoted pattern, or a dataset, of which the unlabelled photos are meant. Damages become
outlines (boxes where the model has no masks), each with its score and the model's digest. What people changed is told
by `coachwork corrections`.

\b
Examples:
  coachwork preannotate next/photos --bundle bundles/damage --to task --format cvat
  coachwork preannotate datasets/mine --to task --format label-studio --min-score 0.2
"""


@click.command("preannotate", help=_HELP)
@click.argument("pool")
@click.option("--to", required=True, type=click.Path(path_type=Path), help="The folder to make.")
@click.option("--format", "format_", required=True, help="Format to write; `coachwork formats` lists them.")
@click.option("--bundle", type=BundlePath(), help="Folder of the model, by default the one that ships.")
@click.option("--min-score", type=click.FloatRange(0, 1), help="Propose damages from this score on, of every type.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as one JSON object.")
def preannotate_command(
    pool: str, *, to: Path, format_: str, bundle: Path | None, min_score: float | None, as_json: bool
) -> None:
    """See `_HELP`."""
    from coachwork.annotations.converting import written_formats
    from coachwork.cli.photo_bar import photo_bar
    from coachwork.inference.bundle import load_bundle
    from coachwork.inference.preannotating import PreannotationPlan, preannotate

    if format_ not in written_formats():
        message = f"{format_!r} is none of {', '.join(written_formats())}"
        raise click.BadParameter(message, param_hint="--format")
    plan = PreannotationPlan(pool=pool, to=to, format=format_, min_score=min_score)
    with photo_bar("looking at photos") as seen:
        report = preannotate(plan, load_bundle(bundle), seen=seen)
    if as_json:
        import json

        click.echo(json.dumps(report.as_json()))
    else:
        _print(report)


def _print(report: "PreannotationReport") -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from coachwork.annotations.formats import FORMATS
    from coachwork.datasets.candidates import reasons_left_out

    console = Console()
    table = Table(header_style="bold")
    table.add_column("type")
    table.add_column("proposed", justify="right")
    for kind, count in report.shapes.items():
        table.add_row(kind, str(count))
    console.print(table)
    title = FORMATS[report.plan.format].title
    photos = f"{report.photos} photo{'s' * (report.photos != 1)}"
    console.print(escape(f"{photos} as {title} in {report.plan.to}"), highlight=False, soft_wrap=True)
    for words, times in reasons_left_out(report.left_out):
        console.print(escape(f"left out: {times} x {words}"), highlight=False)
    for loss in report.losses:
        console.print(escape(f"{title} does not hold {loss}"), highlight=False)
    console.print(
        escape(f"tell what was corrected with  coachwork corrections {report.plan.to} CORRECTED"),
        highlight=False,
        soft_wrap=True,
    )
