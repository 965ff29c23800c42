"""Copies without faces and plates: originals stay as they are, nothing but the picture goes out."""

import hashlib
import io
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from coachwork.cli.main import run
from coachwork.inference import faces

Say = Callable[..., tuple[int, str, str]]


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Say:
    """Calls `coachwork` in an empty folder: exit code, output, errors."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "160")

    def call(*arguments: object) -> tuple[int, str, str]:
        code = run([*map(str, arguments)])
        output = capsys.readouterr()
        return code, output.out, output.err

    return call


def _photo(path: Path, *, format_: str = "JPEG", seed: int = 0, orientation: int = 1) -> Path:
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "SECRET-CAMERA", orientation
    exif.get_ifd(0x8825)[2] = (41.0, 0.0, 42.5)
    blobs = np.random.default_rng(seed).integers(0, 256, (6, 8, 3), dtype=np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    picture = Image.fromarray(blobs).resize((80, 60), Image.Resampling.BILINEAR)
    picture.save(path, format_, exif=exif.tobytes(), comment=b"SECRET-COMMENT" if format_ == "JPEG" else None)
    return path


def _digests(folder: Path) -> dict[str, str]:
    return {str(p): hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(folder.rglob("*")) if p.is_file()}


def _is_bare(data: bytes) -> bool:
    with Image.open(io.BytesIO(data)) as opened:
        return not opened.getexif() and "exif" not in opened.info and b"SECRET" not in data


def test_copies_are_bare_and_originals_untouched(say: Say, tmp_path: Path) -> None:
    _photo(tmp_path / "in" / "a.jpg", orientation=6)
    _photo(tmp_path / "in" / "deep" / "a.png", format_="PNG", seed=1)
    before = _digests(tmp_path / "in")
    code, output, _ = say("hide", "in", "--to", "out", "--plates-only", "--json")
    assert code == 0
    answer = json.loads(output)
    assert answer["looked_for"] == ["number_plate"]
    assert [Path(photo["copy"]).relative_to("out").as_posix() for photo in answer["photos"]] == ["a.jpg", "deep/a.png"]
    assert _digests(tmp_path / "in") == before
    assert {photo["sha256"] for photo in answer["photos"]} == set(before.values())
    assert all(_is_bare(path.read_bytes()) for path in (tmp_path / "out").rglob("*.*"))
    with Image.open(tmp_path / "out" / "a.jpg") as upright:
        assert upright.size == (60, 80)


def test_photos_of_one_name_get_copies_of_their_own(say: Say, tmp_path: Path) -> None:
    _photo(tmp_path / "in" / "a.webp", format_="WEBP")
    _photo(tmp_path / "in" / "a.jpg", seed=1)
    code, output, _ = say("hide", "in", "--to", "out", "--plates-only", "--json")
    copies = {photo["copy"] for photo in json.loads(output)["photos"]}
    assert code == 0
    assert len(copies) == len(list((tmp_path / "out").iterdir())) == 2


def test_a_copy_never_replaces_an_original(say: Say, tmp_path: Path) -> None:
    original = _photo(tmp_path / "in" / "a.jpg")
    before = original.read_bytes()
    code, _, _ = say("hide", "in/a.jpg", "--to", "in", "--plates-only")
    assert code == 0
    assert original.read_bytes() == before
    assert len(list((tmp_path / "in").iterdir())) == 2


def test_a_broken_photo_is_named_and_passed_over(say: Say, tmp_path: Path) -> None:
    _photo(tmp_path / "in" / "a.jpg")
    (tmp_path / "in" / "b.jpg").write_bytes(b"\xff\xd8\xff nothing")
    code, output, errors = say("hide", "in", "missing.jpg", "--to", "out", "--plates-only")
    assert code == 1
    assert "1 copy in out" in output
    assert "b.jpg" in errors
    assert "missing.jpg" in errors
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["a.jpg"]


def test_without_the_extra_faces_are_not_passed_over_in_silence(
    say: Say, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(faces, "_PACKAGE", "no_such_package")
    _photo(tmp_path / "in" / "a.jpg")
    code, _, errors = say("hide", "in", "--to", "out")
    assert code == 1
    assert "coachwork[privacy]" in errors
    assert not (tmp_path / "out").exists()
    code, output, errors = say("hide", "in", "--to", "out", "--plates-only")
    assert code == 0
    assert "faces were not looked for" in output + errors


@pytest.fixture
def store(say: Say, tmp_path: Path) -> Path:
    """A dataset of three photos with a dent each, whose files hold EXIF data."""
    for number in range(3):
        _photo(tmp_path / "source" / f"{number}.jpg", seed=number)
    document = {
        "categories": [{"id": 1, "name": "dent"}],
        "images": [{"id": number, "file_name": f"{number}.jpg"} for number in range(3)],
        "annotations": [{"id": n, "image_id": n, "category_id": 1, "bbox": [n, 2, 20, 9]} for n in range(3)],
    }
    (tmp_path / "source" / "annotations.json").write_text(json.dumps(document))
    assert say("import", "source", "--to", "sets/cars", "--val", "0")[0] == 0
    return tmp_path / "sets"


def test_an_export_hides_and_keeps_annotations(say: Say, store: Path, tmp_path: Path) -> None:
    before = _digests(store)
    assert say("dataset", "export", "sets/cars", "plain", "--to", "coco")[0] == 0
    code, output, errors = say(
        "dataset", "export", "sets/cars", "public", "--to", "coco", "--hide-private", "--plates-only", "--json"
    )
    assert code == 0, errors
    assert json.loads(output)["hidden"]["number plate"] >= 0
    assert _digests(store) == before
    documents = [sorted((tmp_path / name).rglob("*.json")) for name in ("plain", "public")]
    assert [json.loads(p.read_text()) for p in documents[0]] == [json.loads(p.read_text()) for p in documents[1]]
    pictures = sorted((tmp_path / "public").rglob("*.jpg"))
    assert len(pictures) == 3
    assert all(_is_bare(path.read_bytes()) for path in pictures)


def test_plates_only_says_nothing_alone(say: Say, store: Path) -> None:
    assert store.is_dir()
    code, _, errors = say("dataset", "export", "sets/cars", "public", "--to", "coco", "--plates-only")
    assert code == 2
    assert "--hide-private" in errors
