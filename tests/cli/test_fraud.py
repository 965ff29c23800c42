"""`coachwork fraud`, as a user calls it."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from coachwork.claims.fraud_json import read_findings
from coachwork.cli.main import run
from coachwork.inference.bundle import shipped_parts_folder
from coachwork.photos.privacy import PrivateKind, PrivateRegion
from coachwork.photos.reading import Photo
from tests.photos.test_copies import cropped, mirrored, picture, small


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Two folders: `first` of three pictures, `second` of one of them, cropped and mirrored, and one of its own."""
    for folder, made in {
        "first": {f"[b]{seed}[/b].jpg": picture(seed) for seed in (1, 2, 3)},
        "second": {"copy.jpg": small(cropped(mirrored(picture(2)))), "own.jpg": picture(9)},
    }.items():
        (tmp_path / folder).mkdir()
        for name, pixels in made.items():
            file = tmp_path / folder / name.replace("/", "")
            Image.fromarray(pixels).save(file, quality=90)
    return tmp_path


def call(*arguments: str | Path) -> int:
    return run(["fraud", *map(str, arguments)])


def test_a_copy_in_another_claim_is_found_told_and_sent_to_a_person(
    photos: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    register, signals, page = photos / "register", photos / "signals.json", photos / "page.html"
    assert call("add", photos / "first", "--claim", "C-1", "--register", register) == 0
    assert "3 photos of claim C-1 were added; the register has 3" in capsys.readouterr().out
    arguments = ("check", photos / "second", "--claim", "C-2", "--register", register)
    assert call(*arguments, "--json", signals, "--page", page, "--keep") == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "1 strong sign: a person must look" in shown
    assert "[b]2[b].jpg of claim C-1, mirrored, cut to 6" in shown
    found = read_findings(signals)
    assert len(found.strong) == 1
    assert found.strong[0].photos[0].endswith("copy.jpg")
    text = page.read_text(encoding="utf-8")
    assert text.count("data:image/jpeg") == 1
    assert "mirrored, cut to" in text
    assert "http" not in text
    damages = photos / "damages.json"
    damages.write_text('{"schema": "coachwork.damages/1", "damages": []}', encoding="utf-8")
    assert run(["settle", str(damages), "--signals", str(signals), "--json"]) == 0
    settled = json.loads(capsys.readouterr().out)
    rules = {one["rule"]: one for one in settled["rules"]}
    assert rules["no-sign-of-fraud"]["holds"] is False
    assert "copy.jpg is the picture" in rules["no-sign-of-fraud"]["why"]
    assert settled["fraud"]["signals"][0]["evidence"]["other_claim"] == "C-1"
    assert call(*arguments) == 0
    assert "1 strong sign" in capsys.readouterr().out


def test_an_honest_claim_has_no_strong_sign_and_is_not_its_own_copy(
    photos: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    register = photos / "register"
    assert call("add", photos / "first", "--claim", "C-1", "--register", register) == 0
    assert call("check", photos / "first", "--claim", "C-1", "--register", register) == 0
    assert "no strong sign" in capsys.readouterr().out


def test_a_forgotten_claim_is_known_no_more(photos: Path, capsys: pytest.CaptureFixture[str]) -> None:
    register = photos / "register"
    assert call("add", photos / "first", "--claim", "C-1", "--register", register) == 0
    assert call("tidy", "--register", register) == 0
    assert call("forget", "--claim", "C-1", "--register", register) == 0
    assert "3 photos of claim C-1 were removed; the register has 0" in capsys.readouterr().out
    assert call("check", photos / "second", "--register", register) == 0
    assert "no strong sign" in capsys.readouterr().out


def test_what_cannot_be_read_is_told_and_the_rest_is_looked_at(
    photos: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (photos / "second" / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 nothing")
    assert call("check", photos / "second", photos / "nowhere") == 1
    said = capsys.readouterr()
    assert "2 photos" in said.out
    assert "broken.jpg" in said.err
    assert "nowhere" in said.err
    assert "not looked for: photos of this claim or another one" in " ".join(said.out.split())


def test_options_that_need_each_other_are_told(photos: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("check", photos / "second", "--keep") == 2
    assert call("check", photos / "second", "--inspection", photos / "a.json") == 2
    assert call("check", photos / "second", "--register", photos / "none") == 1
    said = " ".join(capsys.readouterr().err.split())
    assert "--keep needs --claim and --register" in said
    assert "--inspection and --earlier go together" in said
    assert "`coachwork fraud add` makes one" in said


def test_an_earlier_inspection_is_compared(photos: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, part in (("now", "bonnet"), ("then", "bonnet"), ("other", "roof")):
        damage = {"name": name, "type": "dent", "part": part}
        values = {"schema": "coachwork.damages/1", "damages": [damage]}
        (photos / f"{name}.json").write_text(json.dumps(values), encoding="utf-8")
    now = ("check", photos / "second", "--inspection", photos / "now.json", "--earlier")
    assert call(*now, photos / "then.json") == 0
    told = capsys.readouterr().out
    assert "earlier-damage: An earlier inspection shows damage of the same kind (dent) on the bonnet" in told
    assert call(*now, photos / "other.json") == 0
    assert "earlier-damage" not in capsys.readouterr().out


def test_colours_are_compared_where_that_is_asked_for(photos: Path, capsys: pytest.CaptureFixture[str]) -> None:
    if shipped_parts_folder() is None:
        pytest.skip("no part model ships here")
    assert call("check", photos / "second", "--colour") == 0
    assert "photos of a car of another colour" not in capsys.readouterr().out
    assert call("check", photos / "second", "--colour", "--parts", photos / "none") == 1


def test_where_no_photo_can_be_read_nothing_is_said_of_signs(photos: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (photos / "empty").mkdir()
    assert call("check", photos / "empty", "--json", photos / "signals.json") == 1
    shown = capsys.readouterr()
    assert "no photo could be read: nothing was looked for" in shown.err
    assert "no strong sign" not in shown.out
    assert not (photos / "signals.json").exists()


def test_faces_and_plates_are_hidden_on_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[str] = []

    def found(photo: Photo) -> tuple[PrivateRegion, ...]:
        looked.append(photo.sha256)
        width, height = photo.size.width, photo.size.height
        corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], dtype=np.float64)
        return (PrivateRegion(kind=PrivateKind.NUMBER_PLATE, polygon=corners, score=1.0),)

    for name, pixels in {"a.png": picture(2), "b.png": mirrored(picture(2))}.items():
        Image.fromarray(pixels).save(tmp_path / name)
    monkeypatch.setattr("coachwork.cli.inspect_report.private_finder", lambda: found)
    hidden, plain = tmp_path / "hidden.html", tmp_path / "plain.html"
    assert call("check", tmp_path / "a.png", tmp_path / "b.png", "--page", hidden) == 0
    assert len(looked) == 2
    assert call("check", tmp_path / "a.png", tmp_path / "b.png", "--page", plain, "--show-private") == 0
    assert len(looked) == 2
    assert len(hidden.read_bytes()) < len(plain.read_bytes())
