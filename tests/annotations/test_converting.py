import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from coachwork.annotations.converting import ConversionPlan, convert_source, passing_map, written_formats
from coachwork.annotations.formats import FORMATS, recognise
from coachwork.annotations.photo_lookup import PhotoLookup
from coachwork.annotations.problems import SourceError
from coachwork.cli.convert import convert_command
from coachwork.cli.formats import formats_command
from coachwork.cli.main import run
from coachwork.taxonomy import DamageType, TaxonomyError

MakePhoto = Callable[..., Path]
SQUARE = {"name": "polygon", "all_points_x": [1, 9, 9], "all_points_y": [1, 1, 9]}


def region(label: str, *, right_px: int = 0, **attributes: str) -> dict[str, Any]:
    moved = SQUARE | {"all_points_x": [x + right_px for x in (1, 9, 9)]}
    return {"shape_attributes": moved, "region_attributes": {"type": label} | attributes}


@pytest.fixture
def source(tmp_path: Path, make_photo: MakePhoto) -> Path:
    """VIA files of two photos, one with labels that no map knows, an unlabelled photo, and one that is missing."""
    regions = {
        "a.jpg": [region("Beule groß", severity="minor"), region("dent", right_px=20, side="left")],
        "b.jpg": [],
        "nowhere.jpg": [region("dent")],
    }
    for seed, name in enumerate(("a.jpg", "b.jpg")):
        make_photo(tmp_path / "source" / "val" / name, seed=seed)
    entries = {name: {"filename": name, "regions": regions[name]} for name in regions}
    (tmp_path / "source" / "val" / "via.json").write_text(json.dumps(entries))
    return tmp_path / "source"


def invoke(*arguments: object) -> Result:
    return CliRunner().invoke(convert_command, [str(argument) for argument in arguments])


def coco(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "val.coco.json").read_text())
    return found


def test_labels_of_the_source_stay_whatever_they_are(source: Path, tmp_path: Path) -> None:
    report = convert_source(ConversionPlan(source=source, to=tmp_path / "out", format="coco"))
    written = coco(tmp_path / "out")
    assert [category["name"] for category in written["categories"]] == ["Beule groß", "dent"]
    assert report.shapes == {"Beule groß": 1, "dent": 1}
    assert report.label_map is None
    assert [annotation["attributes"] for annotation in written["annotations"]] == [
        {"severity": "minor"},
        {"side": "left"},
    ]
    assert (tmp_path / "out" / "val" / "a.jpg").is_file()


def test_coachworks_names_are_written_when_they_are_wanted(source: Path, tmp_path: Path) -> None:
    plan = ConversionPlan(source=source, to=tmp_path / "out", format="coco", own_labels=True)
    report = convert_source(plan)
    assert report.shapes == {"dent": 1}
    assert report.label_map == "coachwork"
    assert "label_unknown" in {problem.code for problem in report.problems}


def test_a_label_map_drops_what_it_drops(source: Path, tmp_path: Path) -> None:
    labels = tmp_path / "mine.toml"
    labels.write_text('[mine.labels]\n"Beule groß" = "dent"\ndent = {dropped = "not ours"}\n')
    plan = ConversionPlan(source=source, to=tmp_path / "out", format="coco", label_map=str(labels))
    report = convert_source(plan)
    assert report.shapes == {"Beule groß": 1}
    assert report.dropped == {"dent": 1}


def test_unlabelled_photos_go_only_where_they_are_told_from_undamaged_ones(source: Path, tmp_path: Path) -> None:
    left = convert_source(ConversionPlan(source=source, to=tmp_path / "coco", format="coco"))
    kept = convert_source(ConversionPlan(source=source, to=tmp_path / "via", format="via"))
    assert (left.photos, left.left_out) == (1, 1)
    assert (kept.photos, kept.left_out) == (2, 0)
    assert "unlabelled" in str(left.losses[-1])
    assert [image["file_name"] for image in coco(tmp_path / "coco")["images"]] == ["a.jpg"]


def test_a_folder_of_photos_alone_is_undamaged_only_when_that_is_said(photo_folder: Path, tmp_path: Path) -> None:
    plan = ConversionPlan(source=photo_folder, to=tmp_path / "out", format="coco")
    with pytest.raises(SourceError, match="unlabelled, and COCO cannot tell them"):
        convert_source(plan)
    assert convert_source(replace(plan, undamaged=True)).photos == 4
    assert json.loads((tmp_path / "out" / "train.coco.json").read_text())["annotations"] == []


def test_two_files_that_speak_of_one_photo_are_joined(tmp_path: Path, make_photo: MakePhoto) -> None:
    make_photo(tmp_path / "source" / "a.jpg")
    for name in ("one", "two"):
        entry = {"filename": "a.jpg", "regions": [region("dent")]}
        (tmp_path / "source" / f"{name}.json").write_text(json.dumps({"a": entry}))
    report = convert_source(ConversionPlan(source=tmp_path / "source", to=tmp_path / "out", format="via"))
    assert (report.photos, report.shapes) == (1, {"dent": 1})
    assert "photo_copy" in {problem.code for problem in report.problems}


