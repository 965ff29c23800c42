from pathlib import Path

import numpy as np
import pytest

from coachwork.geometry.size import Size
from coachwork.inference.bundle import load_bundle
from coachwork.inference.predictor import Predictor, RawPrediction
from coachwork.photos.letterbox import Letterbox

LETTERBOX = Letterbox(photo=Size(height=20, width=30), target=Size(height=128, width=128))


def test_what_a_photo_looks_like_has_length_1(colour_bundle: Path) -> None:
    predictor = Predictor(load_bundle(colour_bundle))
    raw = RawPrediction(outputs={"embedding": np.array([[3.0, 4.0]])}, letterbox=LETTERBOX)
    found = predictor.embedding(raw)
    assert found is not None
    assert found.tolist() == pytest.approx([0.6, 0.8])


def test_a_model_that_does_not_say_what_a_photo_looks_like_gives_none(colour_bundle: Path) -> None:
    predictor = Predictor(load_bundle(colour_bundle))
    assert predictor.embedding(RawPrediction(outputs={}, letterbox=LETTERBOX)) is None
