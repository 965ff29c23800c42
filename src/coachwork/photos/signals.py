"""What can be said of a photo without a model: its digest, size, quality and fingerprint."""

from dataclasses import dataclass

from coachwork.geometry.size import Size
from coachwork.photos.fingerprint import fingerprint
from coachwork.photos.quality import Quality, measure_quality
from coachwork.photos.reading import Photo
from coachwork.photos.sniffing import PhotoFormat


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoSignals:
    """Signals of one photo.

    Attributes:
        sha256: digest of the file's bytes, hex.
        size: upright, at full resolution.
        format: what the file is, by its bytes.
        orientation: the EXIF orientation 1..8 that was applied.
        fingerprint: 64-bit perceptual hash, by which near-duplicates are found.
        quality: whether the photo can be assessed, and why not.
        notes: what was odd but harmless, in sentences without capital and full stop.
    """

    sha256: str
    size: Size
    format: PhotoFormat
    orientation: int
    fingerprint: int
    quality: Quality
    notes: tuple[str, ...] = ()


def measure_signals(photo: Photo, *, quality: Quality | None = None) -> PhotoSignals:
    """The signals of a photo that was read, at full size or reduced; `quality` where it was measured before."""
    return PhotoSignals(
        sha256=photo.sha256,
        size=photo.size,
        format=photo.format,
        orientation=photo.orientation,
        fingerprint=fingerprint(photo.pixels),
        quality=measure_quality(photo.pixels, photo.size) if quality is None else quality,
        notes=photo.notes,
    )
