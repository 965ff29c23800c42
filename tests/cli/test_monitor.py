"""`coachwork monitor`, as a user calls it."""

import json
from pathlib import Path

import pytest

from coachwork.cli.main import run
from coachwork.inference.bundle import load_bundle
from coachwork.monitoring.profile import make_profile
from coachwork.monitoring.profile_json import PROFILE_FILE, write_profile
from coachwork.monitoring.record_json import read_records, write_records
from tests.monitoring.records import records

SAMPLES = Path(__file__).parents[2] / "src" / "coachwork" / "samples"


def call(*arguments: str | Path) -> int:
    return run(["monitor", *map(str, arguments)])


@pytest.fixture
def reference(tmp_path: Path) -> Path:
    digest = load_bundle().digest
    made = make_profile(records(300, seed=9, bundle_digest=digest), how="made-up photos", made="2026-03-01T00:00:00Z")
    return write_profile(tmp_path, made)


@pytest.fixture
def dark(tmp_path: Path) -> Path:
    file = tmp_path / "dark.jsonl"
    write_records(file, records(150, darker=0.5, bundle_digest=load_bundle().digest))
    return file


def test_poor_light_is_told_in_words(reference: Path, dark: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("check", "--jsonl", dark, "--profile", reference, "--last", "150") == 0
    told = capsys.readouterr().out
    assert "150 photos, 2026-03-01 00:00 to 2026-03-01 02:29 UTC: beyond threshold" in told
    assert "all photos: poor light: brightness fell from 11" in told
    assert "▁" in told


def test_programs_read_json_and_an_exit_status(reference: Path, dark: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("check", "--jsonl", dark, "--profile", reference, "--json", "--fail-at", "drift") == 3
    value = json.loads(capsys.readouterr().out)
    assert (value["schema"], value["level"]) == ("coachwork.drift/1", "beyond_threshold")
    assert value["slices"][0]["causes"][0]["cause"] == "light"


def test_a_page_is_written(reference: Path, dark: Path, tmp_path: Path) -> None:
    assert call("check", "--jsonl", dark, "--profile", reference, "--page", tmp_path / "drift.html") == 0
    assert "poor light" in (tmp_path / "drift.html").read_text(encoding="utf-8")


def test_photos_are_assessed_and_their_signals_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "signals.jsonl"
    assert call("signals", SAMPLES / "crushed-door.jpg", SAMPLES / "too-dark.jpg", "--jsonl", file) == 0
    assert "2 photos in" in capsys.readouterr().err
    assert sorted(one.usable for one in read_records(file)) == [False, True]
    assert call("check", SAMPLES / "crushed-door.jpg", "--json") == 0
    assert json.loads(capsys.readouterr().out)["level"] == "too_few"


def test_too_few_photos_are_told_with_what_it_takes(
    reference: Path, dark: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call("check", "--jsonl", dark, "--profile", reference, "--last", "12") == 0
    told = capsys.readouterr().out
    assert "a check needs 40 photos, there are 12: 28 more are to come; look further back with a larger" in told
    assert call("check", "--jsonl", dark, "--profile", reference, "--last", "12", "--json") == 0
    value = json.loads(capsys.readouterr().out)
    assert (value["level"], value["photos"], value["needed"]) == ("too_few", 12, 40)


def test_an_empty_service_has_too_few_photos(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COACHWORK_DATA_DIR", str(tmp_path / "data"))
    assert call("check", "--json") == 0
    assert json.loads(capsys.readouterr().out)["level"] == "too_few"


def test_what_cannot_be_done_is_said_in_a_sentence(
    reference: Path, dark: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call("check", "x.jpg", "--jsonl", dark) == 2
    assert call("check", "--jsonl", tmp_path / "none.jsonl", "--profile", reference) == 1
    assert "cannot be read" in capsys.readouterr().err
    assert call("check", "--jsonl", dark, "--profile", tmp_path / "none" / PROFILE_FILE) == 1
    assert "coachwork monitor profile" in capsys.readouterr().err
    assert call("check", tmp_path / "nothing.jpg", "--profile", reference) == 1
    assert call("profile", load_bundle().folder) == 2
    assert call("check", "--jsonl", dark, "--profile", reference, "--page", dark / "drift.html") == 1


def test_a_service_without_photos_makes_no_reference(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COACHWORK_DATA_DIR", str(tmp_path / "data"))
    assert call("profile", load_bundle().folder, "--from-service", "--out", tmp_path) == 1
    assert "needs 100 photos, there are 0" in capsys.readouterr().err


def test_power_is_told_as_json(reference: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("power", "--profile", reference, "--draws", "20", "--json") == 0
    value = json.loads(capsys.readouterr().out)
    assert value["schema"] == "coachwork.drift-power/1"
    rows = {one["shift"]: one["photos"] for one in value["shifts"]}
    assert rows["50% darker"] <= 60
