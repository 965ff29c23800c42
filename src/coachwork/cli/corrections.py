"""`coachwork corrections`: what people changed in a model's proposals."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from coachwork.annotations.correcting import CorrectionsReport

_HELP = """Tell what people changed in the proposals of PROPOSED: CORRECTED is what they made of them.

Both are annotation files or folders, of any format. Shapes were kept, reshaped, given another type, deleted or added;
from that follow precision and recall of the proposals by type. CORRECTED needs no photos of its own. To learn from it,
add it to a dataset with `coachwork import CORRECTED --to DATASET --merge`.

\b
Examples:
  coachwork corrections task corrected.xml
  coachwork corrections task export/ --report changes.html
  coachwork corrections task corrected.json --json > changes.json
"""


@click.command("corrections", help=_HELP)
@click.argument("proposed", type=click.Path(path_type=Path))
@click.argument("corrected", type=click.Path(path_type=Path))
@click.option(
    "--label-map", metavar="NAME|FILE", help="What the corrected labels mean, where they are not Coachwork's."
)
@click.option(
    "--report", type=click.Path(dir_okay=False, path_type=Path), help="Write a page with crops of the changes."
)
@click.option("--json", "as_json", is_flag=True, help="Print figures and all changes as one JSON object.")
def corrections_command(
    proposed: Path, corrected: Path, *, label_map: str | None, report: Path | None, as_json: bool
) -> None:
    """See `_HELP`."""
    from rich.console import Console

    from coachwork.annotations.correcting import CorrectionsPlan, compare_corrections

    console = Console(stderr=True)
    with console.status("reading both sides"):
        found = compare_corrections(CorrectionsPlan(proposed=proposed, corrected=corrected, label_map=label_map))
    if report is not None:
        with console.status("drawing the page"):
            _write_page(found, report)
    if as_json:
        import json

        click.echo(json.dumps(found.as_json()))
    else:
        _print(found, report)


def _write_page(found: "CorrectionsReport", path: Path) -> None:
    from coachwork.reports.corrections_page import write_corrections_page

    about = {
        "proposed": str(found.plan.proposed),
        "corrected": str(found.plan.corrected),
        "photos": f"{found.photos}, {found.untouched} of them left as proposed",
    }
    try:
        write_corrections_page(path, types=found.types, corrections=found.corrections, paths=found.paths, about=about)
    except OSError as error:
        message = f"{path} cannot be written: {error.strerror or error}; name another file with --report"
        raise click.ClickException(message) from None


def _print(found: "CorrectionsReport", report: Path | None) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from coachwork.annotations.problems import problems_table

    console = Console()
    table = Table(header_style="bold", box=None, pad_edge=False)
    headings = ("type", "proposed", "kept", "redrawn", "retyped", "deleted", "added", "right", "found", "IoU")
    for heading in headings:
        table.add_column(heading, justify="left" if heading == "type" else "right", overflow="fold")
    for row in found.types:
        counts = (row.proposed, row.kept, row.reshaped, row.retyped, row.deleted, row.added)
        iou = "" if row.median_iou is None else f"{row.median_iou:.2f}"
        figures = (_percent(row.precision), _percent(row.recall), iou)
        table.add_row(row.name.replace("_", " "), *(str(count) for count in counts), *figures)
    console.print(table)
    photos = f"{found.photos} photo{'s' * (found.photos != 1)}"
    console.print(f"{photos} compared, {found.untouched} left as proposed", highlight=False)
    console.print("right: of the proposals (precision); found: of what people left (recall)", highlight=False)
    for names, words in ((found.missing, "not in the corrected annotations"), (found.strange, "never proposed")):
        if names:
            shown = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
            console.print(escape(f"{words}: {shown}"), style="yellow", highlight=False)
    if found.problems:
        console.print(problems_table(found.problems, rest="(print them all with --json)"))
    if report is not None:
        console.print(escape(f"page: {report}"), highlight=False, soft_wrap=True)


def _percent(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.0f} %"
