"""`coachwork import`: annotated photos become a dataset."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from coachwork.cli.source_commands import photos_progress, stop_strict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from coachwork.annotations.importing import ImportPlan, ImportReport
    from coachwork.annotations.problems import Problem


_HELP = """Make a dataset of annotated photos, or with --merge its next version; splits do not leak.

SOURCE is an annotation file of a format that `coachwork formats` lists, or a folder that holds annotation files (an
unpacked export of Roboflow, CVAT, Label Studio and others), or a folder of photos.

\b
Examples:
  coachwork import roboflow-export/ --to datasets/mine
  coachwork import annotations.xml --to datasets/mine --merge --label-map our-labels.toml
  coachwork import clean-cars/ --to datasets/clean --format photos --undamaged
  coachwork import export/ --to datasets/mine --strict --report problems.html
"""


@click.command("import", help=_HELP)
@click.argument("source", type=click.Path(path_type=Path))
@click.option("--to", required=True, metavar="PLACE", help="The dataset to make: STORE/NAME, a folder or s3://, gs://.")
@click.option("--format", "format_", default="auto", show_default=True, help="A name of `coachwork formats`, or auto.")
@click.option("--label-map", metavar="NAME|FILE", help="What the labels mean; found by the labels when not given.")
@click.option("--undamaged", is_flag=True, help="The photos carry no annotations because they show no damage.")
@click.option("--strict", is_flag=True, help="Stop when anything is wrong, instead of leaving out what is broken.")
@click.option(
    "--val", default=0.2, show_default=True, type=click.FloatRange(0, 1), help="Part kept for val where none is stated."
)
@click.option("--seed", default=0, show_default=True, help="Seed of that draw.")
@click.option("--merge", is_flag=True, help="Add to the dataset that exists there.")
@click.option("--report", "page", type=click.Path(path_type=Path), help="An HTML page of the problems, with crops.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as one JSON object.")
def import_command(
    source: Path,
    to: str,
    *,
    format_: str,
    label_map: str | None,
    undamaged: bool,
    strict: bool,
    val: float,
    seed: int,
    merge: bool,
    page: Path | None,
    as_json: bool,
) -> None:
    """See `_HELP`."""
    from rich.console import Console
    from rich.markup import escape

    from coachwork.annotations.formats import FORMATS
    from coachwork.annotations.importing import ImportPlan
    from coachwork.annotations.problems import AnnotationError

    if format_ != "auto" and format_ not in FORMATS:
        message = f"{format_!r} is none of auto, {', '.join(FORMATS)}"
        raise click.BadParameter(message, param_hint="--format")
    plan = ImportPlan(
        source=source,
        to=to,
        format=format_,
        label_map=label_map,
        undamaged=undamaged,
        strict=strict,
        val=val,
        seed=seed,
        merge=merge,
    )
    console = Console(stderr=True)
    try:
        report = _import_with_progress(plan, console)
    except ExceptionGroup as group:
        _write_page([one.problem for one in group.exceptions if isinstance(one, AnnotationError)], plan, page)
        stop_strict(group, console, nothing="nothing was imported: mend the file, or import without --strict")
    _write_page(report.problems, plan, page)
    if as_json:
        import json

        click.echo(json.dumps(report_json(report)))
    else:
        _print_report(report, Console())
        if page is not None:
            said = f"problems: {page}" if report.problems else f"no problems: {page} says so"
            Console().print(escape(said), highlight=False, soft_wrap=True)


def _write_page(problems: "Sequence[Problem]", plan: "ImportPlan", page: Path | None) -> None:
    if page is None:
        return
    from coachwork.reports.problem_report import write_problem_report

    about = {"source": str(plan.source), "dataset": str(plan.to)}
    write_problem_report(problems, page, title=f"Problems of {plan.source.resolve().name}", about=about)


def _import_with_progress(plan: "ImportPlan", console: "Console") -> "ImportReport":
    from coachwork.annotations.importing import import_source

    with photos_progress(plan.source, console) as opened:
        return import_source(plan, opened=opened)


def report_json(report: "ImportReport") -> dict[str, object]:
    """The summary as JSON values."""
    from coachwork.annotations.problems import count_by_code
    from coachwork.datasets.counts import counts_of

    return {
        "schema": "coachwork.import/1",
        "dataset": str(report.place),
        "digest": report.dataset.digest,
        "source": report.source,
        "label_map": report.label_map,
        "formats": report.formats,
        "photos_read": report.photos_read,
        "dropped": report.dropped,
        "problems": {code.value: count for code, count in count_by_code(report.problems).items()},
        "counts": counts_of(report.dataset.samples),
    }


def _print_report(report: "ImportReport", console: "Console") -> None:
    from rich.markup import escape
    from rich.table import Table

    from coachwork.annotations.problems import problems_table
    from coachwork.datasets.counts import shape_counts
    from coachwork.datasets.sample import Split

    table = Table(title=escape(f"Dataset {report.place}"), title_justify="left", header_style="bold")
    table.add_column("")
    splits = [split for split in Split if report.dataset.split(split)]
    for split in splits:
        table.add_column(split.value, justify="right")
    by_split = [report.dataset.split(split) for split in splits]
    table.add_row("photos", *(str(len(samples)) for samples in by_split))
    table.add_row("clusters", *(str(len({sample.cluster for sample in samples})) for samples in by_split))
    clean = [sum(bool(sample.annotated) and not sample.shapes for sample in samples) for samples in by_split]
    table.add_row("photos without damage", *map(str, clean))
    table.add_row("unlabelled photos", *(str(sum(not s.annotated and not s.shapes for s in part)) for part in by_split))
    table.add_section()
    counts = [shape_counts(samples) for samples in by_split]
    for kind in shape_counts(report.dataset.samples):
        table.add_row(kind, *(str(count.get(kind, 0)) for count in counts))
    console.print(table)
    formats = ", ".join(f"{count} x {name}" for name, count in report.formats.items())
    console.print(escape(f"read {formats} with the label map {report.label_map!r}"))
    if report.dropped:
        dropped = ", ".join(f"{label!r} {count}" for label, count in report.dropped.items())
        console.print(escape(f"shapes dropped by the label map: {dropped}"))
    if report.problems:
        console.print(problems_table(report.problems))
    console.print(escape(f"version {report.dataset.digest[:12]}"))
