from pathlib import Path

import pytest

from coachwork.photos.listing import list_photos
from coachwork.photos.problems import PhotoError, PhotoProblem


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    photos = ("b.JPG", "a.jpeg", ".hidden.jpg", "sub/c.heic", "sub/deep/d.png", ".cache/e.jpg", "x[1].webp")
    for name in (*photos, "notes.txt"):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"")
    (tmp_path / "void").mkdir()
    return tmp_path


def names(found: tuple[Path, ...], folder: Path) -> list[str]:
    return [path.relative_to(folder).as_posix() for path in found]


def test_nothing_asked_is_nothing_found() -> None:
    assert list_photos([]) == ()


def test_a_folder_gives_its_photos_sorted_and_without_hidden_ones(folder: Path) -> None:
    assert names(list_photos([folder]), folder) == ["a.jpeg", "b.JPG", "sub/c.heic", "sub/deep/d.png", "x[1].webp"]


def test_a_named_file_counts_whatever_its_suffix(folder: Path) -> None:
    assert names(list_photos([folder / "notes.txt", str(folder / ".hidden.jpg")]), folder) == [
        ".hidden.jpg",
        "notes.txt",
    ]


def test_patterns_match_files_and_folders(folder: Path) -> None:
    assert names(list_photos([f"{folder}/*.txt"]), folder) == ["notes.txt"]
    assert names(list_photos([f"{folder}/s*"]), folder) == ["sub/c.heic", "sub/deep/d.png"]
    assert names(list_photos([f"{folder}/**/*.png"]), folder) == ["sub/deep/d.png"]


def test_an_existing_name_is_no_pattern(folder: Path) -> None:
    assert names(list_photos([f"{folder}/x[1].webp"]), folder) == ["x[1].webp"]


def test_each_file_comes_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    assert list_photos(["a.jpeg", "./a.jpeg", folder / "a.jpeg", "a.*"]) == (Path("a.jpeg"),)


@pytest.mark.parametrize("source", ["none.jpg", "*.none", "void", "no[where]/*", "a\0b"])
def test_what_gives_no_file_is_an_error(folder: Path, monkeypatch: pytest.MonkeyPatch, source: str) -> None:
    monkeypatch.chdir(folder)
    with pytest.raises(PhotoError) as caught:
        list_photos([folder / "a.jpeg", source])
    assert caught.value.reason is PhotoProblem.NOTHING_MATCHES


def test_a_circle_of_links_ends(folder: Path) -> None:
    (folder / "sub" / "loop").symlink_to(folder)
    (folder / "me.jpg").symlink_to(folder / "me.jpg")
    assert names(list_photos([folder]), folder) == [
        "a.jpeg", "b.JPG", "me.jpg", "sub/c.heic", "sub/deep/d.png", "x[1].webp",
    ]  # fmt: skip
