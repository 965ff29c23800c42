import io
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from coachwork import assess
from coachwork.assessments.verdict import Verdict
from coachwork.inference.assessing import Assessor
from coachwork.inference.bundle import BundleError, load_bundle, write_bundle
from coachwork.inference.card import Card
from coachwork.inference.predictor import Predictor
from coachwork.photos.problems import PhotoError
from coachwork.photos.reading import read_photo


def picture(height: int = 480, width: int = 640) -> NDArray[np.uint8]:
    """Grey noise with a red patch (dent) over the second box of the second row and a blue one (scratch)."""
    pixels = np.random.default_rng(3).integers(150, 200, (height, width, 1), dtype=np.uint8).repeat(3, axis=2)
    pixels[height // 6 : height // 2, width // 4 : width // 2] = (220, 20, 20)
    pixels[height * 2 // 3 :, width * 3 // 4 :] = (10, 20, 230)
    pixels[: height // 8, : width // 8] = (200, 120, 120)  # too faint for the operating point
    return pixels


def png(pixels: NDArray[np.uint8]) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def test_a_photo_is_assessed(colour_bundle: Path) -> None:
    (assessment,) = assess(png(picture()), bundle=colour_bundle)
    assert assessment.verdict is Verdict.DAMAGED
    assert {damage.type.value for damage in assessment.damages} == {"dent", "scratch"}
    for damage in assessment.damages:
        assert damage.mask is not None
        assert 0 < damage.area_px <= damage.box.area
        covered = picture()[damage.mask.full()].mean(axis=0)
        assert np.argmax(covered) == (0 if damage.type.value == "dent" else 2)


def test_many_photos_come_back_in_their_order(colour_bundle: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "a.png", tmp_path / "b.png"
    first.write_bytes(png(picture()))
    second.write_bytes(png(picture(300, 200)))
    assessments = assess(str(second), first, bundle=str(colour_bundle))
    assert [one.file for one in assessments] == [str(second), str(first)]
    assert [one.size.width for one in assessments] == [200, 640]


def test_min_score_changes_what_is_reported_but_not_the_verdict(colour_bundle: Path) -> None:
    data = png(picture())
    (usual,), (everything,), (nothing,) = (
        assess(data, bundle=colour_bundle, min_score=score) for score in (None, 0.01, 1.0)
    )
    assert len(everything.damages) > len(usual.damages) > len(nothing.damages) == 0
    assert usual.verdict is everything.verdict is nothing.verdict
    assert usual.damage_probability == everything.damage_probability == nothing.damage_probability
    assert set(everything.model.thresholds.values()) == {0.01}


def test_a_score_outside_its_range_is_refused(colour_bundle: Path) -> None:
    with pytest.raises(ValueError, match=r"0\.\.1"):
        Assessor(colour_bundle, min_score=1.5)


def test_bytes_that_are_no_photo_raise_one_sentence(colour_bundle: Path) -> None:
    with pytest.raises(PhotoError):
        assess(b"not a photo", bundle=colour_bundle)


def test_predictions_of_a_turned_photo_follow_its_upright_form(colour_bundle: Path) -> None:
    file = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(np.rot90(picture(), 1)).save(file, "JPEG", quality=95, exif=exif)
    predictor = Predictor(load_bundle(colour_bundle))
    turned = predictor.predict(read_photo(file.getvalue()), min_score=0.3)
    upright = predictor.predict(read_photo(png(picture())), min_score=0.3)
    assert turned.size == upright.size
    np.testing.assert_allclose(turned.boxes, upright.boxes)
    np.testing.assert_allclose(turned.scores, upright.scores, atol=0.03)


def test_a_model_that_is_no_onnx_file_is_an_error_of_the_bundle(tmp_path: Path, colour_card: Card) -> None:
    write_bundle(tmp_path / "broken", colour_card, b"no model at all")
    with pytest.raises(BundleError, match="cannot be loaded"):
        assess(png(picture()), bundle=tmp_path / "broken")


def test_a_model_that_contradicts_its_card_is_an_error_of_the_bundle(tmp_path: Path, colour_bundle: Path) -> None:
    card = json.loads((colour_bundle / "card.json").read_text())
    card["input"] |= {"height": 32}
    (tmp_path / "card.json").write_text(json.dumps(card))
    (tmp_path / "model.onnx").write_bytes((colour_bundle / "model.onnx").read_bytes())
    with pytest.raises(BundleError, match="must take one input"):
        assess(png(picture()), bundle=tmp_path)
    card["input"] |= {"height": 64}
    card["types"], card["thresholds"] = ["dent"], {"dent": 0.5}
    (tmp_path / "card.json").write_text(json.dumps(card))
    with pytest.raises(BundleError, match="'scores' must have the shape"):
        assess(png(picture()), bundle=tmp_path)


def test_importing_and_assessing_leave_torch_unloaded(colour_bundle: Path, tmp_path: Path) -> None:
    photo = tmp_path / "a.png"
    photo.write_bytes(png(picture()))
    program = (
        "import sys, coachwork\n"
        "light = {'numpy', 'onnxruntime', 'cv2', 'PIL', 'torch', 'click'} & set(sys.modules)\n"
        "assert not light, light\n"
        f"assert coachwork.assess({str(photo)!r}, bundle={str(colour_bundle)!r})\n"
        "heavy = {'torch', 'torchvision', 'timm', 'onnx', 'scipy', 'pandas'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", program], capture_output=True, text=True, env=os.environ, check=False
    )
    assert done.returncode == 0, done.stderr
