"""From a pool of photos to a batch, with a model whose answers are known: red is a dent, blue is a scratch."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from coachwork.annotations.importing import ImportPlan, import_source
from coachwork.inference.bundle import load_bundle
from coachwork.inference.pool import MODEL_EMBEDDING, PhotoExaminer, PoolPhoto
from coachwork.inference.predictor import Predictor, RawPrediction
from coachwork.inference.selecting import SelectionError, SelectionPlan, is_dataset, select_from_pool, write_selection
from coachwork.photos.descriptor import DESCRIPTOR_NAME
from coachwork.photos.problems import PhotoError


def save_photo(path: Path, seed: int, *, red: int = 0) -> Path:
    """A usable photo of grey tiles, lower right corner red by so much."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    tiles = rng.integers(60, 256, (12, 16), dtype=np.uint8).repeat(20, axis=0).repeat(20, axis=1)
    pixels = np.stack([tiles] * 3, axis=2)
    pixels[120:, 160:] = (40 + red, 40, 40) if red else pixels[120:, 160:]
    Image.fromarray(pixels).save(path, quality=92)
    return path


@pytest.fixture
def pool(tmp_path: Path) -> Path:
    """Eight photos: one with a faint dent, a copy of it, a dark one, one that is no photo, and grey ones."""
    folder = tmp_path / "pool"
    for seed in range(4):
        save_photo(folder / f"grey-{seed}.jpg", seed)
    save_photo(folder / "faint.jpg", 9, red=104)
    (folder / "twin.jpg").write_bytes((folder / "faint.jpg").read_bytes())
    Image.new("RGB", (320, 240), (5, 5, 5)).save(folder / "dark.jpg")
    (folder / "broken.jpg").write_text("no photo")
    return folder


def test_the_doubtful_photo_comes_first_and_unusable_ones_are_left_out(pool: Path, colour_bundle: Path) -> None:
    seen: list[tuple[str, int, int]] = []
    plan = SelectionPlan(pool=str(pool), count=3)
    report = select_from_pool(plan, load_bundle(colour_bundle), seen=lambda *told: seen.append(told))
    first = report.choices[0]
    assert Path(first.candidate.name).name == "faint.jpg"
    assert "dent" in report.reasons[0][0] or "dent" in report.reasons[0][1]
    why = {Path(one.name).name: one.why for one in report.left_out}
    assert why["twin.jpg"] == f"it is a copy of {first.candidate.name}"
    assert why["dark.jpg"].startswith("The photo is too dark")
    assert why["broken.jpg"].startswith("it cannot be read: this is a text file")
    assert report.embedded_by == DESCRIPTOR_NAME
    assert seen[7] == ("looking at the pool", 8, 8)
    assert seen[-1] == ("choosing", 3, 3)


def test_photos_of_the_dataset_are_not_chosen_again(pool: Path, colour_bundle: Path, tmp_path: Path) -> None:
    known = tmp_path / "known"
    known.mkdir()
    for seed in range(2):
        Image.open(pool / f"grey-{seed}.jpg").save(known / f"again-{seed}.jpg", quality=70)
    import_source(ImportPlan(source=known, to=tmp_path / "sets" / "mine", format="photos", undamaged=True))
    plan = SelectionPlan(pool=str(pool), count=9, dataset=str(tmp_path / "sets" / "mine"))
    report = select_from_pool(plan, load_bundle(colour_bundle))
    assert {Path(one.candidate.name).name for one in report.choices} == {"grey-2.jpg", "grey-3.jpg", "faint.jpg"} | (
        {"twin.jpg"} - {Path(one.name).name for one in report.left_out}
    )
    assert report.annotated == 2
    why = [one.why for one in report.left_out if "grey-0" in one.name]
    assert why == ["it is a near-duplicate of again-0.jpg, which is annotated"]


def test_the_unlabelled_photos_of_a_dataset_are_a_pool(pool: Path, colour_bundle: Path, tmp_path: Path) -> None:
    place = tmp_path / "sets" / "new"
    import_source(ImportPlan(source=pool, to=place, format="photos"))
    assert is_dataset(str(place))
    assert not is_dataset(str(pool))
    assert not is_dataset("pool/*.jpg")
    report = select_from_pool(SelectionPlan(pool=str(place), count=1), load_bundle(colour_bundle))
    assert report.choices[0].candidate.name in {"faint.jpg", "twin.jpg"}
    assert report.examined == 6  # the copy and the broken file are none of the dataset's photos


def test_a_dataset_without_unlabelled_photos_is_no_pool(pool: Path, colour_bundle: Path, tmp_path: Path) -> None:
    place = tmp_path / "sets" / "done"
    import_source(ImportPlan(source=pool, to=place, format="photos", undamaged=True))
    with pytest.raises(SelectionError, match="are annotated: name a folder of new photos"):
        select_from_pool(SelectionPlan(pool=str(place), count=1), load_bundle(colour_bundle))


def test_a_pool_of_nothing_usable_is_told(tmp_path: Path, colour_bundle: Path) -> None:
    (tmp_path / "a.jpg").write_text("no photo")
    with pytest.raises(SelectionError, match="none of its 1 photos can be used"):
        select_from_pool(SelectionPlan(pool=str(tmp_path), count=1), load_bundle(colour_bundle))
    with pytest.raises(PhotoError, match="no such file or folder"):
        select_from_pool(SelectionPlan(pool=str(tmp_path / "nowhere"), count=1), load_bundle(colour_bundle))


def test_the_model_says_what_a_photo_looks_like_where_it_can(
    pool: Path, colour_bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def says(_self: Predictor, _raw: RawPrediction) -> NDArray[np.float32]:
        return np.array([0.6, 0.8], dtype=np.float32)

    monkeypatch.setattr(Predictor, "embedding", says)
    report = select_from_pool(SelectionPlan(pool=str(pool), count=2), load_bundle(colour_bundle))
    assert report.embedded_by == MODEL_EMBEDDING
    assert report.choices[0].candidate.embedding.tolist() == pytest.approx([0.6, 0.8])


def test_the_chosen_photos_are_put_into_a_folder_in_their_order(
    pool: Path, colour_bundle: Path, tmp_path: Path
) -> None:
    report = select_from_pool(SelectionPlan(pool=str(pool), count=2), load_bundle(colour_bundle))
    for _ in range(2):  # a second time changes nothing
        write_selection(report, tmp_path / "next")
    files = sorted(file.name for file in (tmp_path / "next" / "photos").iterdir())
    assert files[0] == "0001-faint.jpg"
    assert len(files) == 2
    written = json.loads((tmp_path / "next" / "selection.json").read_text())
    assert written == json.loads(json.dumps(report.as_json()))
    assert [one["rank"] for one in written["chosen"]] == [1, 2]


def test_a_folder_that_cannot_be_written_is_one_sentence(pool: Path, colour_bundle: Path, tmp_path: Path) -> None:
    report = select_from_pool(SelectionPlan(pool=str(pool), count=1), load_bundle(colour_bundle))
    (tmp_path / "file").write_text("")
    with pytest.raises(SelectionError, match="choose another folder with --to"):
        write_selection(report, tmp_path / "file")


def test_a_model_without_calibration_has_no_open_verdict(pool: Path, colour_bundle: Path) -> None:
    bundle = load_bundle(colour_bundle)
    examiner = PhotoExaminer(Predictor(replace(bundle, card=replace(bundle.card, verdict=None))))
    found = examiner.examine(PoolPhoto(path=pool / "faint.jpg", name="faint"))
    assert not hasattr(found, "why")
    assert (found.bounds, found.verdict_doubt) == (None, 0.0)
