"""`coachwork dataset split`, `merge`, `copy` and `tag`: new versions of datasets that are there."""

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from coachwork.datasets.merging import Merged
    from coachwork.datasets.version import Version

_SPLIT_HELP = """Split the photos of DATASET by another rule, as its next version or with --to as a new dataset.

Near-duplicates stay on one side. Every split is drawn anew, but for those named by --keep. The same seed draws the same
photos.

\b
Examples:
  coachwork dataset split datasets/damage --val 0.15 --test 0.1 --seed 7
  coachwork dataset split datasets/damage --keep test --to datasets/damage-fold2 --seed 2
"""

_MERGE_HELP = """Merge DATASETS into one, each photo once.

Photos keep their splits; near-duplicates on two sides go to the stricter one (test, then val). Photos that the store of
--to holds are neither read nor copied. --to is a new dataset, or one of those that are merged.

\b
Examples:
  coachwork dataset merge datasets/claims datasets/used-cars --to datasets/all
  coachwork dataset merge datasets/all s3://bucket/sets/more --to datasets/all
"""

_COPY_HELP = """Copy a version of DATASET to TO, where it has the same digest.

Brings a dataset from an object store or takes it there, goes back to an earlier version, and takes over a folder that
an earlier Coachwork made. Between folders on one disk photos are linked.

\b
Examples:
  coachwork dataset copy s3://bucket/sets/damage datasets/damage
  coachwork dataset copy datasets/damage@spring datasets/damage --replace
  coachwork dataset copy datasets/earlier datasets/earlier
"""

_TAG_HELP = """Give a version of DATASET a name, by which it is found as STORE/NAME@TAG.

\b
Examples:
  coachwork dataset tag datasets/damage release-1
  coachwork dataset tag datasets/damage@3fa9c1 spring --move
"""

_PART = click.FloatRange(0, 1)


@click.command("split", help=_SPLIT_HELP)
@click.argument("dataset")
@click.option("--to", metavar="PLACE", help="A new dataset, instead of the next version of this one.")
@click.option("--val", default=0.2, show_default=True, type=_PART, help="Part of the drawn photos for val.")
@click.option("--test", default=0.0, show_default=True, type=_PART, help="Part of the drawn photos for test.")
@click.option("--seed", default=0, show_default=True, help="Seed of the draw.")
@click.option("--keep", multiple=True, type=click.Choice(["train", "val", "test"]), help="A split to leave as it is.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def split_command(
    dataset: str, *, to: str | None, val: float, test: float, seed: int, keep: tuple[str, ...], as_json: bool
) -> None:
    """See `_SPLIT_HELP`."""
    from coachwork.cli.photo_bar import photo_bar
    from coachwork.datasets.deriving import split_dataset
    from coachwork.datasets.difference import difference
    from coachwork.datasets.place import DatasetPlace
    from coachwork.datasets.sample import Split
    from coachwork.datasets.version import SplitRule

    if val + test > 1:
        message = f"{val:g} for val and {test:g} for test are more than all"
        raise click.BadParameter(message, param_hint="--val/--test")
    kept = tuple(split for split in Split if split.value in keep)
    rule = SplitRule(val=val, test=test, seed=seed, keep=kept)
    place = DatasetPlace.of(dataset)
    target = place.at("") if to is None else DatasetPlace.to_write(to)
    with photo_bar("copying photos") as copied:
        before, version = split_dataset(place, rule, target, copied=copied)
    moved = len(difference(before, version).moved)
    _say(target, version, [f"{moved} photos moved to another split"], {"moved": moved}, as_json=as_json)


@click.command("merge", help=_MERGE_HELP)
@click.argument("datasets", nargs=-1, required=True)
@click.option("--to", required=True, metavar="PLACE", help="A new dataset, or one of those that are merged.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def merge_command(datasets: tuple[str, ...], *, to: str, as_json: bool) -> None:
    """See `_MERGE_HELP`."""
    from coachwork.cli.photo_bar import photo_bar
    from coachwork.datasets.deriving import merge_datasets
    from coachwork.datasets.place import DatasetPlace

    target = DatasetPlace.to_write(to)
    with photo_bar("copying photos") as copied:
        merged = merge_datasets([DatasetPlace.of(place) for place in datasets], target, copied=copied)
    counts = _merge_counts(merged)
    lines = [
        f"{counts['copies']} photos were in several datasets and became one",
        f"{counts['conflicts']} of them were annotated differently; those with the stricter split or more shapes stand",
        f"{counts['leaks']} photos moved to the split of a near-duplicate",
    ]
    _say(target, merged.version, [line for line in lines if not line.startswith("0 ")], counts, as_json=as_json)


def _merge_counts(merged: "Merged") -> dict[str, object]:
    copies = merged.joined.copies
    conflicts = sum(not copy.agrees for copy in copies)
    return {"copies": len(copies), "conflicts": conflicts, "leaks": len(merged.joined.leaks)}


@click.command("copy", help=_COPY_HELP)
@click.argument("dataset")
@click.argument("to")
@click.option("--replace", is_flag=True, help="Make it the next version of the dataset that exists there.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def copy_command(dataset: str, to: str, *, replace: bool, as_json: bool) -> None:
    """See `_COPY_HELP`."""
    from coachwork.cli.photo_bar import photo_bar
    from coachwork.datasets.deriving import copy_dataset
    from coachwork.datasets.place import DatasetPlace

    target = DatasetPlace.to_write(to)
    with photo_bar("copying photos") as copied:
        version = copy_dataset(DatasetPlace.of(dataset), target, replace_it=replace, copied=copied)
    _say(target, version, [], {}, as_json=as_json)


@click.command("tag", help=_TAG_HELP)
@click.argument("dataset")
@click.argument("tag")
@click.option("--move", is_flag=True, help="Take the tag from the version that has it.")
def tag_command(dataset: str, tag: str, *, move: bool) -> None:
    """See `_TAG_HELP`."""
    from coachwork.datasets.deriving import tag_dataset
    from coachwork.datasets.place import DatasetPlace

    place = DatasetPlace.of(dataset)
    digest = tag_dataset(place, tag, move=move)
    click.echo(f"{place.at(tag)} is version {digest[:12]}")


def _say(place: object, version: "Version", lines: list[str], facts: dict[str, object], *, as_json: bool) -> None:
    """Prints which version a dataset has now."""
    counts = version.counts
    if as_json:
        import json

        about = {"schema": "coachwork.dataset-change/1", "dataset": str(place), "version": version.digest}
        click.echo(json.dumps(about | facts | {"counts": counts}))
        return
    splits = ", ".join(f"{split} {count}" for split, count in counts["splits"].items() if count)
    click.echo(f"{place} is now version {version.digest[:12]}: {counts['photos']} photos ({splits or 'none'})")
    for line in lines:
        click.echo(line)
