"""The real sets: every problem that their import tells is explained here."""

from collections import Counter
from pathlib import Path

import pytest

from coachwork.annotations.importing import ImportPlan, ImportReport, import_source
from coachwork.datasets.counts import shape_counts
from coachwork.datasets.sample import Split
from coachwork.taxonomy import DamageType

LEAKED = {"image58.jpg": "image80.jpg", "image63.jpg": "image78.jpg", "image15.jpg": "image65.jpg"}
"""Train photo -> the val photo that has the same bytes."""


@pytest.fixture(scope="module")
def via(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> ImportReport:
    if not (real_data / "via-damage").is_dir():
        pytest.skip("no via-damage among the real photos")
    return import_source(ImportPlan(source=real_data / "via-damage", to=tmp_path_factory.mktemp("via") / "d"))


class TestTrapsOfTheViaSet:
    def test_a_demo_pictures_are_no_photos(self, via: ImportReport) -> None:
        missing = [problem for problem in via.problems if problem.code == "photo_missing"]
        assert len(missing) == 3
        assert all("demo picture of VIA itself" in problem.what for problem in missing)
        assert all(sample.shapes for sample in via.dataset.samples)

    def test_b_both_label_keys_are_found(self, via: ImportReport) -> None:
        assert via.label_map == "via-damage"
        assert not [problem for problem in via.problems if problem.code in {"label_missing", "label_unknown"}]
        assert {shape.label for sample in via.dataset.samples for shape in sample.shapes} == {"damage"}
        assert {shape.type for sample in via.dataset.samples for shape in sample.shapes} == {None}

    def test_c_photos_that_leak_are_in_val_alone(self, via: ImportReport) -> None:
        names = {sample.name: sample for sample in via.dataset.samples if sample.split is Split.VAL}
        assert len(names) == 15
        assert set(LEAKED.values()) <= set(names)
        told = {problem.place: problem.what for problem in via.problems if problem.code == "leak"}
        assert told.keys() == LEAKED.keys()
        assert all(twin in told[photo] for photo, twin in LEAKED.items())
        train = {sample.sha256 for sample in via.dataset.split(Split.TRAIN)}
        assert not train & {sample.sha256 for sample in names.values()}
        assert len(train) == 49 - 3

    def test_d_a_stem_is_no_name(self, via: ImportReport) -> None:
        found = [sample for sample in via.dataset.samples if sample.name.startswith("image75.")]
        assert {sample.name for sample in found} == {"image75.jpeg", "image75.jpg"}
        assert len({sample.sha256 for sample in found}) == 2

    def test_e_all_kinds_and_sizes_of_files_are_read(self, via: ImportReport) -> None:
        kinds = Counter(Path(sample.photo).suffix for sample in via.dataset.samples)
        assert kinds[".jpg"]
        assert kinds[".png"]
        sizes = [via.dataset.photo_path(sample).stat().st_size for sample in via.dataset.samples]
        assert min(sizes) < 5_000
        assert max(sizes) > 1_500_000

    def test_nothing_else_is_wrong_with_it(self, via: ImportReport) -> None:
        """Four outlines cross themselves; the leaked photos were annotated twice, each time by hand."""
        counts = Counter(problem.code.value for problem in via.problems)
        assert counts == {"photo_missing": 3, "self_crossing": 4, "copy_conflict": 3, "leak": 3}
        assert shape_counts(via.dataset.split(Split.VAL)) == {"damage": 19}


RUST = {"shape_empty": 1, "tiny_shape": 1, "no_shapes": 1}
USED_CARS = {"tiny_shape": 46, "duplicate_shape": 1, "no_shapes": 1}
# Two wheels of a car seen from its side are each other's mirror image; slivers of wheels; corners up to 1.8 px outside.
PARTS = {"mirrored_shape": 4, "tiny_shape": 2, "out_of_frame": 2, "self_crossing": 2}


@pytest.mark.parametrize(
    ("name", "photos", "shapes", "problems"),
    [
        ("scratch-boxes", {"train": 200}, {"outlines": 2, "boxes": 313}, {}),
        # One box of rust measures 0.19 x 0.22 px: a slip of the mouse.
        ("rust-dent-boxes", {"train": 100}, {"outlines": 1, "boxes": 215}, RUST),
        pytest.param("used-cars", {"train": 399, "val": 116}, {"outlines": 1218}, USED_CARS, marks=pytest.mark.slow),
        pytest.param("claims", {"train": 1632, "val": 270}, {"outlines": 4692}, {}, marks=pytest.mark.slow),
        # 3073 annotations: each outline of an annotation of wheels is a wheel of its own, 600 instead of 393.
        pytest.param("parts", {"train": 400}, {"outlines": 3280}, PARTS, marks=pytest.mark.slow),
    ],
)
def test_a_set_is_imported_without_an_unexplained_problem(
    real_data: Path,
    tmp_path: Path,
    name: str,
    *,
    photos: dict[str, int],
    shapes: dict[str, int],
    problems: dict[str, int],
) -> None:
    """Boxes that are stored as outlines have no mask; three shapes of the box sets are outlines that somebody drew."""
    report = import_source(ImportPlan(source=real_data / name, to=tmp_path / "d"))
    assert report.label_map == name
    assert Counter(problem.code.value for problem in report.problems) == problems
    assert Counter(sample.split.value for sample in report.dataset.samples) == photos
    found = [shape for sample in report.dataset.samples for shape in sample.shapes]
    assert Counter("outlines" if shape.has_mask else "boxes" for shape in found) == shapes


def test_undamaged_cars_are_reviewed_negatives_and_masks_are_no_photos(real_data: Path, tmp_path: Path) -> None:
    plan = ImportPlan(source=real_data / "undamaged", to=tmp_path / "d", label_map="undamaged", undamaged=True)
    report = import_source(plan)
    assert len(report.dataset.samples) == 64
    assert all(sample.annotated == frozenset(DamageType) for sample in report.dataset.samples)
    assert [(problem.code.value, problem.place) for problem in report.problems] == [("folder_skipped", "masks")]
    assert report.dataset.sources[0].weights_may_ship
