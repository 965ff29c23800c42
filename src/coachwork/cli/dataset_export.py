"""`coachwork dataset export`: a version in a foreign format."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from coachwork.annotations.exporting import Rewrite
    from coachwork.inference.hiding import HiddenPhoto

_HELP = """Write a version of DATASET with its photos into the new folder DIR, in another format.

Shapes are written with Coachwork's names of the damage types, so that the result is read again without a label map.
What the format cannot hold is told. `coachwork formats` lists the formats. With --hide-private the photos in DIR are
copies with faces and number plates hidden and no EXIF data (docs/privacy.md); annotations stay as they are.

\b
Examples:
  coachwork dataset export datasets/damage coco-set --to coco
  coachwork dataset export datasets/damage@spring yolo-set --to yolo --split train --split val
  coachwork dataset export datasets/damage via-set --to via --source claims --labels source
  coachwork dataset export datasets/damage public-set --to coco --hide-private
"""


@click.command("export", help=_HELP)
@click.argument("dataset")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--to", "format_", required=True, metavar="FORMAT", help="Format to write.")
@click.option("--split", "splits", multiple=True, type=click.Choice(["train", "val", "test"]), help="Only this split.")
@click.option("--source", "sources", multiple=True, metavar="NAME", help="Only photos from this source.")
@click.option(
    "--labels",
    default="coachwork",
    show_default=True,
    type=click.Choice(["coachwork", "source"]),
    help="Write Coachwork's names of the types, or keep the labels of the sources.",
)
@click.option("--hide-private", is_flag=True, help="Write copies with faces and number plates hidden.")
@click.option("--plates-only", is_flag=True, help="With --hide-private, leave faces as they are; needs no extra.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def export_command(
    dataset: str,
    folder: Path,
    *,
    format_: str,
    splits: tuple[str, ...],
    sources: tuple[str, ...],
    labels: str,
    hide_private: bool,
    plates_only: bool,
    as_json: bool,
) -> None:
    """See `_HELP`."""
    from coachwork.annotations.exporting import ExportPlan, export_dataset
    from coachwork.annotations.formats import FORMATS
    from coachwork.cli.photo_bar import photo_bar
    from coachwork.datasets.deriving import open_version
    from coachwork.datasets.place import DatasetPlace
    from coachwork.datasets.sample import Split

    written = [name for name, fmt in FORMATS.items() if fmt.write is not None]
    if format_ not in written:
        message = f"{format_!r} is none of {', '.join(written)}"
        raise click.BadParameter(message, param_hint="--to")
    if plates_only and not hide_private:
        message = "--plates-only says what --hide-private leaves: give both"
        raise click.UsageError(message)
    hidden: list[HiddenPhoto] = []
    rewrite = _rewrite(hidden, plates_only=plates_only) if hide_private else None
    opened = open_version(DatasetPlace.of(dataset))
    plan = ExportPlan(
        to=folder,
        format=format_,
        splits=tuple(Split(split) for split in splits),
        sources=sources,
        source_labels=labels == "source",
    )
    with photo_bar("hiding" if hide_private else "bringing photos") as fetched:
        report = export_dataset(opened, plan, fetched=fetched, rewrite=rewrite)
    if as_json:
        import json

        about = {"schema": "coachwork.export/1", "version": opened.version.digest, "folder": str(folder)}
        facts = {"photos": report.photos, "shapes": report.shapes, "unlabelled_left_out": report.left_out}
        if hide_private:
            facts["hidden"] = _counts(hidden)
        click.echo(json.dumps(about | facts | {"losses": [loss.as_json() for loss in report.losses]}))
        return
    title = FORMATS[format_].title
    shapes = sum(report.shapes.values())
    click.echo(
        f"{folder}: {title}, {report.photos} photos with {shapes} shapes of version {opened.version.digest[:12]}"
    )
    if report.left_out:
        click.echo(f"{report.left_out} unlabelled photos left out: {title} cannot tell them from undamaged ones")
    if hide_private:
        click.echo(f"hidden: {', '.join(f'{count} {kind}s' for kind, count in _counts(hidden).items())}")
        click.echo("look at the photos before you publish them: no finder sees everything")
    for loss in report.losses:
        click.echo(f"lost: {loss}")


def _rewrite(hidden: "list[HiddenPhoto]", *, plates_only: bool) -> "Rewrite":
    from coachwork.cli.hide import wanted_finder
    from coachwork.inference.hiding import rewriter

    return rewriter(wanted_finder(plates_only=plates_only), told=hidden.append)


def _counts(hidden: "list[HiddenPhoto]") -> dict[str, int]:
    from coachwork.photos.privacy import PrivateKind

    return {kind.words: sum(one.count(kind) for one in hidden) for kind in PrivateKind}
