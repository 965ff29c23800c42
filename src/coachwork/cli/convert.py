"""`coachwork convert`: annotations in another format."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from coachwork.cli.source_commands import photos_progress, stop_strict

if TYPE_CHECKING:
    from rich.console import Console

    from coachwork.annotations.converting import ConversionPlan, ConversionReport

_LABELS = ("source", "coachwork")


@click.command("convert")
@click.argument("source", type=click.Path(path_type=Path))
@click.argument("destination", type=click.Path(path_type=Path))
@click.option("--to", "to", required=True, metavar="FORMAT", help="Format to write; `coachwork formats` lists them.")
@click.option("--format", "format_", default="auto", show_default=True, help="Format of SOURCE, or auto.")
@click.option("--label-map", metavar="NAME|FILE", help="Drop what this map drops, and tell labels it does not know.")
@click.option(
    "--labels",
    default="source",
    show_default=True,
    type=click.Choice(_LABELS),
    help="Keep the labels of the source, or write Coachwork's names of the damage types.",
)
@click.option("--undamaged", is_flag=True, help="The photos carry no annotations because they show no damage.")
@click.option("--strict", is_flag=True, help="Stop when anything is wrong, instead of leaving out what is broken.")
@click.option("--report", type=click.Path(path_type=Path), help="Write losses and all problems into this JSON file.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as one JSON object.")
def convert_command(
    source: Path,
    destination: Path,
    *,
    to: str,
    format_: str,
    label_map: str | None,
    labels: str,
    undamaged: bool,
    strict: bool,
    report: Path | None,
    as_json: bool,
) -> None:
    """Write the annotations of SOURCE in another format, into the new folder DESTINATION, photos with them.

    Labels stay as they are unless --labels coachwork is given; a label that no map knows passes. What the format cannot
    hold is told, and how many shapes and photos it concerns. Photos that nobody has annotated are left out where the
    format could not tell them from undamaged ones. DESTINATION appears whole or not at all.

    \b
    Examples:
      coachwork convert via_project.json cvat-set --to cvat
      coachwork convert roboflow-export coco-set --to coco --format yolo
      coachwork convert claims.json records --to tfrecord --labels coachwork --label-map claims
    """  # noqa: D301  # click reads the escape
    from rich.console import Console

    from coachwork.annotations.converting import ConversionPlan, written_formats
    from coachwork.annotations.formats import FORMATS

    if to not in written_formats():
        message = f"{to!r} is none of {', '.join(written_formats())}"
        raise click.BadParameter(message, param_hint="--to")
    if format_ != "auto" and format_ not in FORMATS:
        message = f"{format_!r} is none of auto, {', '.join(FORMATS)}"
        raise click.BadParameter(message, param_hint="--format")
    plan = ConversionPlan(
        source=source,
        to=destination,
        format=to,
        source_format=format_,
        label_map=label_map,
        own_labels=labels == "coachwork",
        undamaged=undamaged,
        strict=strict,
    )
    console = Console(stderr=True)
    try:
        done = _convert_with_progress(plan, console)
    except ExceptionGroup as group:
        stop_strict(group, console, nothing="nothing was written: mend the file, or convert without --strict")
    if report is not None:
        _write_report(done, report)
    if as_json:
        import json

        click.echo(json.dumps(conversion_json(done)))
    else:
        _print_report(done, Console(), report)


def _convert_with_progress(plan: "ConversionPlan", console: "Console") -> "ConversionReport":
    from coachwork.annotations.converting import convert_source

    with photos_progress(plan.source, console) as opened:
        return convert_source(plan, opened=opened)


def conversion_json(report: "ConversionReport") -> dict[str, object]:
    """The summary as JSON values."""
    from coachwork.annotations.problems import count_by_code

    return {
        "schema": "coachwork.conversion/1",
        "source": str(report.plan.source),
        "destination": str(report.plan.to),
        "format": report.plan.format,
        "source_formats": report.formats,
        "label_map": report.label_map,
        "photos": report.photos,
        "shapes": report.shapes,
        "unlabelled_left_out": report.left_out,
        "losses": [loss.as_json() for loss in report.losses],
        "dropped": report.dropped,
        "problems": {code.value: count for code, count in count_by_code(report.problems).items()},
    }


def _write_report(report: "ConversionReport", path: Path) -> None:
    import json

    content = conversion_json(report) | {"problem_list": [problem.as_json() for problem in report.problems]}
    try:
        path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        message = f"{path} cannot be written: {error.strerror}; the conversion itself is done"
        raise click.ClickException(message) from None


def _print_report(report: "ConversionReport", console: "Console", path: Path | None) -> None:
    from rich.markup import escape
    from rich.table import Table

    from coachwork.annotations.formats import FORMATS
    from coachwork.annotations.problems import problems_table

    title = FORMATS[report.plan.format].title
    console.print(escape(f"{title} in {report.plan.to}"), style="italic")
    table = Table(header_style="bold")
    table.add_column("label")
    table.add_column("shapes", justify="right")
    for label, count in report.shapes.items():
        table.add_row(escape(label), str(count))
    console.print(table)
    formats = ", ".join(f"{count} x {name}" for name, count in report.formats.items())
    labels = "all labels as they are" if report.label_map is None else f"the label map {report.label_map!r}"
    photos = f"{report.photos} photo{'s' * (report.photos != 1)}"
    console.print(escape(f"{photos} with {sum(report.shapes.values())} shapes, read from {formats}, {labels}"))
    if report.left_out:
        console.print(f"{report.left_out} unlabelled photos left out: {title} cannot tell them from undamaged ones")
    if report.dropped:
        dropped = ", ".join(f"{label!r} {count}" for label, count in report.dropped.items())
        console.print(escape(f"shapes dropped by the label map: {dropped}"))
    if report.losses:
        console.print(escape(f"What {title} cannot hold"), style="italic")
        lost = Table(header_style="bold")
        for column in ("lost", "shapes", "photos", "what becomes of it"):
            lost.add_column(column, justify="right" if column in {"shapes", "photos"} else "left")
        for loss in report.losses:
            lost.add_row(loss.holding.value, str(loss.shapes or ""), str(loss.photos), loss.becomes)
        console.print(lost)
    if report.problems:
        rest = f"in {path}" if path else "(write them all with --report FILE)"
        console.print(problems_table(report.problems, rest=rest))
