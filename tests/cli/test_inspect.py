import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from click.testing import CliRunner

from coachwork.cli.fraud_check import check_command
from coachwork.cli.inspect import inspect_command
from coachwork.errors import CoachworkError

SAMPLES = Path(__file__).parents[2] / "src" / "coachwork" / "samples"


@pytest.fixture(scope="module")
def car(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A car on a photo, and on a second one from somewhat nearer and to the side."""
    folder = tmp_path_factory.mktemp("car")
    picture = cv2.imread(str(SAMPLES / "crushed-door.jpg"))
    assert picture is not None
    height, width = picture.shape[:2]
    matrix = np.array([[1.12, 0.03, -0.08 * width], [-0.02, 1.12, -0.05 * height]])
    cv2.imwrite(str(folder / "1.jpg"), picture)
    cv2.imwrite(str(folder / "2.jpg"), cv2.warpAffine(picture, matrix, (width, height)))
    return folder


def test_a_damage_on_two_photos_is_listed_once(car: Path, tmp_path: Path) -> None:
    target = tmp_path / "out" / "inspection.json"
    ran = CliRunner().invoke(inspect_command, [str(car), "--json", str(target), "--estimate"])
    assert ran.exit_code == 0, ran.output
    told = json.loads(target.read_text(encoding="utf-8"))
    assert told["schema"] == "coachwork.inspection/1"
    assert len(told["photos"]) == 2
    on_both = [one for one in told["damages"] if {view["photo"] for view in one["views"]} == {0, 1}]
    assert on_both
    assert all(one["evidence"][0]["by"] == "image" for one in on_both)
    assert len(told["damages"]) < sum(len(photo["damages"]) for photo in told["photos"])
    assert "damaged, from 2 photos" in ran.output
    assert "total" in ran.output


def test_a_photo_that_cannot_be_read_is_named_and_passed_over(car: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"no photo")
    ran = CliRunner().invoke(inspect_command, [str(car / "1.jpg"), str(broken), str(tmp_path / "missing.jpg")])
    assert ran.exit_code == 1
    assert "from 1 photo" in ran.output
    assert "broken.jpg" in ran.output
    assert "missing.jpg" in ran.output


def test_without_a_photo_nothing_is_said_of_the_car(tmp_path: Path) -> None:
    ran = CliRunner().invoke(inspect_command, [str(tmp_path), "--to", str(tmp_path / "report")])
    assert ran.exit_code == 1
    assert "no photo could be read: there is nothing to inspect" in ran.output
    assert "uncertain" not in ran.output
    assert not (tmp_path / "report").exists()


def test_the_report_may_lie_in_the_folder_of_the_photos(car: Path, tmp_path: Path) -> None:
    (tmp_path / "1.jpg").write_bytes((car / "1.jpg").read_bytes())
    for _ in range(2):
        ran = CliRunner().invoke(inspect_command, [str(tmp_path), "--to", str(tmp_path)])
        assert ran.exit_code == 0, ran.output
        assert "from 1 photo" in ran.output


def test_what_cannot_be_worked_out_is_told_before_any_photo_is_looked_at(car: Path, tmp_path: Path) -> None:
    vehicle = tmp_path / "vehicle.toml"
    vehicle.write_text('[vehicle]\nmarket_value = 9500\ncurrency = "EUR"\n', encoding="utf-8")
    for wrong, why in (
        (["--estimate", "--vehicle", str(vehicle)], "values are in EUR and the rate card is in USD"),
        (["--scheme", "bvsk"], "has no grades"),
        (["--to", str(car.parent)], "name another folder for the report"),
    ):
        photos = car.parent / "photos"
        ran = CliRunner().invoke(inspect_command, [str(photos), *wrong])
        assert isinstance(ran.exception, CoachworkError)
        assert why in str(ran.exception)
        assert "from" not in ran.output


def test_signs_of_fraud_stand_in_the_settlement(car: Path, tmp_path: Path) -> None:
    signals, target = tmp_path / "signals.json", tmp_path / "inspection.json"
    checked = CliRunner().invoke(check_command, [str(car), "--json", str(signals)])
    assert checked.exit_code == 0, checked.output
    ran = CliRunner().invoke(inspect_command, [str(car), "--signals", str(signals), "--json", str(target)])
    assert ran.exit_code == 0, ran.output
    settlement = json.loads(target.read_text(encoding="utf-8"))["settlement"]
    assert settlement["fraud"]["signals"]
    rule = next(one for one in settlement["rules"] if one["rule"] == "no-sign-of-fraud")
    assert rule["why"] != "nobody looked for signs of fraud"
