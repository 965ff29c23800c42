import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from coachwork.annotations.formats import recognise
from coachwork.annotations.importing import ImportPlan, import_source
from coachwork.annotations.problems import ProblemCode, SourceError
from coachwork.annotations.source_reading import read_files, recognise_source
from coachwork.taxonomy import identity_label_map

MakePhoto = Callable[..., Path]


def refusal(source: Path) -> str:
    with pytest.raises(SourceError) as refused:
        recognise(source)
    said = str(refused.value)
    assert said.startswith(str(source))
    assert "\n" not in said
    return said


def archive() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as packed:
        packed.writestr("annotations.json", "{}")
    return content.getvalue()


def test_an_empty_folder_is_named_so(tmp_path: Path) -> None:
    assert "is an empty folder" in refusal(tmp_path)


@pytest.mark.parametrize("name", ["export.zip", "export"])
def test_an_archive_is_to_be_unpacked(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(archive())
    assert refusal(tmp_path / name).endswith("is an archive: unpack it, and name the folder")
    assert f"holds only {name!r}, an archive" in refusal(tmp_path)


def test_broken_json_is_told_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"images": [,]}')
    assert "holds 'a.json', which is no valid JSON (Expecting value: line 1 column 13" in refusal(tmp_path)
    assert "a.json is no valid JSON" in refusal(tmp_path / "a.json")


def test_json_nested_without_end_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("[" * 100_000)
    assert "is no valid JSON" in refusal(tmp_path)


def test_a_photo_is_no_source(tmp_path: Path, make_photo: MakePhoto) -> None:
    assert "is a single photo" in refusal(make_photo(tmp_path / "a.jpg", seed=1))


def test_other_files_are_named_by_their_endings(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("hello")
    (tmp_path / "list.docx").write_text("hello")
    (tmp_path / "other.json").write_text('{"a": 1}')
    said = refusal(tmp_path)
    assert "its files end in .docx, .json, .txt" in said
    assert "coachwork formats" in said


@pytest.mark.parametrize(("name", "cut"), [("val.coco.json", '{"images": ['), ("b.xml", "<annotation><filename>b")])
def test_a_file_that_broke_off_beside_whole_ones_is_a_problem(
    name: str, cut: str, tmp_path: Path, make_photo: MakePhoto
) -> None:
    """Without it the val split would be gone in silence."""
    make_photo(tmp_path / "a.jpg", seed=1)
    document = {
        "images": [{"id": 1, "file_name": "a.jpg"}],
        "annotations": [],
        "categories": [{"id": 1, "name": "dent"}],
    }
    (tmp_path / "train.coco.json").write_text(json.dumps(document))
    (tmp_path / name).write_text(cut)
    files = recognise_source(tmp_path)
    assert [file.path.name for file in files] == ["train.coco.json"]
    (problem,) = [
        found
        for found in read_files(tmp_path, files, identity_label_map()).problems
        if found.code is ProblemCode.FILE_UNREADABLE
    ]
    assert problem.file.endswith(name)
    assert "export it again" in problem.what


def test_broken_annotations_beside_photos_are_a_problem(tmp_path: Path, make_photo: MakePhoto) -> None:
    """Without it the photos would be unlabelled, and nobody would know why."""
    make_photo(tmp_path / "set/a.jpg", seed=1)
    (tmp_path / "set/annotations.json").write_text("")
    report = import_source(ImportPlan(source=tmp_path / "set", to=tmp_path / "d"))
    assert [problem.code for problem in report.problems] == [ProblemCode.FILE_UNREADABLE]
