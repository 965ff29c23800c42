"""`coachwork changes`, from inspections whose photos lie beside them, have moved, or are gone."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from coachwork.cli.main import run
from coachwork.inspections.inspection import InspectedPhoto, inspect_car
from coachwork.inspections.inspection_json import inspection_to_json
from tests.assessments.test_views import HERE, damage
from tests.inspections.test_changes import usable
from tests.photos.test_correspondence import textured


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """A dent that was not there before, on two photos of one textured panel."""
    found = []
    for name, damages in (("before", []), ("after", [damage(HERE)])):
        folder = tmp_path / name
        folder.mkdir()
        picture = textured(1)
        picture[0, 0] = len(damages)
        Image.fromarray(np.ascontiguousarray(picture)).save(folder / "side.png")
        digest = hashlib.sha256((folder / "side.png").read_bytes()).hexdigest()
        one = replace(usable(*damages), file=str(folder / "side.png"), sha256=digest)
        values = inspection_to_json(inspect_car([InspectedPhoto(assessment=one)], {}))
        (folder / "inspection.json").write_text(json.dumps(values), encoding="utf-8")
        found.append(folder)
    return found[0], found[1]


def test_a_new_damage_is_told_with_json_and_page(
    folders: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before, after = (str(folder / "inspection.json") for folder in folders)
    told, page = tmp_path / "changes.json", tmp_path / "changes.html"
    assert run(["changes", before, after, "--json", str(told), "--html", str(page)]) == 0
    assert "1 new" in capsys.readouterr().out
    values = json.loads(told.read_text(encoding="utf-8"))
    (change,) = values["changes"]
    assert (values["schema"], change["state"], change["after"]) == ("coachwork.changes/1", "new", [0])
    assert change["sighting"]["points"] >= 10
    shown = page.read_text(encoding="utf-8")
    assert shown.count("data:image/jpeg") == 4
    assert "http" not in shown.replace("http://www.w3.org", "")


def test_photos_that_moved_are_found_where_they_are_said_to_lie(
    folders: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before, after = (str(folder / "inspection.json") for folder in folders)
    moved = tmp_path / "elsewhere"
    moved.mkdir()
    (folders[0] / "side.png").rename(moved / "side.png")
    assert run(["changes", before, after]) == 0
    shown = capsys.readouterr()
    assert "1 not comparable" in shown.out
    assert "is no more to be found: name the folder where it lies" in shown.err
    assert run(["changes", before, after, "--photos", str(moved)]) == 0
    shown = capsys.readouterr()
    assert "1 new" in shown.out
    assert not shown.err


def test_another_photo_of_the_same_name_is_not_taken_for_it(
    folders: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    before, after = folders
    (before / "side.png").write_bytes((after / "side.png").read_bytes())
    assert run(["changes", str(before / "inspection.json"), str(after / "inspection.json")]) == 0
    assert "is another photo than the one that was inspected" in capsys.readouterr().err


def test_a_page_says_so_where_a_photo_is_not_at_hand(folders: tuple[Path, Path], tmp_path: Path) -> None:
    before, after = folders
    (before / "side.png").unlink()
    page = tmp_path / "changes.html"
    assert run(["changes", str(before / "inspection.json"), str(after / "inspection.json"), "--html", str(page)]) == 0
    assert "not at hand" in page.read_text(encoding="utf-8")


def test_a_malformed_inspection_is_told_by_its_place(
    folders: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    before, after = (folder / "inspection.json" for folder in folders)
    values = json.loads(after.read_text(encoding="utf-8"))
    values["photos"][0]["damages"][0]["box"] = "here"
    after.write_text(json.dumps(values), encoding="utf-8")
    assert run(["changes", str(before), str(after)]) == 1
    assert f"{after}: photos[0].damages[0].box must be a list" in capsys.readouterr().err


def test_a_page_that_cannot_be_written_is_one_sentence(
    folders: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    before, after = (folder / "inspection.json" for folder in folders)
    assert run(["changes", str(before), str(after), "--html", str(after / "page.html")]) == 1
    assert "name another place" in capsys.readouterr().err
