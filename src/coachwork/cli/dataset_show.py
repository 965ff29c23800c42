"""`coachwork dataset list` and `show`: which datasets there are, and what one holds."""

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.table import Table

    from coachwork.datasets.deriving import Opened
    from coachwork.datasets.head import Head
    from coachwork.datasets.store import DatasetStore

_LIST_HELP = """List the datasets of STORE, by default of the folder `datasets`.

\b
Examples:
  coachwork dataset list
  coachwork dataset list s3://bucket/sets
  coachwork dataset list --json
"""

_SHOW_HELP = """Show what a version of DATASET holds, where it comes from, and what came before it.

\b
Examples:
  coachwork dataset show datasets/damage
  coachwork dataset show datasets/damage@spring --json
"""


@click.command("list", help=_LIST_HELP)
@click.argument("store", default="datasets")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def list_command(store: str, *, as_json: bool) -> None:
    """See `_LIST_HELP`."""
    from coachwork.datasets.dataset import lies_in_one_folder
    from coachwork.datasets.store import DatasetStore

    opened = DatasetStore(store)
    rows = [_row(opened, name) for name in opened.names()]
    folders = [name for name in opened.files.names("") if lies_in_one_folder(opened, name)]
    if as_json:
        import json

        found = {"schema": "coachwork.datasets/1", "store": store, "datasets": rows, "earlier": folders}
        click.echo(json.dumps(found))
        return
    if rows:
        _console().print(_list_table(rows))
    for name in folders:
        place = opened.place(name)
        click.echo(
            f"{place}: a folder of an earlier Coachwork; take it over with  coachwork dataset copy {place} {place}"
        )
    if not rows and not folders:
        click.echo(f"{store}: no datasets; make one with  coachwork import SOURCE --to {store}/NAME")


def _row(store: "DatasetStore", name: str) -> dict[str, Any]:
    head = store.head(name)
    if head is None:  # gone since the names were read
        return {"name": name}
    counts = store.manifest(head.version)["counts"]
    row: dict[str, Any] = {"name": name, "version": head.version, "changed": head.at, "how": head.how}
    return row | {"tags": dict(head.tags), "versions": head.number, "counts": counts}


def _list_table(rows: list[dict[str, Any]]) -> "Table":
    from rich.markup import escape

    table = _table("dataset", "version", "photos", "train", "val", "test", "shapes", "tags", "changed")
    for row in rows:
        counts = row.get("counts", {"photos": 0, "splits": {}, "shapes": {}})
        splits = [str(counts["splits"].get(split, 0)) for split in ("train", "val", "test")]
        table.add_row(
            escape(row["name"]),
            row.get("version", "")[:12],
            str(counts["photos"]),
            *splits,
            str(sum(counts["shapes"].values())),
            escape(" ".join(row.get("tags", {}))),
            row.get("changed", "")[:16].replace("T", " "),
        )
    return table


@click.command("show", help=_SHOW_HELP)
@click.argument("dataset")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def show_command(dataset: str, *, as_json: bool) -> None:
    """See `_SHOW_HELP`."""
    from coachwork.datasets.deriving import open_version
    from coachwork.datasets.place import DatasetPlace

    opened = open_version(DatasetPlace.of(dataset))
    history = opened.store.history(opened.place.name)
    if as_json:
        import json

        click.echo(json.dumps(version_json(opened, history)))
    else:
        _print_version(opened, history)


def version_json(opened: "Opened", history: "tuple[Head, ...]") -> dict[str, Any]:
    """A version and its dataset's history as JSON values."""
    from dataclasses import asdict

    version = opened.version
    return {
        "schema": "coachwork.dataset-version/1",
        "dataset": str(opened.place.at("")),
        "version": version.digest,
        "parents": list(version.parents),
        "splits": None if version.rule is None else asdict(version.rule),
        "sources": [source.as_json() for source in version.sources],
        "counts": version.counts,
        "problems": {name: len(found) for name, found in opened.problems.items()},
        "tags": dict(history[-1].tags) if history else {},
        "history": [
            {"version": head.version, "how": head.how, "at": head.at, "number": head.number} for head in history
        ],
    }


def _print_version(opened: "Opened", history: "tuple[Head, ...]") -> None:
    from rich.markup import escape

    console, version = _console(), opened.version
    tags = [tag for tag, digest in (history[-1].tags if history else {}).items() if digest == version.digest]
    tagged = f"  [dim]{escape(' '.join(tags))}[/dim]" if tags else ""
    console.print(f"[bold]{escape(str(opened.place))}[/bold]  version {version.digest[:12]}{tagged}", highlight=False)
    parents = ", ".join(parent[:12] for parent in version.parents)
    console.print(f"parents  {parents or 'none'}", highlight=False)
    console.print(f"splits   {version.rule or 'not known'}", highlight=False)
    console.print()
    console.print(_sources_table(opened))
    console.print(_types_table(opened))
    if history:
        console.print(_history_table(opened, history))
    if opened.in_one_folder:
        place = opened.place
        click.echo(f"a folder of an earlier Coachwork; take it over with  coachwork dataset copy {place} {place}")


def _sources_table(opened: "Opened") -> "Table":
    from rich.markup import escape

    problems, photos = opened.problems, opened.version.counts["sources"]
    table = _table("source", "photos", "problems", "licence", "models may ship", "label map", right=(1, 2))
    for source in opened.version.sources:
        table.add_row(
            escape(source.name),
            str(photos.get(source.name, 0)),
            str(len(problems.get(source.name, ()))),
            escape(source.licence),
            "yes" if source.weights_may_ship else "no",
            " ".join(digest[:8] for digest in source.label_maps) or "not known",
        )
    return table


def _types_table(opened: "Opened") -> "Table":
    from coachwork.datasets.counts import shape_counts
    from coachwork.datasets.sample import Split

    samples = opened.version.samples
    parts = {split: [sample for sample in samples if sample.split is split] for split in Split}
    held = {split: part for split, part in parts.items() if part}
    table = _table("", *held, "all", right=range(1, len(held) + 2))
    groups = [*held.values(), list(samples)]
    table.add_row("photos", *(str(len(group)) for group in groups))
    table.add_row("clusters", *(str(len({sample.cluster for sample in group})) for group in groups))
    clean = (sum(bool(sample.annotated) and not sample.shapes for sample in group) for group in groups)
    table.add_row("photos without damage", *map(str, clean))
    unlabelled = (sum(not sample.annotated and not sample.shapes for sample in group) for group in groups)
    table.add_row("unlabelled photos", *map(str, unlabelled))
    table.add_section()
    counts = [shape_counts(group) for group in groups]
    for kind in counts[-1]:
        table.add_row(kind.replace("_", " "), *(str(count.get(kind, 0)) for count in counts))
    return table


def _history_table(opened: "Opened", history: "tuple[Head, ...]") -> "Table":
    from rich.markup import escape

    table = _table("version", "when", "how", right=())
    for head in reversed(history[-10:]):
        mark = "[bold]" if head.version == opened.version.digest else ""
        table.add_row(mark + head.version[:12], head.at[:16].replace("T", " "), escape(head.how))
    if len(history) > 10:
        table.add_row("", "", f"and {len(history) - 10} before")
    return table


def _table(*columns: str, right: "range | tuple[int, ...]" = (2, 3, 4, 5, 6)) -> "Table":
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False, padding=(0, 1, 0, 0))
    for number, name in enumerate(columns):
        table.add_column(name, justify="right" if number in right else "left")
    return table


def _console() -> Any:
    from rich.console import Console

    return Console()
