"""How accurate a bundle is on the test photos of a drill, in good and in poor light."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from coachwork.datasets.sample import Sample
from coachwork.evaluation.bootstrap import Figure
from coachwork.evaluation.figures import HEADLINE
from coachwork.evaluation.run import evaluate
from coachwork.inference.bundle import load_bundle
from coachwork.inference.contending import contenders_of
from coachwork.pipelines.drills.sets import DrillSets, sent

_RESAMPLES = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Light:
    """Test photos in one light.

    Attributes:
        name: "good light" or "poor light".
        samples: annotated.
        folder: which their photos are relative to.
    """

    name: str
    samples: tuple[Sample, ...]
    folder: Path


def test_photos(sets: DrillSets, folder: Path, *, stops: float) -> tuple[Light, Light]:
    """The test photos as they are, and darkened ones in a folder."""
    dark = []
    (folder / "photos").mkdir(parents=True, exist_ok=True)
    for one in sets.test:
        data, moved = sent(one, sets.dataset.photo_path(one), stops)
        place = f"photos/{moved.sha256}.jpg"
        (folder / place).write_bytes(data)
        dark.append(replace(moved, photo=place))
    return (
        Light(name="good light", samples=sets.test, folder=sets.dataset.folder),
        Light(name="poor light", samples=tuple(dark), folder=folder),
    )


def accuracy(bundle: Path, light: Light) -> Figure:
    """AP50 of boxes over the main types, with its interval of 95 %.

    Raises:
        CoachworkError: the bundle cannot be run, or there is no photo.
    """
    (model,) = contenders_of([load_bundle(bundle)])
    found = evaluate(model.predict, light.samples, light.folder, point=model.point, resamples=_RESAMPLES)
    return found.table[HEADLINE]["box_ap50"]


def words(figures: Sequence[Figure]) -> str:
    """Figures before and after, as people read them."""
    return " -> ".join("not measured" if one.value is None else f"{100 * one.value:.1f}" for one in figures)
