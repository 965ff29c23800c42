import json
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageOps

from coachwork.annotations.importing import ImportPlan, import_source
from coachwork.annotations.problems import AnnotationError, ProblemCode, SourceError
from coachwork.datasets.dataset import read_dataset
from coachwork.datasets.place import DatasetError
from coachwork.datasets.sample import Split
from coachwork.datasets.store import DatasetStore
from coachwork.taxonomy import DamageType, TaxonomyError

MakePhoto = Callable[..., Path]


def coco(*names: str, kind: str = "dent") -> dict[str, Any]:
    return {
        "categories": [{"id": 1, "name": kind}],
        "images": [{"id": index, "file_name": name} for index, name in enumerate(names)],
        "annotations": [
            {"id": index, "image_id": index, "category_id": 1, "bbox": [1 + index, 1, 9, 9]}
            for index, _ in enumerate(names)
        ],
    }


@pytest.fixture
def source(tmp_path: Path, make_photo: MakePhoto) -> Path:
    """Two train photos and one val photo, each with a dent."""
    folder = tmp_path / "source"
    for seed, place in enumerate(("train/a.jpg", "train/b.jpg", "val/c.jpg")):
        make_photo(folder / place, seed=seed)
    (folder / "train.coco.json").write_text(json.dumps(coco("a.jpg", "b.jpg")))
    (folder / "val.coco.json").write_text(json.dumps(coco("c.jpg")))
    return folder


def write(path: Path, document: object) -> None:
    path.write_text(json.dumps(document))


def codes(place: Path) -> dict[str, Counter[str]]:
    """The codes in the problems.json of a dataset's current version, by source."""
    store = DatasetStore(place.parent)
    known = store.note(store.resolve(place.name), "problems.json")
    assert isinstance(known, dict)
    return {name: Counter(problem["code"] for problem in problems) for name, problems in known.items()}


def test_several_files_become_one_dataset_with_their_splits(source: Path, tmp_path: Path) -> None:
    report = import_source(ImportPlan(source=source, to=tmp_path / "d"))
    assert {sample.name: sample.split for sample in report.dataset.samples} == {
        "a.jpg": Split.TRAIN,
        "b.jpg": Split.TRAIN,
        "c.jpg": Split.VAL,
    }
    assert (report.problems, report.photos_read, report.formats) == ((), 3, {"coco": 2})
    assert report.label_map == "coachwork"
    for sample in report.dataset.samples:
        assert report.dataset.photo_path(sample).is_file()
        assert sample.fingerprint is not None
    assert codes(tmp_path / "d") == {"coachwork": Counter()}


def test_one_file_is_a_source_too(source: Path, tmp_path: Path) -> None:
    report = import_source(ImportPlan(source=source / "val.coco.json", to=tmp_path / "d"))
    assert [(sample.name, sample.split) for sample in report.dataset.samples] == [("c.jpg", Split.VAL)]


def test_the_same_source_gives_the_same_dataset(source: Path, tmp_path: Path) -> None:
    first, second = (import_source(ImportPlan(source=source, to=tmp_path / name)).dataset for name in "de")
    assert first.digest == second.digest


def test_an_existing_folder_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    (tmp_path / "d" / "mine").mkdir(parents=True)
    with pytest.raises(DatasetError, match="exists already"):
        import_source(ImportPlan(source=tmp_path / "nothing", to=tmp_path / "d"))
    with pytest.raises(DatasetError, match="is no dataset"):
        import_source(ImportPlan(source=tmp_path / "nothing", to=tmp_path / "d", merge=True))


def test_merging_adds_a_source_and_copies_no_photo_twice(source: Path, tmp_path: Path, make_photo: MakePhoto) -> None:
    import_source(ImportPlan(source=source, to=tmp_path / "d", label_map="coachwork"))
    other = tmp_path / "other"
    make_photo(other / "train" / "same_as_a.jpg", seed=0)
    make_photo(other / "train" / "new.jpg", seed=7)
    write(other / "train.json", coco("same_as_a.jpg", "new.jpg", kind="rust"))
    (tmp_path / "map.toml").write_text('[rusty]\nlicence = "CC0"\n[rusty.labels]\nrust = "rust"\n')
    plan = ImportPlan(source=other, to=tmp_path / "d", label_map=str(tmp_path / "map.toml"), merge=True)
    report = import_source(plan)
    assert {known.name: known.licence for known in report.dataset.sources} == {
        "coachwork": "not stated",
        "rusty": "CC0",
    }
    assert sorted(sample.name for sample in report.dataset.samples) == ["a.jpg", "b.jpg", "c.jpg", "new.jpg"]
    assert len(list((tmp_path / "objects" / "photos").rglob("*.jpg"))) == 4
    assert codes(tmp_path / "d") == {"coachwork": Counter(), "rusty": Counter({"copy_conflict": 1})}


