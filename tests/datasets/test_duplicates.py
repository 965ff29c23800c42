from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from coachwork.datasets.duplicates import near_duplicates
from coachwork.datasets.findings import findings
from coachwork.datasets.looks import PhotoLook, alike, look_at_photo, look_at_photos, quality_figures
from coachwork.datasets.sample import Sample, Split
from coachwork.datasets.statistics import dataset_statistics
from tests.datasets.made_samples import box_shape, picture, sample


def look(folder: Path, pixels: NDArray[np.uint8]) -> PhotoLook:
    path = folder / f"{len(list(folder.iterdir()))}.png"
    Image.fromarray(pixels).save(path)
    return look_at_photo(path)


def test_no_photos_have_no_duplicates() -> None:
    assert near_duplicates([], []) == ()
    assert findings(dataset_statistics([]), [], []) == ()
    assert quality_figures([])["brightness"] is None


def test_near_duplicates_and_mirrored_copies_are_found_and_leaks_told(tmp_path: Path) -> None:
    one, other = picture(1), picture(2)
    looks = [look(tmp_path, pixels) for pixels in (one, one[::2, ::2], other, other[:, ::-1], picture(3))]
    samples = [
        sample(name="a"),
        sample(name="a again", split=Split.VAL),
        sample(box_shape(0, 0, 20, 20), name="b"),
        sample(name="b mirrored"),
        sample(name="c"),
    ]
    plain, mirrored = near_duplicates(samples, looks)
    assert ([s.name for s in plain.samples], plain.mirrored, plain.leaks, plain.disagree) == (
        ["a", "a again"], False, True, False,
    )  # fmt: skip
    assert ({s.name for s in mirrored.samples}, mirrored.mirrored, mirrored.leaks, mirrored.disagree) == (
        {"b", "b mirrored"}, True, False, True,
    )  # fmt: skip
    sentences = " ".join(findings(dataset_statistics(samples), (plain, mirrored), looks))
    assert "1 group of like photos lies in two splits" in sentences
    assert "1 group of like photos is annotated differently" in sentences
    assert plain.as_json()["leak"] is True


def test_a_photo_that_is_its_own_mirror_image_is_no_pair(tmp_path: Path) -> None:
    half = picture(4)[:, :200]
    assert near_duplicates([sample()], [look(tmp_path, np.hstack([half, half[:, ::-1]]))]) == ()


def test_a_photo_that_cannot_be_read_is_told_and_has_no_duplicates(tmp_path: Path) -> None:
    samples = [sample(name="gone.jpg"), sample(name="gone too.jpg")]
    seen: list[None] = []
    looks = look_at_photos(samples, tmp_path, seen=lambda: seen.append(None))
    assert len(seen) == 2
    assert all(one.quality is None and "no such file" in one.fault for one in looks)
    assert near_duplicates(samples, looks) == ()
    assert quality_figures(looks)["unreadable"] == 2
    assert "2 photos cannot be read" in findings(dataset_statistics(samples), (), looks)[0]
    assert alike(*looks) == 0.0


@pytest.mark.parametrize(
    ("samples", "sentence"),
    [
        ([sample(box_shape(0, 0, 9, 9))], "All photos lie in train"),
        ([sample(box_shape(0, 0, 9, 9))], "dent (1)"),
        ([sample(box_shape(0, 0, 9, 9)), sample(name="b", split=Split.VAL)], "val holds no dent: of it"),
        ([sample(annotated=frozenset())], "no negatives"),
        ([sample(box_shape(0, 0, 9, 9))], "Only 0 of 1 labelled photos show no damage"),
    ],
)
def test_findings_say_what_to_mend(samples: list[Sample], sentence: str) -> None:
    assert any(sentence in one for one in findings(dataset_statistics(samples), (), ()))
