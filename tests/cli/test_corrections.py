"""`coachwork preannotate` and `coachwork corrections`, as a user calls them."""

import json
from pathlib import Path

import pytest

from coachwork.cli.main import run
from tests.inference.test_preannotating import save_photo


@pytest.fixture
def task(tmp_path: Path, colour_bundle: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    for name in ("a", "b"):
        save_photo(tmp_path / "pool" / f"{name}.jpg", red=name == "a")
    to = tmp_path / "task"
    call = ["preannotate", str(tmp_path / "pool"), "--to", str(to), "--format", "coco", "--bundle", str(colour_bundle)]
    assert run(call) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "2 photos as COCO in" in shown
    return to


def test_corrections_are_told_in_a_table_as_json_and_on_a_page(
    task: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = json.loads((task / "train.coco.json").read_text())
    (dent,) = document["annotations"]
    added = dent | {"id": 7, "bbox": [80, 10, 20, 20], "segmentation": [[80, 10, 100, 10, 100, 30, 80, 30]]}
    document["annotations"] = [added]
    (tmp_path / "corrected.json").write_text(json.dumps(document))
    call = ["corrections", str(task), str(tmp_path / "corrected.json")]
    assert run([*call, "--report", str(tmp_path / "changes.html")]) == 0
    shown = capsys.readouterr().out
    assert "2 photos compared, 1 left as proposed" in shown
    page = (tmp_path / "changes.html").read_text()
    assert page.count('class="pair"') == 2
    assert run([*call, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [one["change"] for one in told["corrections"]] == ["deleted", "added"]
    assert told["types"][-1]["precision"] == 0


def test_a_format_that_is_none_is_a_wrong_use(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["preannotate", str(tmp_path), "--to", str(tmp_path / "t"), "--format", "nothing"]) == 2
    assert "is none of coco" in capsys.readouterr().err


def test_a_side_that_is_not_there_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["corrections", str(tmp_path / "nowhere"), str(tmp_path)]) == 1
    assert "there is no" in capsys.readouterr().err
