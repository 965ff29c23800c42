"""One self-contained HTML page that shows what a dataset holds and what is wrong with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from coachwork.datasets.sample import Split
from coachwork.datasets.statistics import TypeStatistics
from coachwork.datasets.understanding import Understanding
from coachwork.reports.dataset_charts import dataset_charts
from coachwork.reports.dataset_pictures import DatasetPictures, PictureLimits
from coachwork.reports.pages import render_page, write_page
from coachwork.reports.shape_pictures import css_colour
from coachwork.taxonomy import DamageType

_TEMPLATE = Path(__file__).with_name("dataset_report.html.j2")


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFacts:
    """What the page says of a source.

    Attributes:
        name: of the source.
        title, licence: as its publisher states them.
    """

    name: str
    title: str
    licence: str


def write_dataset_report(
    understanding: Understanding,
    path: Path,
    *,
    folder: Path,
    title: str,
    sources: Sequence[SourceFacts] = (),
    limits: PictureLimits | None = None,
) -> None:
    """Writes the page; a photo that cannot be read is left out of it.

    Args:
        understanding: what was found out.
        path: the HTML file.
        folder: which the photos are relative to.
        title: of the page.
        sources: of the dataset.
        limits: how much is shown.
    """
    pictures = DatasetPictures(folder=folder, limits=limits or PictureLimits())
    page = render_page(
        _TEMPLATE,
        title=title,
        **_tables(understanding, sources),
        charts=dataset_charts(understanding),
        examples=list(pictures.examples(understanding)),
        groups=list(pictures.groups(understanding.duplicates)),
        poor=list(pictures.poor(understanding)),
        suspicions=list(pictures.suspicions(understanding.suspicions)),
    )
    write_page(path, page)


def _tables(understanding: Understanding, sources: Sequence[SourceFacts]) -> dict[str, Any]:
    statistics = understanding.statistics
    facts = {source.name: source for source in sources}
    return {
        "about": understanding.about,
        "findings": understanding.findings,
        "tiles": _tiles(understanding),
        "splits": [split for split in Split if any(source.by_split[split] for source in statistics.sources)],
        "sources": [(source, facts.get(source.name)) for source in statistics.sources],
        "types": [_type_row(kind) for kind in statistics.types],
        "every_type": len(DamageType),
        "duplicates": understanding.duplicates,
        "seen_by_model": understanding.seen_by_model,
        "photos": statistics.photos,
    }


def _tiles(understanding: Understanding) -> list[tuple[str, str, str]]:
    statistics = understanding.statistics
    clean = sum(source.reviewed for source in statistics.sources)
    unlabelled = sum(source.unlabelled for source in statistics.sources)
    usable = [look.quality.usable for look in understanding.looks if look.quality is not None]
    return [
        ("photos", f"{statistics.photos:,}", f"{clean:,} without damage, {unlabelled:,} unlabelled"),
        ("damages", f"{statistics.shapes:,}", f"of {len(statistics.types)} types"),
        ("groups of like photos", f"{len(understanding.duplicates):,}", f"{understanding.leaks} across a split"),
        ("photos to take again", f"{len(usable) - sum(usable):,}", "too dark, blurred or glaring"),
        ("suspicious annotations", f"{len(understanding.suspicions):,}", _model_note(understanding)),
    ]


def _model_note(understanding: Understanding) -> str:
    if understanding.seen_by_model is None:
        return "by rules; no model has looked"
    return f"by rules and by a model on {understanding.seen_by_model:,} photos"


def _type_row(kind: TypeStatistics) -> dict[str, Any]:
    side = float(np.sqrt(np.median(kind.shares))) if kind.shapes else 0.0
    return {"facts": kind, "words": kind.words, "colour": css_colour(kind.type), "sizes": kind.by_size, "side": side}
