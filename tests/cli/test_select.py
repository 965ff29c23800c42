"""`coachwork select`, as a user calls it."""

import json
from pathlib import Path

import pytest

from coachwork.cli.main import run
from tests.inference.test_selecting import save_photo


@pytest.fixture
def pool(tmp_path: Path) -> Path:
    for seed in range(3):
        save_photo(tmp_path / "pool" / f"[b]{seed}[/b].jpg", seed)  # names are shown as they are
    return tmp_path / "pool"


def test_it_prints_a_table_with_reasons_and_leaves_a_page(
    pool: Path, colour_bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (
        run(["select", str(pool), "--count", "2", "--bundle", str(colour_bundle), "--to", str(tmp_path / "next")]) == 0
    )
    shown = " ".join(capsys.readouterr().out.split())
    assert "2 of 3 photos chosen, 0 left out; compared with each other" in shown
    page = (tmp_path / "next" / "selection.html").read_text()
    assert page.count("<figure>") == 2
    assert "[b]" in page
    assert "http" not in page


def test_it_prints_one_json_object(pool: Path, colour_bundle: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["select", str(pool), "--count", "9", "--bundle", str(colour_bundle), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["schema"] == "coachwork.selection/1"
    assert len(found["chosen"]) == 3
    assert all(one["reasons"] for one in found["chosen"])


def test_a_pool_that_is_not_there_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["select", str(tmp_path / "nowhere"), "--count", "1"]) == 1
    assert "there is no such file or folder" in capsys.readouterr().err