def test_a_conversion_that_fails_leaves_nothing(source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "link", full)
    monkeypatch.setattr("shutil.copyfile", full)
    with pytest.raises(SourceError, match="cannot be written: No space left"):
        convert_source(ConversionPlan(source=source, to=tmp_path / "out", format="coco"))
    assert {path.name for path in tmp_path.iterdir()} == {"source"}


def test_a_destination_in_the_way_is_refused_before_anything_is_read(source: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    convert_source(ConversionPlan(source=source, to=tmp_path / "empty", format="coco"))
    with pytest.raises(SourceError, match="exists already"):
        convert_source(ConversionPlan(source=tmp_path / "nowhere", to=tmp_path / "empty", format="coco"))
    with pytest.raises(SourceError, match="exists already"):
        convert_source(ConversionPlan(source=source, to=source / "val" / "a.jpg", format="coco"))


def test_a_format_that_is_only_read_is_no_target(source: Path, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="only read"):
        convert_source(ConversionPlan(source=source, to=tmp_path / "out", format="photos"))
    assert invoke(source, tmp_path / "out", "--to", "photos").exit_code == 2
    assert invoke(source, tmp_path / "out", "--to", "coco", "--format", "nothing").exit_code == 2


def test_the_passing_map_knows_types_without_reading_severities_out_of_labels() -> None:
    found = passing_map(frozenset({"minor-dent", "minor-scratch", "Beule"}))
    dent, unknown = found.rule("minor-dent"), found.rule("Beule")
    assert dent is not None
    assert unknown is not None
    assert (dent.type, dent.severity, unknown.type) == (DamageType.DENT, None, None)
    assert passing_map(frozenset()).rule("anything") is not None


@pytest.mark.parametrize("name", written_formats())
def test_every_format_is_a_target_and_a_source(source: Path, tmp_path: Path, name: str) -> None:
    report = convert_source(ConversionPlan(source=source, to=tmp_path / "there", format=name))
    back = convert_source(ConversionPlan(source=tmp_path / "there", to=tmp_path / "back", format="via"))
    assert back.shapes == report.shapes
    assert not [problem for problem in back.problems if not problem.code.is_note]
    (file,) = recognise(tmp_path / "back")
    lookup = PhotoLookup(file.path.parent, root=tmp_path / "back")
    reading = FORMATS["via"].read(file.path, lookup, passing_map(frozenset()))
    assert max(len(photo.shapes) for photo in reading.photos) == 2


def test_the_command_tells_what_it_wrote_and_what_was_lost(source: Path, tmp_path: Path) -> None:
    result = invoke(source, tmp_path / "out", "--to", "coco", "--report", tmp_path / "report.json")
    assert result.exit_code == 0, result.output
    for words in ("Beule groß", "1 photo with 2 shapes", "1 unlabelled photos left out", "photo_missing"):
        assert words in result.stdout
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["losses"][0]["lost"].startswith("unlabelled")
    assert [problem["code"] for problem in report["problem_list"]] == ["photo_missing"]


def test_json_is_one_object(source: Path, tmp_path: Path) -> None:
    summary = json.loads(invoke(source, tmp_path / "out", "--to", "via", "--json").stdout)
    assert summary["schema"] == "coachwork.conversion/1"
    assert summary["problems"] == {"photo_missing": 1}
    assert summary["losses"] == []


def test_strict_shows_the_problems_and_writes_nothing(source: Path, tmp_path: Path) -> None:
    result = invoke(source, tmp_path / "out", "--to", "via", "--strict")
    assert result.exit_code == 1
    assert "1 problem, nothing was written" in result.stderr
    assert not (tmp_path / "out").exists()


def test_errors_are_sentences(source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["convert", str(tmp_path / "nowhere"), str(tmp_path / "out"), "--to", "coco"]) == 1
    assert "there is no" in capsys.readouterr().err
    with pytest.raises(TaxonomyError, match="there is no label map"):
        convert_source(ConversionPlan(source=source, to=tmp_path / "o", format="coco", label_map="nowhere"))
    with pytest.raises(SourceError, match="--undamaged is for"):
        convert_source(ConversionPlan(source=source, to=tmp_path / "o", format="coco", undamaged=True))


def test_formats_are_listed_with_what_they_hold() -> None:
    listed = json.loads(CliRunner().invoke(formats_command, ["--json"]).stdout)["formats"]
    assert [entry["name"] for entry in listed] == list(FORMATS)
    assert "severity" in next(entry for entry in listed if entry["name"] == "coco")["holds"]
    table = CliRunner().invoke(formats_command, []).stdout
    assert all(fmt.name in table for fmt in FORMATS.values())
