"""`coachwork leaderboard`: one table of many runs and bundles."""

import hashlib
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from coachwork.cli.bundle_path import BundlePath
from coachwork.errors import MissingExtra

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from rich.console import Console

    from coachwork.cli.narrow_tables import Grid
    from coachwork.datasets.dataset import Dataset
    from coachwork.datasets.sample import Sample
    from coachwork.evaluation.leaderboard import Leaderboard, Line, Standing
    from coachwork.inference.bundle import Bundle
    from coachwork.training.finished_run import FinishedRun

_SCHEMA = "coachwork.standing/1"

_HELP = """Line up runs and bundles in one table, all measured on the same photos.

A PLACE is the folder of a run (its best weights are exported to RUN/bundle where that is missing) or of a bundle, or
`shipped` for the damage model in the package.
All answer in full precision on ONNX Runtime; with --variants every variant of a bundle gets a line. Where variants were
timed ("coachwork variants"), milliseconds and megabytes of each stand at the end of the line.
Runs that differ in their seed alone also get a line with their mean and standard deviation. What was measured is kept,
so the command takes up again where it was stopped, and one more run costs one more measurement.

\b
Examples:
  coachwork leaderboard runs/* --on datasets/damage --source claims --undamaged datasets/undamaged
  coachwork leaderboard runs/* shipped --on datasets/damage --markdown table.md --csv table.csv
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Photos:
    """What all models are measured on, and how."""

    dataset: "Dataset"
    samples: "Sequence[Sample]"
    clean_set: "Dataset | None"
    clean: "Sequence[Sample]"
    about: "Mapping[str, str]"
    resamples: int
    threads: int | None


@click.command("leaderboard", help=_HELP)
@click.argument("places", nargs=-1, required=True, metavar="PLACE...", type=BundlePath())
@click.option("--on", "dataset", required=True, metavar="DATASET", help="Annotated photos: STORE/NAME[@VERSION].")
@click.option("--undamaged", metavar="DATASET", help="A dataset of undamaged cars, all splits.")
@click.option("--split", default="val", show_default=True, type=click.Choice(["train", "val", "test", "all"]))
@click.option("--source", metavar="NAME", help="Only photos from this source of the dataset.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Only the first N photos of each dataset.")
@click.option("--variants", is_flag=True, help="A line for each variant of each bundle that runs here.")
@click.option("--resamples", default=400, show_default=True, type=click.IntRange(min=20), help="Draws per interval.")
@click.option("--threads", type=click.IntRange(min=1), help="CPU threads of each model [all cores].")
@click.option(
    "--to",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("runs/leaderboard"),
    show_default=True,
    help="Where measurements are kept.",
)
@click.option("--markdown", type=click.Path(dir_okay=False, path_type=Path), help="Also write a Markdown table.")
@click.option("--csv", "csv_file", type=click.Path(dir_okay=False, path_type=Path), help="Also write a CSV file.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def leaderboard_command(
    *,
    places: tuple[Path, ...],
    dataset: str,
    undamaged: str | None,
    split: str,
    source: str | None,
    limit: int | None,
    variants: bool,
    resamples: int,
    threads: int | None,
    folder: Path,
    markdown: Path | None,
    csv_file: Path | None,
    as_json: bool,
) -> None:
    """See `_HELP`."""
    from rich.console import Console

    from coachwork.cli.evaluate import chosen_samples
    from coachwork.datasets.dataset import read_dataset
    from coachwork.evaluation.leaderboard import leaderboard

    photos = read_dataset(dataset)
    clean_set = read_dataset(undamaged) if undamaged else None
    about = {
        "dataset": f"{photos.name}, {photos.digest}",
        "split": split,
        "source": source or "",
        "undamaged": f"{clean_set.name}, {clean_set.digest}" if clean_set else "",
        "limit": "" if limit is None else str(limit),
    }
    measured_on = _Photos(
        dataset=photos,
        samples=chosen_samples(photos.samples, split=split, source=source, limit=limit),
        clean_set=clean_set,
        clean=chosen_samples(clean_set.samples, split="all", source=None, limit=limit) if clean_set else (),
        about={name: text for name, text in about.items() if text},
        resamples=resamples,
        threads=threads,
    )
    found = [
        (place, standing)
        for place in places
        for standing in _standings(place, measured_on, folder, every_variant=variants)
    ]
    board = leaderboard(_told_apart(found), about=measured_on.about)
    for path, text in ((markdown, board.to_markdown()), (csv_file, board.to_csv())):
        if path is not None:
            _write(path, text)
    if as_json:
        click.echo(json.dumps(board.to_json(), ensure_ascii=False, indent=1))
    else:
        print_leaderboard(board, Console())


def _standings(place: Path, photos: _Photos, folder: Path, *, every_variant: bool) -> "Iterator[Standing]":
    """A run or a bundle, measured now or before; with `every_variant` each of its variants that runs here."""
    from coachwork.inference.bundle import load_bundle
    from coachwork.inference.runtimes import VariantError
    from coachwork.inference.variant import PLAIN
    from coachwork.training.finished_run import is_run, read_run

    run = read_run(place) if is_run(place) else None
    if run is not None and not (run.bundle / "card.json").is_file():
        _export(run)
    bundle_folder = place if run is None else run.bundle
    bundle = load_bundle(bundle_folder, variant=PLAIN)
    for variant in bundle.variants if every_variant and bundle.variants else (bundle.variant,):
        try:
            chosen = bundle if variant is bundle.variant else load_bundle(bundle_folder, variant=variant.name)
        except (VariantError, MissingExtra) as away:
            click.secho(f"left out: {away}", err=True, fg="yellow")
            continue
        yield _standing(chosen, run, photos, folder, alone=not every_variant)


def _standing(bundle: "Bundle", run: "FinishedRun | None", photos: _Photos, folder: Path, *, alone: bool) -> "Standing":
    """One variant of a bundle, measured now or before; `alone` where it stands for the bundle."""
    from coachwork.evaluation.leaderboard import Standing
    from coachwork.inference.parameters import parameter_count
    from coachwork.training.finished_run import parameters_of

    measured = _measured(bundle, photos, folder)
    name = bundle.card.name if run is None else run.folder.resolve().name
    return Standing(
        name=name if alone or len(bundle.variants) < 2 else f"{name} {bundle.variant.name}",
        architecture=bundle.card.architecture,
        digest=bundle.digest,
        seed=None if run is None else run.seed,
        recipe="" if run is None else f"{run.recipe} {bundle.variant.name}",
        evaluation=measured["evaluation"],
        costs={
            "parameters": parameter_count(bundle.model_path) if run is None else parameters_of(run),
            "training_s": None if run is None else run.seconds,
            "milliseconds": measured["milliseconds"],
            "megabytes": bundle.model_path.stat().st_size / 1e6,
            **(_precisions(bundle) if alone else {}),
        },
    )


def _precisions(bundle: "Bundle") -> dict[str, float]:
    """What each variant that was timed costs, see `Standing.costs`; those that look twice are left out."""
    timed = [one for one in bundle.variants if "ms_2_threads" in one.measured and not one.mirrored]
    speeds = {f"ms {one.name}": float(one.measured["ms_2_threads"]) for one in timed}
    return speeds | {f"MB {one.name}": one.size_bytes / 1e6 for one in timed}


def _told_apart(found: "Sequence[tuple[Path, Standing]]") -> "list[Standing]":
    """Models of one name get their folders' names beside it."""
    names = [standing.name for _, standing in found]
    return [
        standing
        if names.count(standing.name) == 1
        else replace(standing, name=f"{standing.name} in {'/'.join(place.absolute().parts[-2:])}")
        for place, standing in found
    ]


