"""Samples as TFRecord files of the TF Object Detection API."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from coachwork.annotations.export import Export, Rewritten
from coachwork.annotations.label_map_pbtxt import ids_of, label_map_text
from coachwork.annotations.png_masks import png_of_mask
from coachwork.annotations.tf_example import Feature, Key, encode_example, write_records
from coachwork.datasets.sample import DamageShape, Sample
from coachwork.geometry.mask import Mask
from coachwork.geometry.size import Size
from coachwork.photos.reading import read_photo
from coachwork.photos.shrinking import EncodedPhoto, shrink
from coachwork.photos.sniffing import PhotoFormat

LABEL_MAP = "label_map.pbtxt"
PHOTOS_A_SHARD = 500


def write_tfrecord(export: Export) -> None:
    """Writes shards such as `train.record-00000-of-00002` of up to 500 photos each, and `label_map.pbtxt`.

    TensorFlow decodes photos without regard to EXIF and reads JPEG and PNG alone: photos that lie turned, or are of
    another kind, are written upright as JPEG. Outlines become masks; beside them, a shape of which only the box is
    known has an empty mask.
    """
    (export.folder / LABEL_MAP).write_text(label_map_text(export.labels), encoding="utf-8")
    for split, samples in export.by_split.items():
        count = -(-len(samples) // PHOTOS_A_SHARD)
        for shard in range(count):
            name = f"{split}.record-{shard:05d}-of-{count:05d}"
            part = samples[shard * PHOTOS_A_SHARD : (shard + 1) * PHOTOS_A_SHARD]
            with (export.folder / name).open("wb") as file:
                write_records(file, (example_of(export, sample) for sample in part))


def example_of(export: Export, sample: Sample) -> bytes:
    """A sample as a serialised `tf.train.Example`."""
    encoded = _encoded(export.photo_path(sample))
    digest = hashlib.sha256(encoded.data).hexdigest()
    if digest != sample.sha256:
        export.rewritten[sample.sha256] = Rewritten(digest, len(encoded.data))
    features: dict[str, Feature] = {
        Key.ENCODED: [encoded.data],
        Key.FORMAT: [encoded.format.value.encode()],
        Key.FILENAME: [Path(export.name(sample)).with_suffix(_suffix(export.name(sample), encoded)).name.encode()],
        Key.SOURCE_ID: [sample.sha256.encode()],
        Key.SHA256: [digest.encode()],
        Key.HEIGHT: np.array([encoded.size.height], dtype=np.int64),
        Key.WIDTH: np.array([encoded.size.width], dtype=np.int64),
    }
    return encode_example(features | _objects(export, sample.shapes, sample.size))


def _encoded(path: Path) -> EncodedPhoto:
    """The photo's own bytes where TensorFlow reads them as people see them, else upright as JPEG."""
    data = path.read_bytes()
    glance = read_photo(data, name=path.name, min_side=1)
    if glance.orientation == 1 and glance.format in {PhotoFormat.JPEG, PhotoFormat.PNG}:
        return EncodedPhoto(data=data, format=glance.format, size=glance.size)
    photo = read_photo(data, name=path.name)
    return shrink(photo, data, longest_px=photo.size.longest)


def _suffix(name: str, encoded: EncodedPhoto) -> str:
    """The suffix that the photo's name has, or where that would belie the bytes the one that it should have."""
    stated = Path(name).suffix
    jpeg = encoded.format is PhotoFormat.JPEG
    return stated if stated.lower() in ({".jpg", ".jpeg"} if jpeg else {".png"}) else ".jpg" if jpeg else ".png"


def _objects(export: Export, shapes: Sequence[DamageShape], frame: Size) -> dict[str, Feature]:
    ids = ids_of(export.labels)
    masks = [shape.mask(frame) for shape in shapes]
    sides = (frame.width, frame.height, frame.width, frame.height)
    boxes = np.array([shape.box.xyxy for shape in shapes], dtype=np.float64).reshape(-1, 4) / sides
    areas = [shape.box.area if mask is None else mask.area for shape, mask in zip(shapes, masks, strict=True)]
    features: dict[str, Feature] = {
        Key.X_MIN: boxes[:, 0].astype(np.float32),
        Key.Y_MIN: boxes[:, 1].astype(np.float32),
        Key.X_MAX: boxes[:, 2].astype(np.float32),
        Key.Y_MAX: boxes[:, 3].astype(np.float32),
        Key.CLASS_TEXT: [export.label(shape).encode() for shape in shapes],
        Key.CLASS_LABEL: np.array([ids[export.label(shape)] for shape in shapes], dtype=np.int64),
        Key.AREA: np.array(areas, dtype=np.float32),
        Key.IS_CROWD: np.array([shape.crowd for shape in shapes], dtype=np.int64),
    }
    if any(mask is not None for mask in masks):
        features[Key.MASK] = [_png(mask, frame) for mask in masks]
    return features


def _png(mask: Mask | None, frame: Size) -> bytes:
    full = np.zeros((frame.height, frame.width), dtype=np.bool_) if mask is None else mask.full()
    return png_of_mask(full)