def test_merging_the_same_source_again_changes_nothing(source: Path, tmp_path: Path) -> None:
    before = import_source(ImportPlan(source=source, to=tmp_path / "d")).dataset
    report = import_source(ImportPlan(source=source, to=tmp_path / "d", merge=True))
    assert (report.dataset.digest, report.dataset.sources) == (before.digest, before.sources)
    assert report.problems == ()


def test_annotations_that_were_mended_take_the_place_of_the_earlier_ones(source: Path, tmp_path: Path) -> None:
    import_source(ImportPlan(source=source, to=tmp_path / "d"))
    mended = coco("a.jpg", "b.jpg")
    del mended["annotations"][0]
    write(source / "train.coco.json", mended)
    report = import_source(ImportPlan(source=source, to=tmp_path / "d", merge=True))
    assert {sample.name: len(sample.shapes) for sample in report.dataset.samples} == {
        "a.jpg": 0,
        "b.jpg": 1,
        "c.jpg": 1,
    }
    assert [problem.code for problem in report.problems] == [ProblemCode.NO_SHAPES]


def test_a_split_that_was_drawn_stays_when_the_photos_come_again(tmp_path: Path, make_photo: MakePhoto) -> None:
    for seed in range(10):
        make_photo(tmp_path / "clean" / f"{seed}.jpg", seed=seed)
    first = import_source(ImportPlan(source=tmp_path / "clean", to=tmp_path / "d", val=0.3)).dataset
    for seed in range(10, 14):
        make_photo(tmp_path / "clean" / f"{seed}.jpg", seed=seed)
    again = import_source(ImportPlan(source=tmp_path / "clean", to=tmp_path / "d", merge=True, seed=5, val=0)).dataset
    splits = {sample.name: sample.split for sample in again.samples}
    assert all(splits[sample.name] is sample.split for sample in first.samples)
    assert len(splits) == 14


def test_merging_never_moves_a_photo_out_of_val(source: Path, tmp_path: Path, make_photo: MakePhoto) -> None:
    import_source(ImportPlan(source=source, to=tmp_path / "d"))
    other = tmp_path / "other"
    make_photo(other / "train" / "x.jpg", seed=2, width=80, height=60)
    write(other / "train.json", coco("x.jpg"))
    report = import_source(ImportPlan(source=other, to=tmp_path / "d", merge=True))
    by_name = {sample.name: sample for sample in report.dataset.samples}
    assert by_name["x.jpg"].split is by_name["c.jpg"].split is Split.VAL
    assert by_name["x.jpg"].cluster == by_name["c.jpg"].cluster
    assert [problem.code for problem in report.problems] == [ProblemCode.LEAK]


def test_a_leak_inside_a_source_goes_to_val_once(source: Path, tmp_path: Path, make_photo: MakePhoto) -> None:
    """Trap (c) of the real VIA set: the same bytes in train and val, annotated twice."""
    make_photo(source / "train" / "a.jpg", seed=2)
    report = import_source(ImportPlan(source=source, to=tmp_path / "d"))
    assert {sample.name: sample.split for sample in report.dataset.samples} == {
        "b.jpg": Split.TRAIN,
        "c.jpg": Split.VAL,
    }
    assert [problem.code for problem in report.problems] == [ProblemCode.LEAK, ProblemCode.PHOTO_COPY]
    assert report.problems[0].what.startswith("byte for byte the same photo as 'c.jpg'")


def test_a_mirror_image_on_the_other_side_is_a_leak(source: Path, tmp_path: Path) -> None:
    with Image.open(source / "val" / "c.jpg") as photo:
        ImageOps.mirror(photo).save(source / "train" / "a.jpg", quality=80)
    report = import_source(ImportPlan(source=source, to=tmp_path / "d"))
    (leak,) = report.problems
    assert leak.code is ProblemCode.LEAK
    assert leak.what.startswith("a mirror image of 'c.jpg'")
    assert {s.name: s.split for s in report.dataset.samples}["a.jpg"] is Split.VAL