def _export(run: "FinishedRun") -> None:
    from coachwork.cli.photo_bar import photo_bar

    try:
        from coachwork.training.exporting import export_bundle
    except ModuleNotFoundError as missing:
        raise MissingExtra(extra="train", package=str(missing.name)) from missing
    click.echo(f"exporting {run.checkpoint} to {run.bundle}", err=True)
    with photo_bar(f"calibrating {run.name}") as calibrated:
        export_bundle(run.checkpoint, run.bundle, name=run.folder.resolve().name, progress=calibrated)


def _measured(bundle: "Bundle", photos: _Photos, folder: Path) -> dict[str, Any]:
    """The evaluation of a model and its milliseconds; from the folder where they were measured before."""
    settings = json.dumps(
        [dict(photos.about), photos.resamples, photos.threads, _operating_point(bundle)], sort_keys=True
    )
    kept = folder / f"{bundle.digest[:12]}-{hashlib.sha256(settings.encode()).hexdigest()[:12]}.json"
    try:
        known: dict[str, Any] = json.loads(kept.read_text(encoding="utf-8"))
        if known["schema"] == _SCHEMA:
            return known
    except (OSError, ValueError, KeyError, TypeError):
        pass  # not there, or not whole: measure
    measured = {"schema": _SCHEMA} | _measure(bundle, photos)
    _write(kept, json.dumps(measured, ensure_ascii=False) + "\n")
    return measured


