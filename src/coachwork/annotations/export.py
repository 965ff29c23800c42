"""What a writer is given: samples, their photos, and the folder to fill."""

import os
import shutil
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from coachwork.datasets.sample import DamageShape, Sample, Split
from coachwork.taxonomy import UNSPECIFIED, CarPart, DamageType


class Rewritten(NamedTuple):
    """A photo that a writer encoded anew: the digest (SHA-256, hex) and the number of its bytes."""

    sha256: str
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """Samples on their way into a foreign format. Made by `export_of`.

    Attributes:
        samples: to write, each with a photo.
        folder: to fill; exists and is empty.
        photo_path: the file of a sample's photo.
        names: sha256 of a sample -> file name of its photo in the export, unique even where case does not count.
        source_labels: whether shapes keep the label of their source, instead of Coachwork's name of their type.
        rewritten: sha256 of a sample -> digest and length of the bytes that stand for its photo in the export, where
            they are others; the writer fills it.
    """

    samples: tuple[Sample, ...]
    folder: Path
    photo_path: Callable[[Sample], Path]
    names: Mapping[str, str]
    source_labels: bool = False
    rewritten: dict[str, Rewritten] = field(default_factory=dict)

    @property
    def by_split(self) -> dict[Split, tuple[Sample, ...]]:
        """The samples of each split that has any."""
        parts = {split: tuple(sample for sample in self.samples if sample.split is split) for split in Split}
        return {split: samples for split, samples in parts.items() if samples}

    @property
    def labels(self) -> tuple[str, ...]:
        """All labels that shapes are written with; in a fixed order, so that class numbers are stable."""
        if self.source_labels:
            return tuple(sorted({self.label(shape) for sample in self.samples for shape in sample.shapes}))
        held = {shape.type for sample in self.samples for shape in sample.shapes}
        parts = CarPart if held & set(CarPart) else ()
        return (*(kind.value for kind in DamageType), UNSPECIFIED, *(part.value for part in parts))

    def label(self, shape: DamageShape) -> str:
        """The label that a shape is written with."""
        if self.source_labels and shape.label:
            return shape.label
        return shape.type.value if shape.type else UNSPECIFIED

    def name(self, sample: Sample) -> str:
        """The file name of a sample's photo in the export, without folders."""
        return self.names[sample.sha256]

    def place_photo(self, sample: Sample, place: str) -> Path:
        """Puts a sample's photo at `place`, relative to the folder: linked where the disk can, else copied."""
        target = self.folder / place
        target.parent.mkdir(parents=True, exist_ok=True)
        source = self.photo_path(sample)
        try:
            os.link(source, target)
        except OSError:
            shutil.copyfile(source, target)
        return target


def export_of(
    samples: Sequence[Sample], folder: Path, photo_path: Callable[[Sample], Path], *, source_labels: bool = False
) -> Export:
    """Prepares an export.

    Args:
        samples: no two with the same photo.
        folder: exists and is empty.
        photo_path: the file of a sample's photo.
        source_labels: keep the labels of the source, instead of Coachwork's names.
    """
    return Export(
        samples=tuple(samples),
        folder=folder,
        photo_path=photo_path,
        names=unique_names(samples),
        source_labels=source_labels,
    )


def unique_names(samples: Sequence[Sample]) -> dict[str, str]:
    """sha256 -> file name: the last part of the name at the source, with a piece of the digest where it is not alone.

    The suffix becomes that of the photo's own format, which the source's name may belie.
    """
    plain = {sample.sha256: _file_name(sample) for sample in samples}
    often = Counter(Path(name).stem.lower() for name in plain.values())
    return {
        digest: name if often[Path(name).stem.lower()] == 1 else f"{Path(name).stem}-{digest[:12]}{Path(name).suffix}"
        for digest, name in plain.items()
    }


def _file_name(sample: Sample) -> str:
    name = PurePosixPath(sample.name.replace("\\", "/")).name or "photo"
    safe = "".join("_" if char in '<>:"|?*,;#%&' or ord(char) < 32 else char for char in name)
    true, stated = PurePosixPath(sample.photo).suffix.lower(), PurePosixPath(safe).suffix
    same = {stated.lower(), true} in ({".jpg", ".jpeg"}, {".tif", ".tiff"}) or stated.lower() == true
    return safe if same or not true else PurePosixPath(safe).stem + true
