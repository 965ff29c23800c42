"""Damages as features of an Example."""

import numpy as np

from coachwork.annotations.tf_example import Key
from coachwork.assessments.assessment import Damage
from coachwork.assessments.assessment_example import (
    CLASS_LABELS,
    damage_features,
    label_map_text,
    photo_features,
)
from coachwork.geometry.box import Box
from coachwork.geometry.mask import Mask
from coachwork.geometry.size import Size
from coachwork.photos.shrinking import EncodedPhoto
from coachwork.photos.sniffing import PhotoFormat
from coachwork.taxonomy import DamageType

PHOTO, STORED = Size(height=100, width=200), Size(height=50, width=100)


def damage(*, mask: bool) -> Damage:
    full = np.zeros((100, 200), dtype=np.bool_)
    full[20:60, 40:140] = True
    return Damage(
        type=DamageType.SCRATCH,
        score=0.5,
        box=Box(x_min=40, y_min=20, x_max=140, y_max=60),
        mask=Mask.from_full(full) if mask else None,
    )


def test_a_photo_without_damages_has_empty_features() -> None:
    features = damage_features([], photo=PHOTO, stored=STORED)
    assert {name: len(values) for name, values in features.items()} == dict.fromkeys(features, 0)
    assert Key.X_MIN in features


def test_boxes_are_shares_and_areas_are_of_the_stored_photo() -> None:
    features = damage_features([damage(mask=True)], photo=PHOTO, stored=STORED)
    edges = [float(features[key][0]) for key in (Key.X_MIN, Key.Y_MIN, Key.X_MAX, Key.Y_MAX)]
    assert np.allclose(edges, [0.2, 0.2, 0.7, 0.6])
    assert float(features[Key.AREA][0]) == 1000
    assert features[Key.CLASS_TEXT] == [b"scratch"]
    assert int(features[Key.CLASS_LABEL][0]) == CLASS_LABELS[DamageType.SCRATCH] == 2
    assert len(features[Key.MASK]) == 1


def test_a_model_without_masks_gives_none() -> None:
    assert Key.MASK not in damage_features([damage(mask=False)], photo=PHOTO, stored=STORED)


def test_the_photo_states_what_is_stored() -> None:
    encoded = EncodedPhoto(data=b"...", format=PhotoFormat.PNG, size=STORED)
    features = photo_features(encoded, file="caf\udce9.jpg", sha256="ab")
    assert features[Key.FORMAT] == [b"png"]
    assert (int(features[Key.HEIGHT][0]), int(features[Key.WIDTH][0])) == (50, 100)
    assert features[Key.FILENAME] == [b"caf\\udce9.jpg"]


def test_the_label_map_counts_from_one_and_names_every_type() -> None:
    text = label_map_text()
    assert text.startswith("item {\n  id: 1\n  name: 'dent'\n}\n")
    assert text.count("item {") == len(DamageType)
