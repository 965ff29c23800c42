"""What a model would annotate, as samples: a person corrects outlines sooner than drawing them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from coachwork.annotations.outlines import crosses_itself, mask_outlines
from coachwork.assessments.assessment import Damage, damages_of
from coachwork.datasets.candidates import LeftOut
from coachwork.datasets.sample import Attribution, DamageShape, Sample, Split
from coachwork.datasets.version import photo_place
from coachwork.geometry.mask import Mask
from coachwork.geometry.polygon import Polygon, polygon_area
from coachwork.inference.assessing import MIN_SIDE
from coachwork.inference.pool import PoolPhoto
from coachwork.inference.predictor import Predictor
from coachwork.photos.fingerprint import fingerprint
from coachwork.photos.reading import Photo, PhotoError, read_photo
from coachwork.photos.shrinking import shrink
from coachwork.photos.sniffing import PhotoFormat

SOURCE = "proposals"
"""Source of samples that a model proposed."""
NO_TERMS: Mapping[str, Attribution] = {}
SCORE, MODEL = "score", "model"
"""Attributes of a proposed shape: its score, and the first digits of the digest of the model's file."""

_TOLERANCE = 0.0012
"""By so much of the photo's longer side an outline may leave the mask's edge: fewer points are sooner corrected."""
_SMALLEST_PART = 0.02
"""Parts of a mask below this share of its area are not drawn."""


@dataclass(slots=True, kw_only=True)
class Proposals:
    """What a model proposes for some photos.

    Attributes:
        samples: with the proposed shapes; each annotates the types that the model sees.
        photos: sha256 of a sample -> its photo's file.
        originals: sha256 of a sample -> name of the photo in the pool.
        left_out: photos that cannot be read, and copies.
    """

    samples: list[Sample] = field(default_factory=list)
    photos: dict[str, Path] = field(default_factory=dict)
    originals: dict[str, str] = field(default_factory=dict)
    left_out: list[LeftOut] = field(default_factory=list)


def propose(
    pool: Sequence[PoolPhoto],
    predictor: Predictor,
    workplace: Path,
    *,
    min_score: float | None = None,
    terms: Mapping[str, Attribution] = NO_TERMS,
    seen: Callable[[], None] = lambda: None,
) -> Proposals:
    """Shows photos to a model and draws what it finds.

    Photos that annotation programs show differently (HEIC, turned by EXIF, other colours) are written upright as JPEG,
    so that a shape lies where a person sees it.

    Args:
        pool: the photos.
        predictor: with its model.
        workplace: a folder for photos that have to be written anew; to be kept until the samples were written.
        min_score: shapes from this score on; by default from each type's operating point.
        terms: digest of a photo in the pool -> its licence and author.
        seen: called for each photo that is done.

    Raises:
        BundleError: the model cannot be run.
    """
    found = Proposals()
    card = predictor.bundle.card
    thresholds = np.array(card.operating_point if min_score is None else [min_score] * len(card.types))
    for one in pool:
        try:
            photo, path, digest = _presentable(one, workplace, max(MIN_SIDE, card.input_size.longest))
        except PhotoError as error:
            found.left_out.append(LeftOut(name=one.name, why=f"it cannot be read: {error.explanation}"))
            continue
        finally:
            seen()
        if photo.sha256 in found.photos:
            why = f"it is a copy of {found.originals[photo.sha256]}"
            found.left_out.append(LeftOut(name=one.name, why=why))
            continue
        damages = damages_of(predictor.predict(photo, min_score=thresholds))
        found.photos[photo.sha256], found.originals[photo.sha256] = path, one.name
        found.samples.append(_sample(photo, one, damages, predictor, terms.get(digest)))
    return found


def _presentable(one: PoolPhoto, workplace: Path, min_side: int) -> tuple[Photo, Path, str]:
    """The photo, perhaps reduced, a file that every program shows as Coachwork reads it, and its digest in the pool."""
    photo = read_photo(one.path, name=one.name, min_side=min_side)
    if photo.format in {PhotoFormat.JPEG, PhotoFormat.PNG} and photo.orientation == 1:
        return photo, one.path, photo.sha256
    data = one.path.read_bytes()
    encoded = shrink(read_photo(data, name=one.name), data, longest_px=photo.size.longest)
    again = read_photo(encoded.data, name=one.name, min_side=min_side)
    path = workplace / f"{again.sha256}.{encoded.format.value}"
    path.write_bytes(encoded.data)
    return again, path, photo.sha256


def _sample(
    photo: Photo, one: PoolPhoto, damages: Sequence[Damage], predictor: Predictor, terms: Attribution | None
) -> Sample:
    digest = predictor.bundle.digest
    return Sample(
        photo=photo_place(photo.sha256, f".{photo.format.value}"),
        sha256=photo.sha256,
        size=photo.size,
        source=SOURCE,
        name=Path(one.name).name,
        split=Split.TRAIN,
        cluster="",
        annotated=frozenset(predictor.bundle.card.types),
        shapes=tuple(proposed_shape(damage, digest) for damage in damages),
        fingerprint=fingerprint(photo.pixels),
        attribution=terms,
    )


def proposed_shape(damage: Damage, digest: str) -> DamageShape:
    """A damage that a model found as a shape; its box alone where the model has no masks, or its mask is empty.

    Args:
        damage: what was found.
        digest: of the model's file, hex.
    """
    return DamageShape(
        type=damage.type,
        box=damage.box,
        polygons=() if damage.mask is None else drawn_outlines(damage.mask),
        attributes={SCORE: f"{damage.score:.3f}", MODEL: digest[:12]},
    )


def drawn_outlines(mask: Mask) -> tuple[Polygon, ...]:
    """Outlines of a mask with few points, the largest first; specks beside it are left out.

    Args:
        mask: in its photo.
    """
    outlines = sorted(mask_outlines(mask), key=polygon_area, reverse=True)
    least = _SMALLEST_PART * mask.area
    tolerance = max(1.0, _TOLERANCE * mask.frame.longest)
    return tuple(_simple(outline, tolerance) for outline in outlines if polygon_area(outline) >= least)


def _simple(outline: Polygon, tolerance: float) -> Polygon:
    """The outline with fewer points (Douglas and Peucker 1973); as it is where that would spoil it."""
    fewer = cv2.approxPolyDP(outline.astype(np.float32), tolerance, closed=True).reshape(-1, 2).astype(np.float64)
    return outline if len(fewer) < 3 or crosses_itself(fewer) else fewer