def test_photos_without_a_stated_split_are_drawn_by_cluster(tmp_path: Path, make_photo: MakePhoto) -> None:
    for seed in range(20):
        make_photo(tmp_path / "clean" / f"{seed}.jpg", seed=seed)
    for burst in range(4):
        make_photo(tmp_path / "clean" / f"burst{burst}.jpg", seed=0, width=40 + 20 * burst, height=30 + 15 * burst)
    plan = ImportPlan(source=tmp_path / "clean", to=tmp_path / "d", undamaged=True, val=0.25)
    samples = import_source(plan).dataset.samples
    assert all(sample.annotated == frozenset(DamageType) and not sample.shapes for sample in samples)
    splits = Counter(sample.split for sample in samples)
    assert 3 <= splits[Split.VAL] <= 6
    assert len({sample.split for sample in samples if sample.name.startswith("burst")}) == 1


def test_photos_that_nobody_looked_at_are_unlabelled(tmp_path: Path, make_photo: MakePhoto) -> None:
    make_photo(tmp_path / "found" / "photos" / "a.jpg")
    dataset = import_source(ImportPlan(source=tmp_path / "found" / "photos", to=tmp_path / "d")).dataset
    assert dataset.samples[0].annotated == frozenset()
    assert dataset.sources[0].name == "found"


def test_undamaged_is_refused_where_there_are_annotations(source: Path, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="--format photos"):
        import_source(ImportPlan(source=source, to=tmp_path / "d", undamaged=True))


def test_strict_raises_one_group_and_leaves_nothing(source: Path, tmp_path: Path) -> None:
    broken = coco("a.jpg", "nowhere.jpg", "b.jpg")
    broken["annotations"][0]["bbox"] = [1, 1]
    write(source / "train.coco.json", broken)
    with pytest.raises(ExceptionGroup) as caught:
        import_source(ImportPlan(source=source, to=tmp_path / "d", strict=True))
    errors = caught.value.exceptions
    assert all(isinstance(error, AnnotationError) for error in errors)
    assert [error.problem.code for error in errors if isinstance(error, AnnotationError)] == [
        ProblemCode.WRONG_TYPE,
        ProblemCode.PHOTO_MISSING,
    ]
    assert not (tmp_path / "d").exists()


def test_strict_accepts_notes(source: Path, tmp_path: Path, make_photo: MakePhoto) -> None:
    make_photo(source / "train" / "a.jpg", seed=2)
    report = import_source(ImportPlan(source=source, to=tmp_path / "d", strict=True))
    assert [problem.code.is_note for problem in report.problems] == [True, True]


def test_one_broken_file_does_not_cost_the_others(source: Path, tmp_path: Path) -> None:
    (source / "train.coco.json").write_text('{"images": [], "annotations": [], "categories": 3}')
    report = import_source(ImportPlan(source=source, to=tmp_path / "d", format="coco"))
    assert [sample.name for sample in report.dataset.samples] == ["c.jpg"]
    assert report.problems[0].file.endswith("train.coco.json")


def test_a_source_without_photos_is_refused(source: Path, tmp_path: Path) -> None:
    shutil.rmtree(source / "train")
    shutil.rmtree(source / "val")
    with pytest.raises(SourceError, match=r"nothing can be used.*there is no photo 'a\.jpg'"):
        import_source(ImportPlan(source=source, to=tmp_path / "d"))


def test_labels_that_no_map_knows_say_how_to_write_one(source: Path, tmp_path: Path) -> None:
    for name in ("train", "val"):
        path = source / f"{name}.coco.json"
        path.write_text(path.read_text().replace("dent", "beule"))
    with pytest.raises(TaxonomyError, match=r"'beule'.*--label-map FILE"):
        import_source(ImportPlan(source=source, to=tmp_path / "d"))
    with pytest.raises(TaxonomyError, match="there is no label map 'german'"):
        import_source(ImportPlan(source=source, to=tmp_path / "d", label_map="german"))


def test_the_dataset_on_disk_is_the_one_reported(source: Path, tmp_path: Path) -> None:
    report = import_source(ImportPlan(source=source, to=tmp_path / "d"))
    again = read_dataset(tmp_path / "d")
    assert (again.digest, again.name) == (report.dataset.digest, "d")
    assert not list(tmp_path.rglob(".*"))


def test_a_dataset_is_written_under_its_name_not_into_a_version(source: Path, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="versions do not change"):
        import_source(ImportPlan(source=source, to=tmp_path / "d@spring"))
    assert not (tmp_path / "d").exists()
