"""The pictures of the page about a dataset: examples, like photos, poor photos, crops of suspicious annotations."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from coachwork.datasets.duplicates import NearDuplicates
from coachwork.datasets.sample import Sample
from coachwork.datasets.suspicions import Suspicion, count_by_kind
from coachwork.datasets.understanding import Understanding
from coachwork.photos.reading import Photo, PhotoError, read_photo
from coachwork.reports.overlay import Colour, DrawnShape
from coachwork.reports.pictures import data_uri_of
from coachwork.reports.shape_pictures import (
    annotated_picture,
    crop_pictures,
    css_colour,
    drawn_found,
    drawn_shape,
    label_map_picture,
)
from coachwork.taxonomy import Kind

_BESIDE: Colour = (150, 150, 150)
"""Colour of the shapes around those that a crop is about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureLimits:
    """How much the page shows.

    Attributes:
        suspicions: crops of each kind.
        examples: photos of each type.
        groups: groups of near-duplicates.
        strip: photos of one group.
        poor: photos that would be sent back.
    """

    suspicions: int = 9
    examples: int = 3
    groups: int = 12
    strip: int = 6
    poor: int = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetPictures:
    """Makes the pictures of the page; a photo that cannot be read is left out.

    Attributes:
        folder: which the photos are relative to.
        limits: how much is shown.
    """

    folder: Path
    limits: PictureLimits

    def examples(self, understanding: Understanding) -> Iterator[dict[str, Any]]:
        """Photos of each type with what is annotated, from small to large shapes, beside their label maps."""
        for kind in understanding.statistics.types:
            pictures = [
                {
                    "drawn": data_uri_of(annotated_picture(photo.pixels, sample, longest=360)),
                    "map": data_uri_of(label_map_picture(sample, longest=360)),
                    **_named(sample),
                    "contents": _contents(sample),
                }
                for sample in chosen_examples(understanding.samples, kind.type, self.limits.examples)
                if (photo := self._photo(sample, 360)) is not None
            ]
            yield {"words": kind.words, "colour": css_colour(kind.type), "pictures": pictures}

    def groups(self, duplicates: Sequence[NearDuplicates]) -> Iterator[dict[str, Any]]:
        """Strips of like photos: leaks, then those that are annotated differently, then the largest groups."""
        first = sorted(duplicates, key=lambda group: (not group.leaks, not group.disagree, not group.mirrored))
        for group in first[: self.limits.groups]:
            strip = [
                {
                    "src": data_uri_of(annotated_picture(photo.pixels, sample, longest=220), quality=75),
                    **_named(sample),
                    "contents": _contents(sample),
                }
                for sample in group.samples[: self.limits.strip]
                if (photo := self._photo(sample, 220)) is not None
            ]
            yield {"group": group, "strip": strip, "more": len(group.samples) - len(strip)}

    def poor(self, understanding: Understanding) -> Iterator[dict[str, str]]:
        """Photos that would be sent back, some for each reason, with the reason."""
        pairs = zip(understanding.samples, understanding.looks, strict=True)
        bad = [(sample, look.quality) for sample, look in pairs if look.quality and not look.quality.usable]
        by_reason = Counter(_reason(quality.reasons[0]) for _, quality in bad)
        share = max(1, self.limits.poor // max(1, len(by_reason)))
        left = dict.fromkeys(by_reason, share)
        for sample, quality in sorted(bad, key=lambda pair: (pair[1].sharpness, pair[0].sha256)):
            reason = _reason(quality.reasons[0])
            if left[reason] and (photo := self._photo(sample, 220)) is not None:
                left[reason] -= 1
                shrunk = annotated_picture(photo.pixels, _bare(sample), longest=220)
                yield {"src": data_uri_of(shrunk), "words": reason, **_named(sample)}

    def suspicions(self, suspicions: Sequence[Suspicion]) -> Iterator[dict[str, Any]]:
        """The worst of each kind, as photographed and as annotated."""
        counts = count_by_kind(suspicions)
        for kind, count in counts.items():
            own = [one for one in suspicions if one.kind is kind]
            crops = [crop for one in own[: self.limits.suspicions] if (crop := self._crop(one)) is not None]
            yield {"kind": kind, "count": count, "crops": crops}

    def _crop(self, suspicion: Suspicion) -> dict[str, str] | None:
        sample = suspicion.sample
        photo = self._photo(sample, None)
        if photo is None:
            return None
        shapes = [
            drawn_shape(sample.shapes[index], sample.size, label=_label(suspicion, index)) for index in suspicion.shapes
        ]
        if suspicion.found is not None:
            shapes.append(drawn_found(suspicion.found))
        beside = [
            DrawnShape(box=shape.box, mask=shape.mask(sample.size), label="", colour=_BESIDE)
            for index, shape in enumerate(sample.shapes)
            if index not in suspicion.shapes
        ]
        plain, drawn = crop_pictures(photo.pixels, [*shapes, *beside], suspicion.box, size=sample.size)
        return {
            "plain": data_uri_of(plain),
            "drawn": data_uri_of(drawn),
            "words": suspicion.what,
            **_named(sample),
        }

    def _photo(self, sample: Sample, min_side: int | None) -> Photo | None:
        try:
            return read_photo(self.folder / sample.photo, name=sample.name, min_side=min_side)
        except PhotoError:
            return None


def chosen_examples(samples: Sequence[Sample], kind: Kind | None, count: int) -> list[Sample]:
    """Photos of a type from its smallest to its largest damages, each from another group of like photos.

    Args:
        samples: of one dataset.
        kind: the type.
        count: how many, at most.
    """
    covered: dict[str, tuple[float, str, Sample]] = {}
    for sample in samples:
        area = sum(shape.box.area for shape in sample.shapes if shape.type is kind) / sample.size.area
        if any(shape.type is kind for shape in sample.shapes):
            covered.setdefault(sample.cluster or sample.sha256, (area, sample.sha256, sample))
    ordered = [sample for _, _, sample in sorted(covered.values(), key=lambda entry: entry[:2])]
    places = np.linspace(0.15, 0.85, count) * (len(ordered) - 1) if count > 1 else np.array([(len(ordered) - 1) / 2])
    return [ordered[place] for place in sorted({round(float(place)) for place in places})] if ordered else []


def _label(suspicion: Suspicion, index: int) -> str:
    kind = suspicion.sample.shapes[index].type
    words = "damage" if kind is None else kind.words
    return f"marked: {words}" if suspicion.found is not None else words


def _contents(sample: Sample) -> list[tuple[str, str]]:
    """Colour and words of what is annotated; one entry without a colour where nothing is."""
    counts = Counter(shape.type for shape in sample.shapes)
    if not counts:
        return [("", "no damage" if sample.annotated else "unlabelled")]
    named = [(kind, "damage" if kind is None else kind.words, count) for kind, count in counts.items()]
    return [(css_colour(kind), words if count == 1 else f"{count} x {words}") for kind, words, count in named]


def _named(sample: Sample) -> dict[str, str]:
    """The photo's name, whole and as short as fits below a picture, and where it belongs."""
    return {"file": sample.name, "short": shortened(sample.name), "where": f"{sample.source}, {sample.split}"}


def shortened(name: str, most: int = 40) -> str:
    """A name without its middle where it is long.

    >>> shortened("0326807241_12029_jpg.rf.cd64fa4151e9e332d2eb.jpg", 28)
    '0326807241_12029_…2d2eb.jpg'
    """
    tail = most // 3
    return name if len(name) <= most else f"{name[: most - tail - 2]}\N{HORIZONTAL ELLIPSIS}{name[-tail:]}"


def _bare(sample: Sample) -> Sample:
    return replace(sample, shapes=())


def _reason(sentence: str) -> str:
    return sentence.partition(":")[0].partition(" (")[0]
