"""`coachwork severity fit`: a rule for how severe damages are, from photos whose annotations say so."""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coachwork.datasets.dataset import Dataset
    from coachwork.datasets.sample import Sample
    from coachwork.evaluation.severity_examples import Predict
    from coachwork.training.severity import FittedSeverity


@click.command("fit")
@click.argument("dataset")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="JSON file to write.")
@click.option("--split", default="train", show_default=True, type=click.Choice(["train", "val", "test", "all"]))
@click.option("--source", metavar="NAME", help="Only photos from this source of the dataset.")
@click.option(
    "--coverage",
    default=0.9,
    show_default=True,
    type=click.FloatRange(0.5, 0.99),
    help="Share of the damages of a level whose stated range is to hold it.",
)
@click.option("--parts", type=click.Path(path_type=Path), help="Part model, for sizes relative to the part.")
@click.option("--name", default="severity", show_default=True, help="What the rule is called.")
@click.option("--seed", default=0, show_default=True, help="Seed of the folds.")
def fit_command(
    dataset: str,
    *,
    out: Path,
    split: str,
    source: str | None,
    coverage: float,
    parts: Path | None,
    name: str,
    seed: int,
) -> None:
    """Fit a severity rule on the photos of DATASET (STORE/NAME, or STORE/NAME@VERSION) that state severities.

    Prints agreement with people, abstention and coverage, all found by cross-fitting: each damage is judged by a rule
    that did not learn from it nor from photos like it.

    \b
      coachwork severity fit datasets/mine --source used-cars --out severity.json
    """  # noqa: D301  # click reads the escape
    from dataclasses import replace

    from rich.console import Console

    from coachwork.cli.evaluate import chosen_samples
    from coachwork.cli.severity_evaluate import looked_at, part_predictor, print_figures
    from coachwork.datasets.dataset import read_dataset
    from coachwork.inference.severity_file import write_severity_rule
    from coachwork.training.severity import fit_severity

    photos = read_dataset(dataset)
    samples = chosen_samples(photos.samples, split=split, source=source, limit=None)
    told: Predict | None = None if parts is None else part_predictor(parts)
    examples = looked_at(samples, photos.folder, Console(stderr=True), parts=told)
    fitted = fit_severity(examples, coverage=coverage, seed=seed)
    rule = replace(fitted.rule, name=name, limits=_limits(fitted))
    write_severity_rule(out, rule, _about(photos, samples, fitted, split=split, seed=seed))
    console = Console()
    rows = {"all types": fitted.figures} | {kind.words: figures for kind, figures in fitted.by_kind.items()}
    print_figures(console, f"{len(examples)} damages, by cross-fitting", rows)
    for limit in rule.limits:
        console.print(f"limit: {limit}", style="yellow", highlight=False, soft_wrap=True)
    console.print(f"rule: {out}", highlight=False, soft_wrap=True)


def _limits(fitted: "FittedSeverity") -> tuple[str, ...]:
    """What the rule cannot tell, in sentences without full stop."""
    from coachwork.taxonomy import DamageType, Severity

    rule = fitted.rule
    unknown = [kind.words for kind in DamageType if kind not in rule.kinds]
    limits = [f"says nothing of {', '.join(unknown)}: no examples"] if unknown else []
    never = [level.value for level in Severity if level not in rule.levels]
    if never:
        limits.append(f"never says {' or '.join(never)}: too few examples")
    bare = [
        f"{level.value} {kind.words} ({known[level].examples})"
        for level in rule.levels
        for kind, known in rule.evidence.items()
        if not known[level].covered
    ]
    if bare:
        why = "too few examples to promise coverage, or to state the level alone, of"
        limits.append(f"{why} {', '.join(bare)}")
    return tuple(limits)


def _about(
    photos: "Dataset", samples: "Sequence[Sample]", fitted: "FittedSeverity", *, split: str, seed: int
) -> dict[str, Any]:
    from datetime import UTC, datetime

    from coachwork import __version__
    from coachwork.training.severity import FOLDS, RIDGE

    counts = Counter(sample.source for sample in samples)
    return {
        "created": datetime.now(UTC).strftime("%Y-%m-%d"),
        "made_by": f"coachwork {__version__} severity fit",
        "fit": {"folds": FOLDS, "ridge": RIDGE, "seed": seed},
        "dataset": {
            "name": photos.name,
            "digest": photos.digest,
            "split": split,
            "sources": [
                {
                    "name": source.name,
                    "title": source.title,
                    "licence": source.licence,
                    "attribution": source.attribution,
                    "url": source.url,
                    "photos": counts[source.name],
                }
                for source in photos.sources
                if counts[source.name]
            ],
        },
        "cross_fitted": fitted.figures.to_json()
        | {"types": {kind.value: figures.to_json() for kind, figures in fitted.by_kind.items()}},
    }
