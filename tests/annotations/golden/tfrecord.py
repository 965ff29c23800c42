"""TFRecords as Roboflow and the TF Object Detection API's own tools write them."""

import gzip
import io
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from coachwork.annotations.tf_example import Key, encode_example, write_records
from tests.annotations.photo_files import write_photo

LABEL_MAP = """item {
    name: "dent",
    id: 1,
    display_name: "dent"
}
item {
    name: "scratch",
    id: 2
}
"""


def photo_bytes(folder: Path, seed: int = 1, **facts: int) -> bytes:
    """The bytes of a small photo, 40 x 30 pixels."""
    path = write_photo(folder / "scratch.jpg", seed=seed, **facts)
    content = path.read_bytes()
    path.unlink()
    return content


def png(values: np.ndarray) -> bytes:
    """A PNG file of (H, W) uint8."""
    file = io.BytesIO()
    Image.fromarray(values).save(file, format="PNG")
    return file.getvalue()


def floats(*values: float) -> Any:
    return np.array(values, dtype=np.float32)


def integers(*values: int) -> Any:
    return np.array(values, dtype=np.int64)


def features(photo: bytes, name: str = "a.jpg") -> dict[Any, Any]:
    """A dent at (4, 3)-(20, 15) and a scratch at (20, 15)-(40, 30), in pixels of 40 x 30."""
    return {
        Key.ENCODED: [photo],
        Key.FORMAT: [b"jpeg"],
        Key.FILENAME: [name.encode()],
        Key.SOURCE_ID: [name.encode()],
        Key.HEIGHT: integers(30),
        Key.WIDTH: integers(40),
        Key.X_MIN: floats(0.1, 0.5),
        Key.X_MAX: floats(0.5, 1.0),
        Key.Y_MIN: floats(0.1, 0.5),
        Key.Y_MAX: floats(0.5, 1.0),
        Key.CLASS_TEXT: [b"dent", b"scratch"],
        Key.CLASS_LABEL: integers(1, 2),
    }


def save(path: Path, *examples: dict[Any, Any]) -> Path:
    """Writes Examples into one file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_records(file, [encode_example(example) for example in examples])
    return path


def write_roboflow(folder: Path) -> None:
    """One `.tfrecord` and one label map in each split's folder."""
    for seed, split in enumerate(("train", "valid")):
        photo = photo_bytes(folder, seed)
        save(folder / split / "Car.tfrecord", features(photo, f"a{seed}_jpg.rf.0123.jpg"))
        (folder / split / "Car_label_map.pbtxt").write_text(LABEL_MAP)


def write_sharded(folder: Path) -> None:
    """Shards of `create_coco_tf_record.py`, masks as PNG, with a shard that is empty."""
    masks = np.zeros((2, 30, 40), dtype=np.uint8)
    masks[0, 3:15, 4:20] = 1
    masks[1, 15:30, 20:40] = 1
    more = {
        Key.MASK: [png(mask) for mask in masks],
        Key.IS_CROWD: integers(0, 1),
        Key.AREA: floats(192, 300),
        Key.SHA256: [b"ab"],
    }
    save(folder / "coco_train.record-00000-of-00002", features(photo_bytes(folder)) | more)
    save(folder / "coco_train.record-00001-of-00002")
    (folder / "mscoco_label_map.pbtxt").write_text(LABEL_MAP)


def write_numerical_masks(folder: Path) -> None:
    """Masks as numbers, one after the other, in a file compressed as a whole; no label map."""
    masks = np.zeros((2, 30, 40), dtype=np.float32)
    masks[:, 5:9, 5:9] = 1
    example = features(photo_bytes(folder)) | {Key.MASK: masks.reshape(-1), Key.DIFFICULT: integers(1, 0)}
    plain = save(folder / "train.tfrecord", example)
    (folder / "train.tfrecord.gz").write_bytes(gzip.compress(plain.read_bytes()))
    plain.unlink()
