"""A photo and its damages as an Example for the TF Object Detection API."""

from collections.abc import Mapping, Sequence

import cv2
import numpy as np

from coachwork.annotations.tf_example import Feature, Key
from coachwork.assessments.assessment import Damage
from coachwork.geometry.mask import Mask
from coachwork.geometry.size import Size
from coachwork.photos.shrinking import EncodedPhoto
from coachwork.taxonomy import DamageType

CLASS_LABELS: Mapping[DamageType, int] = {kind: number for number, kind in enumerate(DamageType, start=1)}
"""Class label of each type, from 1; 0 is the background. It does not depend on the model that assessed."""


def label_map_text() -> str:
    """The label map (pbtxt) that belongs to `CLASS_LABELS`."""
    return "".join(f"item {{\n  id: {label}\n  name: '{kind.value}'\n}}\n" for kind, label in CLASS_LABELS.items())


def photo_features(encoded: EncodedPhoto, *, file: str, sha256: str) -> dict[str, Feature]:
    """Features of a photo alone.

    Args:
        encoded: the photo as it is stored.
        file: where it came from.
        sha256: digest of the file that it came from, hex.
    """
    return {
        Key.ENCODED: [encoded.data],
        Key.FORMAT: [encoded.format.value.encode()],
        Key.FILENAME: [file.encode("utf-8", "backslashreplace")],
        Key.SOURCE_ID: [sha256.encode()],
        Key.SHA256: [sha256.encode()],
        Key.HEIGHT: np.array([encoded.size.height], dtype=np.int64),
        Key.WIDTH: np.array([encoded.size.width], dtype=np.int64),
    }


def damage_features(damages: Sequence[Damage], *, photo: Size, stored: Size) -> dict[str, Feature]:
    """Features of the damages that were found; scores stand under ``image/detection/score`` in the same order.

    Boxes are shares of the photo's sides; areas and masks (PNG, 0 and 1) are in pixels of the stored photo.

    Args:
        damages: in pixels of the upright photo at full resolution.
        photo: its size there.
        stored: its size as stored.
    """
    edges = np.array([damage.box.clipped(photo).xyxy for damage in damages], dtype=np.float64).reshape(-1, 4)
    edges /= (photo.width, photo.height, photo.width, photo.height)
    shrunk = stored.area / photo.area
    features: dict[str, Feature] = {
        Key.X_MIN: edges[:, 0].astype(np.float32),
        Key.Y_MIN: edges[:, 1].astype(np.float32),
        Key.X_MAX: edges[:, 2].astype(np.float32),
        Key.Y_MAX: edges[:, 3].astype(np.float32),
        Key.CLASS_TEXT: [damage.type.value.encode() for damage in damages],
        Key.CLASS_LABEL: np.array([CLASS_LABELS[damage.type] for damage in damages], dtype=np.int64),
        Key.AREA: np.array([damage.area_px * shrunk for damage in damages], dtype=np.float32),
        Key.DETECTION_SCORE: np.array([damage.score for damage in damages], dtype=np.float32),
    }
    masks = [damage.mask for damage in damages if damage.mask is not None]
    if len(masks) == len(damages):
        features[Key.MASK] = [_mask_png(mask, stored) for mask in masks]
    return features


def _mask_png(mask: Mask, stored: Size) -> bytes:
    """The mask as PNG (height, width) of 0 and 1, at the size of the stored photo."""
    full = mask.full().astype(np.uint8)
    if mask.frame != stored:
        full = np.asarray(
            cv2.resize(full, (stored.width, stored.height), interpolation=cv2.INTER_NEAREST), dtype=np.uint8
        )
    return bytes(cv2.imencode(".png", full)[1].tobytes())
