"""`coachwork report`: the report of an inspection made again from its JSON."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from datetime import datetime

_HELP = """Make the report of an inspection again from INSPECTION, the JSON that `coachwork inspect` saved.

No damage model runs: what is said stays as it was, and the same JSON, photos and Coachwork give the same bytes. Photos
are read for their pictures, in which faces and number plates are hidden but for --show-private; one that was moved is
looked for in --photos by its name, and one whose bytes have changed is left out and named.

\b
Examples:
  coachwork report report/inspection.json --to report/
  coachwork report inspection.json --photos archive/car-17/ --on 2026-11-30 --to report/
  coachwork report --schema > inspection-1.schema.json
"""


def _print_schema(context: click.Context, _option: click.Parameter, asked: str | None) -> None:
    if asked and not context.resilient_parsing:
        from coachwork.reports.car.reading import schema_text

        click.echo(schema_text(asked), nl=False)
        context.exit()


@click.command("report", help=_HELP)
@click.argument("document_file", metavar="INSPECTION", type=click.Path(path_type=Path))
@click.option(
    "--to", type=click.Path(path_type=Path, file_okay=False), help="Folder of the report  [that of INSPECTION]."
)
@click.option("--photos", type=click.Path(path_type=Path, file_okay=False), help="Where the photos lie now.")
@click.option("--on", type=click.DateTime(["%Y-%m-%d"]), help="Day that the report states  [as it was].")
@click.option("--show-private", is_flag=True, help="Leave faces and number plates in the pictures.")
@click.option(
    "--schema",
    type=click.Choice(["inspection", "assessment", "estimate"]),
    is_flag=False,
    flag_value="inspection",
    is_eager=True,
    expose_value=False,
    callback=_print_schema,
    help="Print the JSON Schema of inspections, or of what they contain.",
)
def report_command(
    document_file: Path, *, to: Path | None, photos: Path | None, on: "datetime | None", show_private: bool
) -> None:
    """See `_HELP`."""
    from coachwork.cli.inspect_report import save_report, write_document
    from coachwork.reports.car.reading import read_document

    document = read_document(document_file)
    folder = to or document_file.parent
    if on is not None:
        document["made"] = {"by": "Coachwork", **document.get("made", {}), "on": on.date().isoformat()}
    if to is not None or on is not None:
        write_document(document, folder / "inspection.json")
    save_report(document, folder, photos, show_private=show_private)