def _measure(bundle: "Bundle", photos: _Photos) -> dict[str, Any]:
    from coachwork.cli.photo_bar import photo_bar
    from coachwork.evaluation.contenders import look_at
    from coachwork.evaluation.run import measure
    from coachwork.inference.contending import contenders_of

    with photo_bar(f"looking at photos with {bundle.card.name}") as seen:
        looks = look_at(
            contenders_of([bundle], threads=photos.threads),
            photos.samples,
            photos.dataset.folder,
            undamaged=photos.clean,
            undamaged_folder=photos.clean_set.folder if photos.clean_set else None,
            progress=seen,
        )
    (look,) = looks.looks
    evaluation = measure(
        look.pairs[: looks.photos],
        undamaged=look.pairs[looks.photos :],
        crops=[case for cut in look.crops for case in cut],
        point=look.contender.point,
        about=dict(photos.about) | {"model": bundle.card.name, "model digest": bundle.digest},
        resamples=photos.resamples,
    )
    return {"evaluation": evaluation.to_json(), "milliseconds": look.typical_ms}


def _operating_point(bundle: "Bundle") -> dict[str, Any]:
    """What decides the figures; a bundle that was calibrated anew is measured anew."""
    from coachwork.inference.card import card_to_json

    card = card_to_json(bundle.card)
    return {"digest": bundle.digest, "variant": bundle.variant.name} | {
        name: card[name] for name in ("types", "thresholds", "verdict", "decoding")
    }


def _write(path: Path, text: str) -> None:
    """Writes a file whole or not at all."""
    from coachwork.reports.pages import write_page

    try:
        write_page(path, text)
    except OSError as refused:
        message = f"cannot write {path} ({refused.strerror}): name another place"
        raise click.ClickException(message) from refused


def print_leaderboard(board: "Leaderboard", console: "Console") -> None:
    """Prints the table in blocks that fit a terminal, every block with the same lines; precisions below each other."""
    from coachwork.cli.narrow_tables import narrow_tables
    from coachwork.evaluation.leaderboard import BY_PRECISION

    where = ", ".join(f"{name} {text.partition(',')[0]}" for name, text in board.about.items())
    console.print(f"{where}; figures in percent", highlight=False, markup=False)
    for block in dict.fromkeys(column.block for column in board.columns if column.block):
        grid = _precision_grid(board) if block == BY_PRECISION else _block_grid(board, block)
        for table in narrow_tables(grid, console.width):
            console.print()
            console.print(table)


def _block_grid(board: "Leaderboard", block: str) -> "Grid":
    """The lines of the table with the columns of a block."""
    from coachwork.cli.narrow_tables import Grid
    from coachwork.evaluation.leaderboard import shown

    columns = [column for column in board.columns if column.block == block]
    known = f" {block.partition(' by ')[0]}" if " by " in block else ""
    return Grid(
        heads=[block, *(column.title.removesuffix(known) for column in columns)],
        rows=[
            [_named(line), *(_breakable(shown(line.cells[one.key], one)) for one in columns)] for line in board.lines
        ],
        bold=[number for number, line in enumerate(board.lines) if line.is_mean],
    )


def _precision_grid(board: "Leaderboard") -> "Grid":
    """A row for each precision of each model that was timed."""
    from coachwork.cli.narrow_tables import Grid
    from coachwork.evaluation.leaderboard import BY_PRECISION, shown

    columns = {column.key: column for column in board.columns if column.block == BY_PRECISION}
    variants = dict.fromkeys(key.partition(" ")[2] for key in columns)
    rows = [
        [_named(line), variant, *(shown(line.cells[key], columns[key]) for key in (f"ms {variant}", f"MB {variant}"))]
        for line in board.lines
        for variant in variants
        if line.cells[f"ms {variant}"].value is not None
    ]
    return Grid(heads=[BY_PRECISION, "variant", "ms", "MB"], rows=rows, left=(0, 1))


def _breakable(figure: str) -> str:
    """A figure that may go on in the next line with its spread and its interval."""
    return figure.replace(" \N{PLUS-MINUS SIGN}", "\n\N{PLUS-MINUS SIGN}").replace(" (", "\n(")


def _named(line: "Line") -> str:
    seeds = f" (seed {line.seeds[0]})" if len(line.seeds) == 1 else ""
    return f"{line.name}, {line.architecture}" if line.is_mean else f"{line.name}{seeds}"
