"""Licence and author of a photo survive every format, in the table beside the annotations."""

import json
from pathlib import Path

import pytest

from coachwork.annotations.contract import Format, Holding
from coachwork.annotations.converting import ConversionPlan, convert_source
from coachwork.annotations.export import export_of
from coachwork.annotations.formats import FORMATS, recognise
from coachwork.annotations.importing import ImportPlan, import_source
from coachwork.annotations.losses import losses_of
from coachwork.annotations.photo_lookup import open_photo
from coachwork.annotations.problems import ProblemCode
from coachwork.annotations.whole_export import write_whole
from coachwork.datasets.photo_table import PHOTO_TABLE, read_photo_table
from coachwork.datasets.sample import Attribution, DamageShape, Sample
from coachwork.geometry.box import Box
from coachwork.taxonomy import DamageType
from tests.annotations.golden import yolo_folder
from tests.annotations.photo_files import write_photo
from tests.annotations.samples import sample_of

ANN = Attribution(licence="CC-BY-4.0", author="Ann Example", url="https://example.org/a")
WRITTEN = [fmt for fmt in FORMATS.values() if fmt.write is not None]


def dented(photo: Path, attribution: Attribution | None) -> Sample:
    shape = DamageShape(type=DamageType.DENT, box=Box(x_min=2, y_min=3, x_max=12, y_max=13))
    return sample_of(photo, shape, attribution=attribution)


@pytest.mark.parametrize("fmt", WRITTEN, ids=lambda fmt: fmt.name)
def test_licence_and_author_come_back_from_every_format(fmt: Format, photo_folder: Path, tmp_path: Path) -> None:
    samples = [dented(photo_folder / "a.jpg", ANN), dented(photo_folder / "b.jpg", None)]
    assert fmt.write is not None
    write_whole(
        lambda folder: export_of(samples, folder, lambda one: photo_folder / one.photo), fmt.write, tmp_path / "out"
    )
    (entry,) = read_photo_table(tmp_path / "out")
    assert (entry.licence, entry.author, entry.page) == ("CC-BY-4.0", "Ann Example", "https://example.org/a")
    if fmt.name != "tfrecord":  # whose photos lie within
        assert (tmp_path / "out" / entry.file).is_file()
    assert {file.format for file in recognise(tmp_path / "out")} == {fmt}
    report = import_source(ImportPlan(source=tmp_path / "out", to=tmp_path / "set"))
    found = {one.sha256: one.attribution for one in report.dataset.samples}
    assert found == {one.sha256: one.attribution for one in samples}


def test_a_photo_that_a_record_holds_encoded_anew_keeps_its_terms(photo_folder: Path, tmp_path: Path) -> None:
    tfrecord = FORMATS["tfrecord"]
    assert tfrecord.write is not None
    samples = [dented(photo_folder / "turned.jpg", ANN)]
    write_whole(
        lambda folder: export_of(samples, folder, lambda one: photo_folder / one.photo),
        tfrecord.write,
        tmp_path / "out",
    )
    (entry,) = read_photo_table(tmp_path / "out")
    dataset = import_source(ImportPlan(source=tmp_path / "out", to=tmp_path / "set")).dataset
    (sample,) = dataset.samples
    assert sample.attribution == ANN
    assert (entry.sha256, entry.bytes) == (sample.sha256, dataset.photo_path(sample).stat().st_size)
    assert entry.sha256 != samples[0].sha256


def test_no_table_is_written_where_no_photo_has_terms_of_its_own(photo_folder: Path, tmp_path: Path) -> None:
    coco = FORMATS["coco"]
    assert coco.write is not None
    write_whole(
        lambda folder: export_of([dented(photo_folder / "a.jpg", None)], folder, lambda one: photo_folder / one.photo),
        coco.write,
        tmp_path / "out",
    )
    assert not (tmp_path / "out" / PHOTO_TABLE).exists()


def test_every_format_tells_where_the_terms_stand(photo_folder: Path) -> None:
    where = "stands in photos.jsonl beside the annotations, which Coachwork alone reads"
    for fmt in WRITTEN:
        told = [
            loss
            for loss in losses_of([dented(photo_folder / "a.jpg", ANN)], fmt)
            if loss.holding is Holding.ATTRIBUTION
        ]
        assert [str(loss) for loss in told] == [f"licence and author of single photos: 1 photo: {where}"]


def collected(folder: Path, photo: Path) -> None:
    """The table that `coachwork collect` leaves above its photos."""
    facts = {"file": f"photos/{photo.name}", "sha256": open_photo(photo).sha256, "url": ANN.url, "licence": ANN.licence}
    facts |= {
        "licence_stated": "CC BY",
        "licence_url": "",
        "author": ANN.author,
        "title": "",
        "page": "",
        "retrieved": "",
    }
    (folder / PHOTO_TABLE).write_text(json.dumps(facts | {"width": 40, "height": 30, "bytes": 9}) + "\n")


def test_collected_photos_keep_their_terms_when_others_annotate_them(tmp_path: Path) -> None:
    photos = tmp_path / "collection" / "photos"
    photos.mkdir(parents=True)
    yolo_folder.write_labelimg(photos)
    collected(photos.parent, photos / "a.jpg")
    for source in (photos, photos.parent):
        report = import_source(ImportPlan(source=source, to=tmp_path / "made" / source.name))
        found = {one.name.rpartition("/")[2]: one.attribution for one in report.dataset.samples}
        assert found == {"a.jpg": ANN, "b.JPG": None, "c.png": None}
        assert not [problem for problem in report.problems if problem.code is ProblemCode.FILE_UNREADABLE]


def test_the_terms_pass_from_format_to_format(tmp_path: Path) -> None:
    (tmp_path / "set").mkdir()
    yolo_folder.write_labelimg(tmp_path / "set")
    collected(tmp_path / "set", tmp_path / "set" / "a.jpg")
    convert_source(ConversionPlan(source=tmp_path / "set", to=tmp_path / "coco", format="coco"))
    report = convert_source(ConversionPlan(source=tmp_path / "coco", to=tmp_path / "cvat", format="cvat"))
    assert Holding.ATTRIBUTION in {loss.holding for loss in report.losses}
    assert [entry.author for entry in read_photo_table(tmp_path / "cvat")] == ["Ann Example"]


def test_a_broken_table_is_told_and_the_photos_are_read(tmp_path: Path) -> None:
    write_photo(tmp_path / "set" / "a.jpg")
    (tmp_path / "set" / PHOTO_TABLE).write_text("{}\n{}\n")
    report = import_source(ImportPlan(source=tmp_path / "set", to=tmp_path / "d"))
    (problem,) = [one for one in report.problems if one.code is ProblemCode.FILE_UNREADABLE]
    assert "line 1 is broken" in problem.what
    assert problem.done == "photos taken without licence and author"
    assert len(report.dataset.samples) == 1
