from pathlib import Path

import pytest

from coachwork.annotations.converting import passing_map
from coachwork.annotations.formats import recognise
from coachwork.annotations.importing import ImportPlan, import_source
from coachwork.annotations.labels import choose_label_map
from coachwork.annotations.problems import SourceError
from coachwork.taxonomy import DamageType, LabelRule, TaxonomyError
from tests.annotations.golden import yolo_folder
from tests.annotations.photo_files import write_photo


def numbered_set(folder: Path) -> Path:
    write_photo(folder / "a.jpg")
    (folder / "a.txt").write_text("0 0.5 0.5 0.5 0.5\n1 0.2 0.2 0.1 0.1\n")
    return folder


def test_labels_that_are_numbers_choose_no_shipped_map(tmp_path: Path) -> None:
    """One of them knows a "0", but that of another set."""
    with pytest.raises(TaxonomyError, match=r"\('0', '1'\).*\"0\" = \"dent\".*file classes.txt beside the labels"):
        import_source(ImportPlan(source=numbered_set(tmp_path / "set"), to=tmp_path / "d"))
    assert passing_map(frozenset({"0"})).rule("0") == LabelRule(type=None)


def test_numbers_are_labels_of_the_map_that_the_user_passes(tmp_path: Path) -> None:
    path = tmp_path / "maps.toml"
    path.write_text('[other.labels]\nBeule = "dent"\n[mine.labels]\n"0" = "dent"\n"1" = "rust"\n')
    assert choose_label_map({"0", "1"}, str(path)).name == "mine"
    plan = ImportPlan(source=numbered_set(tmp_path / "set"), to=tmp_path / "d", label_map=str(path))
    report = import_source(plan)
    assert report.problems == ()
    assert [str(shape.type) for shape in report.dataset.samples[0].shapes] == ["dent", "rust"]


def test_a_format_that_is_not_there_is_refused_with_what_to_do(tmp_path: Path) -> None:
    yolo_folder.write_labelimg(tmp_path)
    with pytest.raises(SourceError, match="no file of the format YOLO was found: leave out --format"):
        recognise(tmp_path, "yolo")


def test_only_types_that_the_source_has_labels_for_were_looked_for() -> None:
    assert choose_label_map({"Dent", "scratches"}).annotates == {DamageType.DENT, DamageType.SCRATCH}
    assert choose_label_map({"Dent"}, "coachwork").annotates == frozenset(DamageType)


def test_rendered_photos_are_free_where_they_are_named_as_such_and_own_labels_alone_do_not_say_so() -> None:
    labels = {kind.value for kind in DamageType}
    assert choose_label_map(labels).name == "coachwork"
    assert not choose_label_map(labels).weights_may_ship
    rendered = choose_label_map(labels, "rendered")
    assert rendered.weights_may_ship
    assert rendered.annotates == frozenset(DamageType)
