import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from coachwork.cli.inspect import inspect_command
from coachwork.cli.main import coachwork
from coachwork.reports.car.reading import check_document

SAMPLES = Path(__file__).parents[2] / "src" / "coachwork" / "samples"
VEHICLE = """
[vehicle]
make = "Škoda"
model = "Fabia"
year = 2019
body = "estate"
market_value = 9500
currency = "USD"
"""
DAY = ("--on", "2026-11-21")


@pytest.fixture(scope="module")
def car(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two photos of a car, and what is told of it."""
    folder = tmp_path_factory.mktemp("car")
    for name in ("rear-corner.jpg", "front-bumper.jpg"):
        shutil.copy(SAMPLES / name, folder)
    (folder / "vehicle.toml").write_text(VEHICLE, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def saved(car: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Result]:
    """The whole report of the car."""
    to = tmp_path_factory.mktemp("saved") / "report"
    arguments = [str(car), "--vehicle", str(car / "vehicle.toml"), "--scheme", "nama", "--to", str(to), *DAY]
    return to, CliRunner().invoke(inspect_command, arguments)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(coachwork, ["report", *arguments])


def test_the_whole_report_is_saved(saved: tuple[Path, Result]) -> None:
    to, ran = saved
    assert ran.exit_code == 0, ran.output
    assert sorted(path.name for path in to.iterdir()) == ["inspection.json", "photos", "report.html", "report.pdf"]
    assert [path.name for path in sorted((to / "photos").iterdir())] == ["01-front-bumper.jpg", "02-rear-corner.jpg"]
    document = json.loads((to / "inspection.json").read_text(encoding="utf-8"))
    check_document(document, "inspection.json")
    assert document["made"]["on"] == "2026-11-21"
    assert document["estimate"]["schema"] == "coachwork.estimate/1"
    assert document["valuation"]["schema"] == "coachwork.valuation/1"
    assert document["settlement"] is None
    assert document["vehicle"]["model"] == "Fabia"
    assert "report.pdf" in ran.output
    assert "total" in ran.output


def test_a_report_made_again_is_the_same(saved: tuple[Path, Result], tmp_path: Path) -> None:
    to, _ = saved
    ran = run(str(to / "inspection.json"), "--to", str(tmp_path))
    assert ran.exit_code == 0, ran.output
    for name in ("report.pdf", "report.html", "inspection.json"):
        assert (tmp_path / name).read_bytes() == (to / name).read_bytes(), name


def test_photos_that_were_moved_are_found_by_name(saved: tuple[Path, Result], car: Path, tmp_path: Path) -> None:
    to, _ = saved
    document = json.loads((to / "inspection.json").read_text(encoding="utf-8"))
    for photo in document["photos"]:
        photo["photo"]["file"] = "gone/" + Path(photo["photo"]["file"]).name
    moved = tmp_path / "inspection.json"
    moved.write_text(json.dumps(document), encoding="utf-8")
    ran = run(str(moved))
    assert ran.exit_code == 0
    assert "not at hand" in ran.output
    assert not list((tmp_path / "photos").iterdir())
    ran = run(str(moved), "--photos", str(car))
    assert "not at hand" not in ran.output
    assert len(list((tmp_path / "photos").iterdir())) == 2


def test_another_day_is_stated(saved: tuple[Path, Result], tmp_path: Path) -> None:
    to, _ = saved
    ran = run(str(to / "inspection.json"), "--to", str(tmp_path), "--on", "2027-01-02")
    assert ran.exit_code == 0
    assert "2 January 2027" in (tmp_path / "report.html").read_text(encoding="utf-8")
    assert json.loads((tmp_path / "inspection.json").read_text(encoding="utf-8"))["made"]["on"] == "2027-01-02"


def test_without_an_estimate_no_amount_stands_in_it(car: Path, tmp_path: Path) -> None:
    to = tmp_path / "report"
    ran = CliRunner().invoke(inspect_command, [str(car / "rear-corner.jpg"), "--no-estimate", "--to", str(to), *DAY])
    assert ran.exit_code == 0, ran.output
    assert json.loads((to / "inspection.json").read_text(encoding="utf-8"))["estimate"] is None
    assert "Repair estimate" not in (to / "report.html").read_text(encoding="utf-8")


def test_a_claim_is_settled_where_that_is_asked(car: Path, tmp_path: Path) -> None:
    loss, to = tmp_path / "loss.toml", tmp_path / "report"
    loss.write_text('[loss]\non = 2026-11-01\ncause = "collision"\n', encoding="utf-8")
    ran = CliRunner().invoke(
        inspect_command, [str(car / "rear-corner.jpg"), "--loss", str(loss), "--to", str(to), *DAY]
    )
    assert ran.exit_code == 0, ran.output
    assert "payout" in ran.output
    assert "Settlement proposal" in (to / "report.html").read_text(encoding="utf-8")


def test_pictures_of_an_earlier_report_are_no_photos_of_the_car(car: Path) -> None:
    to = car / "rear" / "report"
    to.parent.mkdir()
    shutil.copy(car / "rear-corner.jpg", to.parent)
    for _ in range(2):
        assert CliRunner().invoke(inspect_command, [str(to.parent), "--to", str(to), *DAY]).exit_code == 0
    assert len(json.loads((to / "inspection.json").read_text(encoding="utf-8"))["photos"]) == 1


def test_a_folder_that_cannot_be_written_is_told(car: Path, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    ran = CliRunner().invoke(
        inspect_command, [str(car / "rear-corner.jpg"), "--to", str(tmp_path / "taken" / "report")]
    )
    assert ran.exit_code == 1
    assert "name another" in ran.output
    assert "Traceback" not in ran.output


@pytest.mark.parametrize("name", ["inspection", "assessment", "estimate"])
def test_schemas_are_printed(name: str) -> None:
    ran = run("--schema", name)
    assert ran.exit_code == 0
    assert json.loads(ran.output)["title"] == f"coachwork.{name}/1"


def test_the_schema_of_inspections_is_the_first() -> None:
    assert run("--schema").output == run("--schema", "inspection").output
