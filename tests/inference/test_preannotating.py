"""From photos to a task for annotators and back, in every format that can be written."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from coachwork.annotations.contract import Holding
from coachwork.annotations.converting import written_formats
from coachwork.annotations.correcting import CorrectionsPlan, compare_corrections
from coachwork.annotations.formats import FORMATS, recognise
from coachwork.annotations.importing import ImportPlan, import_source
from coachwork.annotations.photo_lookup import open_photo
from coachwork.annotations.problems import SourceError
from coachwork.datasets.corrections import Change
from coachwork.datasets.photo_table import PHOTO_TABLE, CollectedPhoto
from coachwork.datasets.sample import Attribution
from coachwork.geometry.mask import Mask
from coachwork.geometry.polygon import rasterise
from coachwork.geometry.size import Size
from coachwork.inference.bundle import load_bundle
from coachwork.inference.preannotating import RECORD, PreannotationPlan, preannotate
from coachwork.inference.proposing import drawn_outlines

DRAWN = [name for name in written_formats() if Holding.OUTLINES in FORMATS[name].holds]


def save_photo(path: Path, *, red: bool = True, orientation: int = 1) -> None:
    """A grey photo of 128 x 64 pixels, with a red square (a dent, to the model) in its upper left corner."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.full((64, 128, 3), 90, dtype=np.uint8)
    pixels[::9] = 140
    if red:
        pixels[:32, :32] = (255, 0, 0)
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(pixels).save(path, quality=95, exif=exif if orientation != 1 else b"")


@pytest.fixture
def pool(tmp_path: Path) -> Path:
    folder = tmp_path / "pool"
    save_photo(folder / "red.jpg")
    save_photo(folder / "grey.jpg", red=False)
    return folder


@pytest.mark.parametrize("name", DRAWN)
def test_what_is_proposed_is_read_back_in_every_format(
    name: str, pool: Path, colour_bundle: Path, tmp_path: Path
) -> None:
    task = tmp_path / "task"
    report = preannotate(PreannotationPlan(pool=str(pool), to=task, format=name), load_bundle(colour_bundle))
    assert (report.photos, report.shapes) == (2, {"dent": 1})
    assert {file.format.name for file in recognise(task)} == {name}
    found = compare_corrections(CorrectionsPlan(proposed=task, corrected=task))
    assert (found.photos, found.untouched, found.missing, found.problems) == (2, 2, (), ())
    (dent,) = found.corrections
    assert dent.change is Change.KEPT
    assert dent.corrected is not None
    assert dent.corrected.has_mask
    x_min, y_min, x_max, y_max = dent.corrected.box.xyxy
    assert (x_min, y_min, x_max, y_max) == pytest.approx((0, 0, 32, 32), abs=4)
    if Holding.ATTRIBUTES in FORMATS[name].holds:
        assert dent.corrected.attributes["model"] == load_bundle(colour_bundle).digest[:12]
        assert 0.5 < float(dent.corrected.attributes["score"]) <= 1


def test_collected_photos_keep_their_terms_as_proposals(pool: Path, colour_bundle: Path, tmp_path: Path) -> None:
    save_photo(pool / "turned.jpg", orientation=6)
    terms = Attribution(licence="CC-BY-4.0", author="Ann Example", url="https://example.org/a")
    entries = [CollectedPhoto(**collected_facts(pool / name, terms)) for name in ("red.jpg", "turned.jpg")]
    (tmp_path / PHOTO_TABLE).write_text("".join(f"{entry.as_line()}\n" for entry in entries))
    report = preannotate(
        PreannotationPlan(pool=str(pool), to=tmp_path / "task", format="cvat"), load_bundle(colour_bundle)
    )
    assert Holding.ATTRIBUTION in {loss.holding for loss in report.losses}
    found = import_source(ImportPlan(source=tmp_path / "task", to=tmp_path / "set")).dataset.samples
    assert {one.name.rpartition("/")[2]: one.attribution for one in found} == {
        "red.jpg": terms,
        "turned.jpg": terms,
        "grey.jpg": None,
    }


def test_a_broken_table_of_terms_is_told(pool: Path, colour_bundle: Path, tmp_path: Path) -> None:
    (pool / PHOTO_TABLE).write_text("{}\n{}\n")
    with pytest.raises(SourceError, match="line 1 is broken: mend or remove it"):
        preannotate(PreannotationPlan(pool=str(pool), to=tmp_path / "task", format="cvat"), load_bundle(colour_bundle))


def collected_facts(photo: Path, terms: Attribution) -> dict[str, Any]:
    """What `coachwork collect` notes of a photo in `pool`."""
    texts = dict.fromkeys(("licence_stated", "licence_url", "title", "page", "retrieved"), "")
    facts = {"file": f"pool/{photo.name}", "sha256": open_photo(photo).sha256, "url": terms.url, "author": terms.author}
    return texts | facts | {"licence": terms.licence, "width": 128, "height": 64, "bytes": photo.stat().st_size}


