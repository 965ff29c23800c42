import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from coachwork.cli.assess import assess_command
from coachwork.cli.main import run


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Two folders with a photo of the same name each, a photo without damage, and a file that is none."""
    clean = np.random.default_rng(0).integers(120, 200, (480, 640, 1), dtype=np.uint8).repeat(3, axis=2)
    for folder, colour in (("a", (220, 20, 20)), ("b", (10, 20, 230))):
        (tmp_path / "cars" / folder).mkdir(parents=True)
        pixels = clean.copy()
        pixels[100:300, 160:400] = colour
        Image.fromarray(pixels).save(tmp_path / "cars" / folder / "front.png")
    Image.fromarray(clean).save(tmp_path / "cars" / "b" / "größe <b>1.png")
    (tmp_path / "cars" / "b" / "torn.jpg").write_bytes(b"\xff\xd8\xff")
    return tmp_path / "cars"


def assessed(*arguments: object) -> int:
    return run(["assess", *map(str, arguments)])


def test_a_folder_is_assessed(
    photos: Path, colour_bundle: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    out, lines = tmp_path / "out", tmp_path / "lines.jsonl"
    assert assessed(photos, "--bundle", colour_bundle, "--out", out, "--json", lines) == 1
    values = [json.loads(line) for line in lines.read_text().splitlines()]
    names = [value["photo"]["file"] for value in values]
    assert names == [str(photos / name) for name in ("a/front.png", "b/front.png", "b/größe <b>1.png", "b/torn.jpg")]
    assert [value.get("verdict") for value in values] == ["damaged", "damaged", "none", None]
    assert [values[0]["damages"][0]["type"], values[1]["damages"][0]["type"]] == ["dent", "scratch"]
    assert "torn.jpg" in values[3]["error"]
    pictures = sorted(path.name for path in out.iterdir())
    assert len(pictures) == 4
    assert sum(name.startswith("front-") for name in pictures) == 2
    assert "report.html" in pictures
    for name in pictures[:-1]:
        if name.endswith(".jpg"):
            with Image.open(out / name) as picture:
                assert picture.size == (640, 480)
    report = (out / "report.html").read_text(encoding="utf-8")
    assert "größe &lt;b&gt;1.png" in report
    assert "<h2>a/front.png</h2>" in report
    assert str(photos) not in report
    assert report.count('class="photo"') == 4
    shown = capfd.readouterr().out
    for word in ("damaged", "none", "not assessed", "report.html"):
        assert word in shown


def test_with_json_to_stdout_there_is_nothing_else_on_it(
    photos: Path, colour_bundle: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert assessed(photos / "a", photos / "b" / "front.png", "--bundle", colour_bundle, "--json", "-") == 0
    values = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    assert [value["verdict"] for value in values] == ["damaged", "damaged"]


def test_patterns_and_missing_files(photos: Path, colour_bundle: Path, capfd: pytest.CaptureFixture[str]) -> None:
    pattern, missing, nothing = photos / "*" / "front.png", photos / "gone.jpg", photos / "*.heic"
    (photos / "empty").mkdir()
    arguments = (missing, pattern, nothing, photos / "empty", photos / "a")
    assert assessed(*arguments, "--bundle", colour_bundle, "--json", "-") == 1
    values = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    assert [value["photo"]["file"] for value in values] == [
        str(missing),
        str(photos / "a" / "front.png"),
        str(photos / "b" / "front.png"),
        str(nothing),
        str(photos / "empty"),
    ]
    assert ["error" in value for value in values] == [True, False, False, True, True]


def test_min_score_gives_the_full_ranking(photos: Path, colour_bundle: Path, capfd: pytest.CaptureFixture[str]) -> None:
    counts = []
    for score in ("0.01", "0.99"):
        assessed(photos / "a", "--bundle", colour_bundle, "--json", "-", "--min-score", score)
        value = json.loads(capfd.readouterr().out)
        counts.append(len(value["damages"]))
        assert value["verdict"] == "damaged"
        assert set(value["model"]["thresholds"].values()) == {float(score)}
    assert counts[0] > counts[1]


def test_pictures_of_an_earlier_run_are_not_assessed(
    photos: Path, colour_bundle: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    for _ in range(2):
        assert assessed(photos / "a", "--bundle", colour_bundle, "--out", photos / "a" / "out", "--json", "-") == 0
    assert len(capfd.readouterr().out.splitlines()) == 2


def test_a_bundle_that_is_not_there_is_one_sentence(photos: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert assessed(photos, "--bundle", photos / "nowhere") == 1
    said = capfd.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert "no such folder" in said.err


@pytest.mark.parametrize("option", ["--out", "--json"])
def test_a_place_that_cannot_be_written_is_one_sentence(
    photos: Path, colour_bundle: Path, option: str, capfd: pytest.CaptureFixture[str]
) -> None:
    taken = photos / "b" / "torn.jpg" / "below"
    assert assessed(photos / "a", "--bundle", colour_bundle, option, taken) == 1
    said = capfd.readouterr().err
    assert said.count("\n") == 1
    assert "cannot write" in said


PROGRAM = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell that runs the tests in the background ignores it
from coachwork.cli.main import main
main()
"""


def test_ctrl_c_leaves_a_report_of_what_was_done(photos: Path, colour_bundle: Path, tmp_path: Path) -> None:
    source = (photos / "a" / "front.png").read_bytes()
    for number in range(1000):
        (photos / "a" / f"{number:04}.png").write_bytes(source)
    out, lines = tmp_path / "out", tmp_path / "lines.jsonl"
    program = [sys.executable, "-c", PROGRAM, "assess", str(photos / "a")]
    options = ["--bundle", str(colour_bundle), "--out", str(out), "--json", str(lines)]
    with subprocess.Popen([*program, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:  # noqa: S603
        deadline = time.monotonic() + 30
        while not (lines.exists() and lines.read_text().count("\n") > 2) and time.monotonic() < deadline:
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert said.strip() == "stopped"
    assert "The run was stopped" in (out / "report.html").read_text(encoding="utf-8")
    assert all(json.loads(line)["verdict"] for line in lines.read_text().splitlines())


@pytest.mark.parametrize("options", [["--fast", "--best"], ["--best", "--variant", "int8-onnxruntime"]])
def test_two_choices_of_a_variant_are_refused(options: list[str]) -> None:
    ran = CliRunner().invoke(assess_command, ["photo.jpg", *options])
    assert ran.exit_code == 2
    assert "give one of them" in ran.output
