"""`coachwork formats`: the annotation formats that are read and written."""

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from coachwork.annotations.contract import Format


@click.command("formats")
@click.option("--json", "as_json", is_flag=True, help="Print the formats as one JSON object.")
def formats_command(*, as_json: bool) -> None:
    """List the annotation formats: which are read and written, and what each can hold.

    The names are those of --format and --to. What a format does not hold is lost in it; `coachwork convert` and
    `coachwork dataset export` tell how much that is before anything is thrown away.

    \b
    Examples:
      coachwork formats
      coachwork formats --json
    """  # noqa: D301  # click reads the escape
    from coachwork.annotations.formats import FORMATS

    if as_json:
        import json

        formats = [_as_json(fmt) for fmt in FORMATS.values()]
        click.echo(json.dumps({"schema": "coachwork.formats/1", "formats": formats}))
    else:
        _print(list(FORMATS.values()))


def _as_json(fmt: "Format") -> dict[str, object]:
    return {
        "name": fmt.name,
        "title": fmt.title,
        "source": "folder" if fmt.is_folder else "file",
        "read": True,
        "written": fmt.write is not None,
        "holds": sorted(holding.value for holding in fmt.holds),
    }


def _print(formats: "list[Format]") -> None:
    from rich.console import Console
    from rich.table import Table

    from coachwork.annotations.contract import SAID_IN_FORMATS, Holding
    from coachwork.datasets.photo_table import PHOTO_TABLE

    table = Table(title="Annotation formats; all are read", title_justify="left", header_style="bold", show_lines=True)
    table.add_column("format")
    table.add_column("written", justify="center")
    table.add_column("holds")
    for fmt in formats:
        held = [holding.value for holding in Holding if holding in fmt.holds]
        lost = [holding.value for holding in Holding if holding in SAID_IN_FORMATS - fmt.holds]
        words = "everything" if held and not lost else ", ".join(held)
        if 0 < len(lost) < len(held):
            words = f"everything but {', '.join(lost)}"
        table.add_row(f"[bold]{fmt.name}[/bold]\n{fmt.title}", "yes" if fmt.write else "", words)
    console = Console()
    console.print(table)
    rest = ", ".join(holding.value for holding in Holding if holding not in SAID_IN_FORMATS)
    console.print(f"No format holds {rest}: exports put that into {PHOTO_TABLE} beside the annotations.")
