"""Samples of photos on disk, and what the writers make of them."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from coachwork.annotations.contract import Format
from coachwork.annotations.export import export_of
from coachwork.annotations.photo_lookup import open_photo
from coachwork.datasets.sample import DamageShape, Sample, Split
from coachwork.taxonomy import DamageType


def sample_of(photo: Path, *shapes: DamageShape, **facts: Any) -> Sample:
    """A photo that was reviewed for every type of damage, in train, with these shapes; `facts` are its other fields."""
    opened = open_photo(photo)
    one = Sample(
        photo=photo.name,
        sha256=opened.sha256,
        size=opened.size,
        source="coachwork",
        name=photo.name,
        split=Split.TRAIN,
        cluster="",
        annotated=frozenset(DamageType),
        shapes=shapes,
    )
    return replace(one, **facts)


def write_samples(fmt: Format, folder: Path, photos: Path, *samples: Sample, source_labels: bool = False) -> Path:
    """Writes samples, whose photos lie in a folder, into another one, which is made where it is not there."""
    assert fmt.write is not None
    folder.mkdir(exist_ok=True)
    fmt.write(export_of(samples, folder, lambda one: photos / one.photo, source_labels=source_labels))
    return folder
