"""`coachwork dataset export`: a version in a foreign format."""

from pathlib import Path

import click

_HELP = """Write a version of DATASET with its photos into the new folder DIR, in another format.

Shapes are written with Coachwork's names of the damage types, so that the result is read again without a label map.
What the format cannot hold is told. `coachwork formats` lists the formats.

\b
Examples:
  coachwork dataset export datasets/damage coco-set --to coco
  coachwork dataset export datasets/damage@spring yolo-set --to yolo --split train --split val
  coachwork dataset export datasets/damage via-set --to via --source claims --labels source
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
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def export_command(
    dataset: str,
    folder: Path,
    *,
    format_: str,
    splits: tuple[str, ...],
    sources: tuple[str, ...],
    labels: str,
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
    opened = open_version(DatasetPlace.of(dataset))
    plan = ExportPlan(
        to=folder,
        format=format_,
        splits=tuple(Split(split) for split in splits),
        sources=sources,
        source_labels=labels == "source",
    )
    with photo_bar("bringing photos") as fetched:
        report = export_dataset(opened, plan, fetched=fetched)
    if as_json:
        import json

        about = {"schema": "coachwork.export/1", "version": opened.version.digest, "folder": str(folder)}
        facts = {"photos": report.photos, "shapes": report.shapes, "unlabelled_left_out": report.left_out}
        click.echo(json.dumps(about | facts | {"losses": [loss.as_json() for loss in report.losses]}))
        return
    title = FORMATS[format_].title
    shapes = sum(report.shapes.values())
    click.echo(
        f"{folder}: {title}, {report.photos} photos with {shapes} shapes of version {opened.version.digest[:12]}"
    )
    if report.left_out:
        click.echo(f"{report.left_out} unlabelled photos left out: {title} cannot tell them from undamaged ones")
    for loss in report.losses:
        click.echo(f"lost: {loss}")
