"""`coachwork fraud check`: signs of fraud in the photos of one claim."""

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from coachwork.claims.body_colour import BodyColour
    from coachwork.claims.fraud_signals import FraudFindings
    from coachwork.claims.looking import LookedAt
    from coachwork.inspections.number_plates import PlateReading

_HELP = """Look for signs of fraud in the PHOTOS of a claim, and print each with its evidence.

Looked for are: the same or nearly the same picture in another claim of the register, also cropped or mirrored, or twice
in this claim; time, place and device in the files against the loss; edited photos; cars with other number plates, or
another than --plate tells; with --inspection and --earlier, damages that were there before; with --colour, cars of two
colours. A strong sign sends the claim to a person, by
`coachwork settle --signals`; none denies it.

The exit status is 0 whatever is found, and 1 where a photo cannot be read. --page shows the pictures side by side,
without faces and number plates but for --show-private.

\b
Examples:
  coachwork fraud check photos/ --claim C-1042 --register register/
  coachwork fraud check photos/ --claim C-1042 --register register/ --loss loss.toml --json signals.json --keep
  coachwork fraud check photos/ --loss loss.toml --inspection inspection.json --earlier last-year.json
"""


@click.command("check", help=_HELP)
@click.argument("photos", metavar="PHOTO|DIR|GLOB...", nargs=-1, required=True)
@click.option("--claim", default="", help="Number of the claim; its own photos in the register are passed over.")
@click.option("--register", "folder", type=click.Path(path_type=Path), help="Folder of photos of other claims.")
@click.option("--loss", "loss_file", type=click.Path(path_type=Path), help="TOML file with [loss]: on, place.")
@click.option("--inspection", "now_file", type=click.Path(path_type=Path), help="JSON of this claim's damages.")
@click.option("--earlier", "earlier_file", type=click.Path(path_type=Path), help="JSON of the car's damages before.")
@click.option("--plate", default="", help="Number plate of the customer's car.")
@click.option("--colour", "with_colour", is_flag=True, help="Compare the paint of the cars; runs the part model.")
@click.option("--parts", type=click.Path(path_type=Path), help="Folder of the part model  [the one that ships].")
@click.option("--json", "json_file", type=click.Path(dir_okay=False, path_type=Path), help="Also write all as JSON.")
@click.option("--page", "page_file", type=click.Path(dir_okay=False, path_type=Path), help="Also write an HTML page.")
@click.option("--show-private", is_flag=True, help="Leave faces and number plates in the page's pictures.")
@click.option("--keep", is_flag=True, help="Add the photos to the register afterwards; needs --claim.")
@click.pass_context
def check_command(
    context: click.Context,
    photos: tuple[str, ...],
    *,
    claim: str,
    folder: Path | None,
    loss_file: Path | None,
    now_file: Path | None,
    earlier_file: Path | None,
    plate: str,
    with_colour: bool,
    parts: Path | None,
    json_file: Path | None,
    page_file: Path | None,
    show_private: bool,
    keep: bool,
) -> None:
    """See `_HELP`."""
    from coachwork.claims.checking import check_photos, earlier_signals
    from coachwork.claims.claim_files import Loss, read_loss
    from coachwork.claims.fraud_json import findings_to_json
    from coachwork.cli.fraud import looked_at
    from coachwork.cli.inspect_report import private_finder
    from coachwork.reports.fraud_page import write_fraud_page
    from coachwork.storage.photo_register import PhotoRegister

    if (now_file is None) != (earlier_file is None):
        message = "--inspection and --earlier go together: damages are compared with earlier ones"
        raise click.UsageError(message)
    if keep and not (claim and folder):
        message = "--keep needs --claim and --register: photos are kept as those of a claim"
        raise click.UsageError(message)
    loss = Loss() if loss_file is None else read_loss(loss_file)
    earlier = None if now_file is None or earlier_file is None else earlier_signals(now_file, earlier_file)
    failures: list[str] = []
    register = None if folder is None else PhotoRegister(folder, make=keep)
    try:
        seen = list(looked_at(photos, claim, failures))
        if not seen:
            message = f"no photo could be read: nothing was looked for ({'; '.join(failures)})"
            raise click.ClickException(message)
        check = check_photos(
            seen,
            claim=claim,
            loss=loss,
            find=None if register is None else register.find,
            earlier=earlier,
            colours=_colours(seen, parts) if with_colour else None,
            plates=_plates(seen),
            plate=plate,
        )
        if register is not None and keep:
            register.add(one.kept for one in seen)
    finally:
        if register is not None:
            register.close()
    for failure in failures:
        click.secho(failure, err=True, fg="red")
    _print(check.findings)
    if json_file is not None:
        _write(json_file, findings_to_json(check.findings))
    if page_file is not None:
        with _placed(page_file):
            write_fraud_page(check, page_file, finder=None if show_private else private_finder())
    context.exit(1 if failures else 0)


def _colours(seen: "Sequence[LookedAt]", parts: Path | None) -> "list[BodyColour]":
    import numpy as np

    from coachwork.claims.body_colour import body_colour
    from coachwork.cli.photo_bar import photo_bar
    from coachwork.inference.bundle import load_bundle, shipped_parts_folder
    from coachwork.inference.predictor import Predictor

    folder = parts or shipped_parts_folder()
    if folder is None:
        message = "no part model ships with this installation: name one with --parts"
        raise click.ClickException(message)
    predictor = Predictor(load_bundle(folder))
    least = np.array(predictor.bundle.card.operating_point)
    found = []
    with photo_bar("colours") as bar:
        for done, one in enumerate(seen, start=1):
            paint = body_colour(one.kept.name, one.photo.pixels, predictor.predict(one.photo, min_score=least))
            found += [] if paint is None else [paint]
            bar(done, len(seen))
    return found


def _plates(seen: "Sequence[LookedAt]") -> "list[PlateReading]":
    from coachwork.cli.photo_bar import photo_bar
    from coachwork.inference.reading_plates import MainPlates

    reader = MainPlates()
    found: list[PlateReading] = []
    with photo_bar("number plates") as bar:
        for done, one in enumerate(seen, start=1):
            found += reader.of(one.kept.name, one.photo)
            bar(done, len(seen))
    return found


def _print(findings: "FraudFindings") -> None:
    from rich.console import Console
    from rich.markup import escape

    from coachwork.claims.fraud_signals import Strength

    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=160)
    count, strong = len(findings.photos), len(findings.strong)
    of = f" of claim {findings.claim}" if findings.claim else ""
    console.print(escape(f"{count} photo{'s' * (count != 1)}{of}"))
    if strong:
        console.print(f"[bold red]{strong} strong sign{'s' * (strong != 1)}: a person must look[/bold red]")
    else:
        console.print("[bold]no strong sign[/bold]")
    for one in findings.signals:
        colour = "red" if one.strength is Strength.STRONG else "yellow"
        console.print(f"[{colour}]{one.strength.value:6}[/{colour}] {one.kind.value}: {escape(one.sentence)}")
    for check in findings.unsought:
        console.print(f"not looked for: {check.words}", style="dim")


def _write(path: Path, values: "dict[str, Any]") -> None:
    import json

    from coachwork.reports.pages import write_page

    with _placed(path):
        write_page(path, json.dumps(values, indent=1, allow_nan=False) + "\n")


@contextmanager
def _placed(path: Path) -> "Iterator[None]":
    try:
        yield
    except OSError as refused:
        message = f"cannot write {path} ({refused.strerror}): name another place"
        raise click.ClickException(message) from refused
