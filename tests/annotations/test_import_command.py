import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from coachwork.cli.import_ import import_command
from coachwork.cli.main import run

MakePhoto = Callable[..., Path]


@pytest.fixture
def source(tmp_path: Path, make_photo: MakePhoto) -> Path:
    """A VIA file of two photos, one of them missing."""
    make_photo(tmp_path / "source" / "a.jpg")
    polygon = {"name": "polygon", "all_points_x": [1, 9, 9], "all_points_y": [1, 1, 9]}
    region = {"shape_attributes": polygon, "region_attributes": {"type": "dent"}}
    entries = {name: {"filename": name, "regions": [region]} for name in ("a.jpg", "nowhere.jpg")}
    (tmp_path / "source" / "via.json").write_text(json.dumps(entries))
    return tmp_path / "source"


def invoke(*arguments: object) -> Result:
    return CliRunner().invoke(import_command, [str(argument) for argument in arguments])


def test_the_summary_says_what_came_in_and_what_did_not(source: Path, tmp_path: Path) -> None:
    result = invoke(source, "--to", tmp_path / "d")
    assert result.exit_code == 0
    for words in ("photos", "dent", "photo_missing", "1 x via with the label map 'coachwork'"):
        assert words in result.stdout


def test_json_is_one_object(source: Path, tmp_path: Path) -> None:
    result = invoke(source, "--to", tmp_path / "d", "--json")
    summary = json.loads(result.stdout)
    assert summary["problems"] == {"photo_missing": 1}
    assert summary["counts"]["shapes"] == {"dent": 1}
    assert summary["schema"] == "coachwork.import/1"


def test_strict_shows_the_problems_and_imports_nothing(source: Path, tmp_path: Path) -> None:
    result = invoke(source, "--to", tmp_path / "d", "--strict")
    assert result.exit_code == 1
    assert "1 problem, nothing was imported" in result.stderr
    assert "nowhere.jpg" in result.stderr
    assert not (tmp_path / "d").exists()


def test_an_unknown_format_names_the_known_ones(source: Path, tmp_path: Path) -> None:
    result = invoke(source, "--to", tmp_path / "d", "--format", "yolo9")
    assert result.exit_code == 2
    assert "none of auto, coco, via" in " ".join(result.stderr.split())


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nothing"], "there is no nothing"),
        (["source", "--label-map", "other"], "there is no label map 'other'"),
        (["source", "--undamaged"], "--format photos"),
    ],
)
def test_a_mistake_of_the_user_is_one_sentence(
    source: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    sentence: str,
) -> None:
    monkeypatch.chdir(source.parent)
    assert run(["import", *arguments, "--to", str(tmp_path / "d")]) == 1
    message = capsys.readouterr().err
    assert sentence in message
    assert len(message.strip().splitlines()) == 1