def test_a_corrected_file_without_photos_finds_them_beside_the_proposals(
    pool: Path, colour_bundle: Path, tmp_path: Path
) -> None:
    task = tmp_path / "task"
    preannotate(PreannotationPlan(pool=str(pool), to=task, format="coco"), load_bundle(colour_bundle))
    document = json.loads((task / "train.coco.json").read_text())
    scratch = next(one["id"] for one in document["categories"] if one["name"] == "scratch")
    document["annotations"][0]["category_id"] = scratch
    document["images"].append({"id": 99, "file_name": "unknown.jpg", "width": 1, "height": 1})
    corrected = tmp_path / "corrected.json"
    corrected.write_text(json.dumps(document))
    found = compare_corrections(CorrectionsPlan(proposed=task, corrected=corrected))
    assert [one.change for one in found.corrections] == [Change.RETYPED]
    assert found.untouched == 1
    assert len(found.problems) == 1  # the photo that nobody has


def test_photos_that_were_not_corrected_are_missing_and_not_deleted(
    pool: Path, colour_bundle: Path, tmp_path: Path
) -> None:
    task = tmp_path / "task"
    preannotate(PreannotationPlan(pool=str(pool), to=task, format="coco"), load_bundle(colour_bundle))
    document = json.loads((task / "train.coco.json").read_text())
    red = next(one for one in document["images"] if one["file_name"] == "red.jpg")
    document["images"] = [one for one in document["images"] if one is not red]
    document["annotations"] = []
    (tmp_path / "part.json").write_text(json.dumps(document))
    found = compare_corrections(CorrectionsPlan(proposed=task, corrected=tmp_path / "part.json"))
    assert (found.photos, found.missing, found.corrections) == (1, ("red.jpg",), ())


def test_sides_without_a_common_photo_are_refused(pool: Path, colour_bundle: Path, tmp_path: Path) -> None:
    for name in ("red", "grey"):
        plan = PreannotationPlan(pool=str(pool / f"{name}.jpg"), to=tmp_path / name, format="coco")
        preannotate(plan, load_bundle(colour_bundle))
    with pytest.raises(SourceError, match="have no photo in common"):
        compare_corrections(CorrectionsPlan(proposed=tmp_path / "red", corrected=tmp_path / "grey"))


def test_a_turned_photo_is_written_upright(colour_bundle: Path, tmp_path: Path) -> None:
    save_photo(tmp_path / "pool" / "turned.jpg", orientation=6)
    task = tmp_path / "task"
    preannotate(PreannotationPlan(pool=str(tmp_path / "pool"), to=task, format="coco"), load_bundle(colour_bundle))
    (written,) = (task / "train").iterdir()
    with Image.open(written) as picture:
        assert (picture.size, picture.getexif().get(0x0112, 1)) == ((64, 128), 1)
    document = json.loads((task / "train.coco.json").read_text())
    assert (document["images"][0]["width"], document["images"][0]["height"]) == (64, 128)
    assert document["annotations"][0]["bbox"] == pytest.approx([32, 0, 32, 32], abs=4)


def test_copies_and_broken_photos_are_left_out_and_the_record_says_where_from(
    pool: Path, colour_bundle: Path, tmp_path: Path
) -> None:
    (pool / "twin.jpg").write_bytes((pool / "red.jpg").read_bytes())
    (pool / "broken.jpg").write_text("no photo")
    task = tmp_path / "task"
    plan = PreannotationPlan(pool=str(pool), to=task, format="via", min_score=0.3)
    report = preannotate(plan, load_bundle(colour_bundle))
    assert sorted(Path(one.name).name for one in report.left_out) == ["broken.jpg", "twin.jpg"]
    record = json.loads((task / RECORD).read_text())
    assert {one["file"]: Path(one["from"]).name for one in record["photos"]} == {
        "grey.jpg": "grey.jpg",
        "red.jpg": "red.jpg",
    }
    assert record["thresholds"] == {"dent": 0.3, "scratch": 0.3}


def test_a_folder_in_the_way_and_a_pool_of_nothing_are_one_sentence(
    pool: Path, colour_bundle: Path, tmp_path: Path
) -> None:
    bundle = load_bundle(colour_bundle)
    with pytest.raises(SourceError, match="exists already: choose another folder"):
        preannotate(PreannotationPlan(pool=str(pool), to=pool, format="coco"), bundle)
    with pytest.raises(SourceError, match="is only read: choose one of"):
        preannotate(PreannotationPlan(pool=str(pool), to=tmp_path / "t", format="photos"), bundle)
    (tmp_path / "none").mkdir()
    (tmp_path / "none" / "a.jpg").write_text("no photo")
    with pytest.raises(SourceError, match="none of its 1 photos can be used"):
        preannotate(PreannotationPlan(pool=str(tmp_path / "none"), to=tmp_path / "t", format="coco"), bundle)
    assert not (tmp_path / "t").exists()


def test_outlines_have_few_points_and_keep_the_shape() -> None:
    y, x = np.mgrid[:300, :400]
    disc = (x - 200) ** 2 + (y - 150) ** 2 < 90**2
    disc[5:7, 5:7] = True  # a speck
    mask = Mask.from_full(disc)
    outlines = drawn_outlines(mask)
    assert len(outlines) == 1
    assert len(outlines[0]) < 60
    drawn = rasterise(outlines, Size(height=300, width=400)).full()
    assert (drawn & disc).sum() / (drawn | disc).sum() > 0.97


def test_an_empty_mask_has_no_outline() -> None:
    assert drawn_outlines(Mask.from_full(np.zeros((4, 4), dtype=np.bool_))) == ()
