"""What every format must do, whichever it is."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coachwork.annotations.contract import Format, Reading
from coachwork.annotations.formats import FORMATS, recognise
from coachwork.annotations.photo_lookup import PhotoLookup
from coachwork.annotations.problems import AnnotationError, SourceError
from coachwork.taxonomy import identity_label_map

FILE_FORMATS = [fmt for fmt in FORMATS.values() if fmt.fits(Path("any.json"))]
PARTS: dict[str, Any] = {
    "images": [{"id": 1, "file_name": "a.jpg"}],
    "annotations": [{"image_id": 1, "category_id": 1, "bbox": [1, 1, 5, 5]}],
    "categories": [{"id": 1, "name": "dent"}],
    "_via_img_metadata": {"a": {"filename": "a.jpg", "regions": []}},
    "a.jpg1": {"filename": "a.jpg", "regions": {}},
}
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.floats()
    | st.integers()
    | st.text(max_size=4)
    | st.sampled_from(list(PARTS.values())),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*PARTS, "x", "id"]), inner, max_size=4)
    ),
    max_leaves=12,
)


@pytest.mark.parametrize("fmt", FORMATS.values(), ids=lambda fmt: fmt.name)
class TestEveryFormat:
    def test_is_registered_under_its_name(self, fmt: Format) -> None:
        assert FORMATS[fmt.name] is fmt
        assert fmt.title

    def test_does_not_recognise_what_is_not_there(self, fmt: Format, tmp_path: Path) -> None:
        assert fmt.detect(tmp_path / "nothing.json") == 0
        assert fmt.detect(tmp_path) == 0

    @pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"{", b"[]", b"null", b"a,b\n1,2\n", b'{"a": {}}'])
    @pytest.mark.parametrize("suffix", [".json", ".csv", ".txt"])
    def test_does_not_recognise_other_files(self, fmt: Format, tmp_path: Path, content: bytes, suffix: str) -> None:
        path = tmp_path / f"other{suffix}"
        path.write_bytes(content)
        assert fmt.detect(path) < 0.5


@pytest.mark.parametrize("fmt", FILE_FORMATS, ids=lambda fmt: fmt.name)
@settings(max_examples=40)
@given(document=json_values)
def test_any_json_gives_a_reading_or_one_located_error(
    fmt: Format, document: object, photos: PhotoLookup, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    assert 0 <= fmt.detect(path) <= 1
    reading = Reading(photos=())
    try:
        reading = fmt.read(path, photos, identity_label_map())
        problems = reading.problems
    except AnnotationError as error:
        problems = (error.problem,)
    assert all(problem.file == str(path) and problem.what for problem in problems)
    for photo in reading.photos:
        for shape in photo.shapes:
            assert shape.box.area > 0
            assert shape.box.clipped(photo.file.size) == shape.box


def test_a_folder_of_several_files_is_recognised_file_by_file(photo_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "one.json").write_text(json.dumps({key: PARTS[key] for key in ("images", "annotations", "categories")}))
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "two.json").write_text(json.dumps({"a.jpg1": PARTS["a.jpg1"]}))
    (tmp_path / "package.json").write_text("{}")
    found = {str(file.path.relative_to(tmp_path)): file.format.name for file in recognise(tmp_path)}
    assert found == {"one.json": "coco", "deep/two.json": "via"}
    assert [file.format.name for file in recognise(photo_folder)] == ["photos"]


def test_a_source_of_nothing_known_is_refused_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="is an empty folder"):
        recognise(tmp_path)
    with pytest.raises(SourceError, match="there is no"):
        recognise(tmp_path / "nothing")


def test_readers_agree_on_what_a_file_says(read: Callable[..., Reading]) -> None:
    coco = {
        "categories": [{"id": 1, "name": "dent"}],
        "images": [{"id": 1, "file_name": "a.jpg"}],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "segmentation": [[1, 1, 9, 1, 9, 9]]}],
    }
    polygon = {"name": "polygon", "all_points_x": [1, 9, 9], "all_points_y": [1, 1, 9]}
    region = {"shape_attributes": polygon, "region_attributes": {"type": "dent"}}
    via = {"a.jpg1": {"filename": "a.jpg", "regions": [region]}}
    (first,), (second,) = read("coco", coco).photos, read("via", via).photos
    assert (first.name, first.file, first.annotated) == (second.name, second.file, second.annotated)
    assert first.shapes[0].box == second.shapes[0].box
    assert first.shapes[0].polygons[0].tolist() == second.shapes[0].polygons[0].tolist()
